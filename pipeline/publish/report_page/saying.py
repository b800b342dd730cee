"""Numbers as the report's page says them."""

from __future__ import annotations

from typing import Any

MINUS = "\u2212"
NOTHING = "–"


def clock(seconds: float) -> str:
    """A place in the audio: ``1:02:03``, ``2:03``."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def span(seconds: float) -> str:
    """A length of time, in its two largest units."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{round(whole / 60) // 60} h {round(whole / 60) % 60} min"


def count(number: float, one: str = "", many: str = "") -> str:
    """``1,234 words``; without a noun the number alone."""
    said = f"{round(number):,}"
    noun = one if round(number) == 1 else many or f"{one}s"
    return f"{said} {noun}" if one else said


def decibels(value: Any) -> str:
    """With one decimal and a minus sign that is one."""
    return f"{value:.1f}".replace("-", MINUS) if isinstance(value, int | float) else NOTHING


def figure(value: Any) -> str:
    """A whole number, or a dash where there is none."""
    return count(value) if isinstance(value, int | float) else NOTHING


def size(number: float) -> str:
    """Bytes as people say them, in powers of ten."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError("the last unit takes everything")


def plain(name: str) -> str:
    """A short name as words: ``words-missing``, ``stage_seconds``."""
    return name.replace("-", " ").replace("_", " ")
