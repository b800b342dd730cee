"""What a setting may be, beyond its type: asked of the part of the pipeline that has to follow it.

Those parts are imported when a value of theirs was given, not before: most commands are given none.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pipeline.errors import SettingsError
from pipeline.limits import FEED_ITEMS
from pipeline.settings import (
    CHECK_POLICIES,
    CHECKS,
    INCLUDES,
    NOTES,
    OVERLAYS,
    QUOTES,
    SPEAKER_NAMES,
    STYLES,
    UNSUPPORTED,
    AudioSettings,
)

PRECISIONS = ("", "float32", "float16", "bfloat16", "int8")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values of one setting that can be used."""

    has: Callable[[Any], bool]
    said: Callable[[Any], str]
    """What would do instead of a refused value: the end of a sentence that says "must be"."""


def allowed(key: str) -> Allowed | None:
    """What the setting of that dotted key may be; None where its type says all."""
    return _PAUSE if key.startswith("pauses.") else _ALLOWED.get(key)


def check_audio(audio: AudioSettings) -> None:
    """Raise ``SettingsError`` for values that are possible one by one but not together."""
    from pipeline.audio.codec import CODECS
    from pipeline.publish.formats import codecs_of

    for codec in codecs_of(audio.formats):
        CODECS[codec].check(audio)


def _number(low: float, high: float, said: str) -> Allowed:
    return Allowed(lambda value: low <= value <= high, lambda _: said)


def _some_of(names: Callable[[], Sequence[str]], least: int = 0) -> Allowed:
    def said(value: Any) -> str:
        wanted = value if isinstance(value, (tuple, list)) else (value,)
        known = names()
        unknown = [str(name) for name in wanted if name not in known]
        near = [match for name in unknown for match in get_close_matches(name.lower(), known, 1, 0.5)]
        hint = f": did you mean {' and '.join(near)}?" if near else ""
        return f"one or more of {', '.join(known)}{hint}"

    return Allowed(lambda value: len(value) >= least and set(value) <= set(names()), said)


def _formats() -> Sequence[str]:
    from pipeline.publish.formats import FORMATS

    return tuple(FORMATS)


def _companions() -> Sequence[str]:
    from pipeline.publish.companions import COMPANIONS

    return tuple(COMPANIONS)


def _is_bitrate(value: int) -> bool:
    from pipeline.audio.codec import BITRATES

    return BITRATES[0] <= value <= BITRATES[1]


def _bitrates(_: Any) -> str:
    from pipeline.audio.codec import BITRATES

    return f"a whole number of kbit/s from {BITRATES[0]} to {BITRATES[1]}"


def _is_coder(value: str) -> bool:
    from pipeline.audio.codec import CODERS

    return value in CODERS


def _coders(_: Any) -> str:
    from pipeline.audio.codec import CODERS

    return " or ".join(CODERS)


def _is_loudness(value: str) -> bool:
    from pipeline.audio.gain import target_lufs

    try:
        target_lufs(value)
    except SettingsError:
        return False
    return True


def _loudnesses(_: Any) -> str:
    from pipeline.audio.gain import NAMED_TARGETS, TARGET_RANGE

    return f"{', '.join(NAMED_TARGETS)}, or LUFS from {TARGET_RANGE[0]:g} to {TARGET_RANGE[1]:g}"


def _is_rate(value: float) -> bool:
    from pipeline.speech.espeak import FASTEST, SLOWEST

    return SLOWEST <= value <= FASTEST  # what the engine of last resort cannot follow is not begun


def _rates(_: Any) -> str:
    from pipeline.speech.espeak import FASTEST, SLOWEST

    return f"a number from {SLOWEST:g} to {FASTEST:g}; 1 is the voice's own speed"


def _known_parameters() -> list[str]:
    from pipeline.speech.facts import COMMON, WATERMARK
    from pipeline.speech.registry import engine_names, facts_of

    names = {one.name for name in engine_names(hidden=True) for one in facts_of(name).parameters}
    return sorted((names | set(COMMON)) - {WATERMARK})


def _are_parameters(value: tuple[tuple[str, float], ...]) -> bool:
    known = _known_parameters() if value else ()
    return all(name in known and math.isfinite(number) for name, number in value)


def _parameters(_: Any) -> str:
    return f"numbers by name, such as pitch=1.1; there are {', '.join(_known_parameters())}"


def _is_command_line(value: str) -> bool:
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True


COMPUTE_TYPES = (
    "int8", "int8_float16", "int8_bfloat16", "int8_float32", "int16", "float16", "bfloat16", "float32",
)  # fmt: skip
"""Kinds of numbers that CTranslate2 computes with."""
_LOG_LEVELS = ("debug", "info", "warning", "error")
_DAYS = _number(0, 100_000, "a number of days from 0 (never)")
_GIGABYTES = _number(0, 1_000_000, "a number of gigabytes from 0")
_ALLOWED: dict[str, Allowed] = {
    "broker_url": Allowed(
        lambda v: not v or re.match(r"(rediss?|redis\+socket)://.", v) is not None,
        lambda _: "a redis://, rediss:// or redis+socket:// address",
    ),
    "blob_endpoint": Allowed(
        lambda v: not v or re.match("https?://.", v) is not None, lambda _: "an https:// or http:// address"
    ),
    "blob_cache_gigabytes": _GIGABYTES,
    "gc_days": _DAYS,
    "gc_gigabytes": _GIGABYTES,
    "forget_days": _DAYS,
    "settle_seconds": _number(0, 3600, "a number of seconds from 0 to 3600"),
    "reading.chapter_words": _number(0, 1_000_000, "a number of words from 0 to 1000000"),
    "reading.latest": _number(1, FEED_ITEMS, f"a number from 1 to {FEED_ITEMS}"),
    "inbox_attempts": _number(1, 100, "a number from 1 to 100"),
    "on_done": Allowed(_is_command_line, lambda _: "a command line whose quotes are closed"),
    "audiobookshelf_url": Allowed(
        lambda v: not v or re.match("https?://.", v) is not None, lambda _: "an https:// or http:// address"
    ),
    "audiobookshelf_library": Allowed(
        lambda v: re.fullmatch(r"[\w-]*", v) is not None, lambda _: "the id that stands in its address"
    ),
    "precision": Allowed(lambda v: v in PRECISIONS, lambda _: f"empty, or {', '.join(PRECISIONS[1:])}"),
    "warm_up": Allowed(
        lambda v: all(re.fullmatch(r"[\w-]+:[^,\s]+", voice) for voice in v),
        lambda _: "voices as ENGINE:VOICE",
    ),
    "gpu_slots": _number(1, 64, "a number from 1 to 64"),
    "child_gigabytes": _number(0, 4096, "a number from 0 (its share of the host's memory) to 4096"),
    "workers": _number(0, 1024, "a number from 0 (one a core) to 1024"),
    "attempts": _number(1, 100, "a number from 1 to 100"),
    "log_level": Allowed(lambda v: v in _LOG_LEVELS, lambda _: "debug, info, warning or error"),
    "device": Allowed(
        lambda v: re.fullmatch(r"auto|cpu|cuda(:\d+)?", v) is not None, lambda _: "cpu, cuda, cuda:N or auto"
    ),
    "log_format": Allowed(lambda v: v in ("text", "json"), lambda _: "text or json"),
    "metrics_port": _number(0, 65_535, "a port from 1 to 65535, or 0 for no exporter"),
    "metrics_password": Allowed(
        lambda v: not v or re.fullmatch(r"[!-~]{8,200}", v) is not None,
        lambda _: "empty, or 8 to 200 ASCII characters without spaces",
    ),
    "flower_port": _number(0, 65_535, "a port from 1 to 65535, or 0 for no Flower"),
    "flower_user": Allowed(
        lambda v: re.fullmatch(r"[!-9;-~]+", v) is not None,
        lambda _: "letters, digits and signs without a colon",
    ),
    "flower_password": Allowed(
        lambda v: not v or re.fullmatch(r"[ -~]{8,200}", v) is not None,
        lambda _: "empty, or 8 to 200 ASCII characters",
    ),
    "flower_prefix": Allowed(
        lambda v: re.fullmatch(r"[A-Za-z0-9._/-]*", v) is not None, lambda _: "a path of plain letters"
    ),
    "reading.include": _some_of(lambda: INCLUDES),
    "reading.notes": Allowed(lambda v: v in NOTES, lambda _: f"{', '.join(NOTES[:-1])} or {NOTES[-1]}"),
    "check.by": Allowed(lambda v: v in CHECKS, lambda _: f"{', '.join(CHECKS[:-1])} or {CHECKS[-1]}"),
    "check.policy": Allowed(lambda v: v in CHECK_POLICIES, lambda _: " or ".join(CHECK_POLICIES)),
    "asr_compute": Allowed(
        lambda v: not v or v in COMPUTE_TYPES, lambda _: f"empty, or one of {', '.join(COMPUTE_TYPES)}"
    ),
    "voice.rate": Allowed(_is_rate, _rates),
    "voice.parameters": Allowed(_are_parameters, _parameters),
    "voice.seed": _number(0, 2**31 - 1, "a whole number from 0"),
    "audio.formats": _some_of(_formats, least=1),
    "publish.companions": _some_of(_companions),
    "casting.quotes": Allowed(lambda v: v in QUOTES, lambda _: f"{', '.join(QUOTES[:-1])} or {QUOTES[-1]}"),
    "casting.names": Allowed(
        lambda v: v in SPEAKER_NAMES, lambda _: f"{', '.join(SPEAKER_NAMES[:-1])} or {SPEAKER_NAMES[-1]}"
    ),
    "conversation.style": Allowed(
        lambda v: v in STYLES, lambda _: f"{', '.join(STYLES[:-1])} or {STYLES[-1]}"
    ),
    "conversation.unsupported": Allowed(lambda v: v in UNSUPPORTED, lambda _: " or ".join(UNSUPPORTED)),
    "conversation.minutes": _number(
        0, 600, "a number of minutes from 0 (as long as the source gives) to 600"
    ),
    "llm_url": Allowed(
        lambda v: not v or re.fullmatch(r"https?://[^\s/@]+(/[^\s]*)?", v) is not None,
        lambda _: "empty, or an address such as http://127.0.0.1:11434/v1, without a password in it",
    ),
    "llm_password": Allowed(
        lambda v: re.fullmatch(r"[!-~]*", v) is not None,
        lambda _: "empty, or ASCII characters without spaces",
    ),
    "llm_context": _number(1024, 2**20, "a whole number of tokens from 1024"),
    "llm_seconds": _number(1, 3600, "a number of seconds from 1 to 3600"),
    "publish.overlay": Allowed(lambda value: value in OVERLAYS, lambda _: " or ".join(OVERLAYS)),
    "audio.bitrate": Allowed(_is_bitrate, _bitrates),
    "audio.coder": Allowed(_is_coder, _coders),
    "audio.loudness": Allowed(_is_loudness, _loudnesses),
    "music.level": _number(-30, 10, "a number of LU from -30 to 10"),
    "music.overlap": _number(0, 60, "a number of seconds from 0 to 60"),
    "music.bed_below": _number(0, 40, "a number of LU from 0 to 40"),
    "music.ducking": _number(0, 40, "a number of LU from 0 to 40"),
    "music.pause": _number(0.1, 60, "a number of seconds from 0.1 to 60"),
    "music.fade": _number(0, 30, "a number of seconds from 0 to 30"),
    "music.longest": _number(1, 600, "a number of seconds from 1 to 600"),
    "audio.true_peak": _number(-20, 0, "a number of dBTP from -20 to 0"),
}
_PAUSE = _number(0, 60, "a number of seconds from 0 to 60")


__all__ = ["Allowed", "allowed", "check_audio"]
