"""The output formats by name. Another one is one module of the shape ``job.Format`` and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import SettingsError
from pipeline.publish import m4b, mp3, mp3_chapters, opus
from pipeline.publish.job import Format

FORMATS: Mapping[str, Format] = {
    "m4b": m4b,
    "mp3": mp3,
    "mp3-chapters": mp3_chapters,
    "opus": opus,
}


def format_of(name: str) -> Format:
    """The format called ``name``. Raises ``SettingsError`` when there is none."""
    if name not in FORMATS:
        raise SettingsError(f"There is no format {name!r}: choose from {', '.join(FORMATS)}.")
    return FORMATS[name]


def codecs_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The codecs that chapters have to be encoded with for these formats, each once."""
    return tuple(dict.fromkeys(format_of(name).codec for name in names))
