"""When something was written or recorded: as it says itself, as its file is named, or when that was changed last."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path

NOON = time(12)
"""Of a day whose hour is not known: it is the same day nearly everywhere."""
_NAMED = re.compile(
    r"(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)"
    r"(?:[ T_-]{1,3}(?:at )?(\d{2})[.:h_-]?(\d{2})(?:[.:_-]?\d{2})?(?!\d))?"
)
"""``2026-11-21``, ``20261121_0830``, ``2026-11-21 at 08.30.00``: as notebooks and recorders name files."""


def moment_of(said: str, path: Path | None = None) -> datetime | None:
    """When it was, in UTC: by what it says of itself (ISO 8601), else by its file's name, else by that file's time.

    Without a zone it is this machine's. None for what is to come, and where nothing is known.
    """
    found = _said(said) or (_named(path.stem) or _changed(path) if path else None)
    return found if found and found <= datetime.now(UTC) else None


def without_day(name: str) -> str:
    """What of a file's name is not a date; empty where that is no word."""
    rest = " ".join(_NAMED.sub(" ", name).replace("_", " ").split()).strip(" -.,")
    return rest if re.search(r"[^\W\d_]{2}", rest) else ""


def _said(said: str) -> datetime | None:
    text = said.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _named(text)
    return _of_day(found) if len(text) <= len("2026-11-21") else _zoned(found)


def _named(name: str) -> datetime | None:
    match = _NAMED.search(name)
    if match is None:
        return None
    year, _, month, day, hour, minute = match.groups()
    try:
        found = datetime(int(year), int(month), int(day))
        return _zoned(found.replace(hour=int(hour), minute=int(minute))) if hour else _of_day(found)
    except ValueError:
        return None


def _changed(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _of_day(day: datetime) -> datetime:
    return _zoned(datetime.combine(day.date(), NOON))


def _zoned(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, OSError, ValueError):  # the years 1 and 9999
        return moment.replace(tzinfo=UTC)


__all__ = ["moment_of", "without_day"]
