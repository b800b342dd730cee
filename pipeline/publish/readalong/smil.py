"""Media overlay documents (EPUB 3.3, 9.2): which piece of audio is played for which piece of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

MIN_CLIP = 0.001
"""Seconds; a clip has to have a length."""


@dataclass(frozen=True, slots=True)
class Par:
    """A piece of the page and its clip."""

    id: str
    """Of the element that is shown."""
    audio: int
    """Which of the audio files."""
    begin: float
    """Seconds of that file."""
    end: float


@dataclass(frozen=True, slots=True)
class Group:
    """Pars that belong together: a note, a table, or (in an overlay of words) a sentence."""

    id: str
    """Of the element where it begins."""
    pars: tuple[Par, ...]
    type: str = ""
    """Its ``epub:type``, by which reading systems offer to skip it; empty for none."""


def duration_of(groups: Sequence[Group]) -> float:
    """Seconds of all clips."""
    return sum(_clip(par)[1] - _clip(par)[0] for group in groups for par in group.pars)


def smil(document: str, audio: Sequence[str], groups: Sequence[Group]) -> Iterator[str]:
    """The overlay of a document, piece by piece. ``document`` and ``audio`` are addresses from where it lies."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n'
    yield f"<body epub:textref={quoteattr(f'{document}#{groups[0].id}')}>\n"
    number = 0
    for group in groups:
        held = len(group.pars) > 1 or group.type
        if held:
            kind = f" epub:type={quoteattr(group.type)}" if group.type else ""
            yield f"<seq epub:textref={quoteattr(f'{document}#{group.id}')}{kind}>\n"
        for par in group.pars:
            number += 1
            begin, end = _clip(par)
            yield (
                f'<par id="p{number}"><text src={quoteattr(f"{document}#{par.id}")}/>'
                f'<audio src={quoteattr(audio[par.audio])} clipBegin="{begin:.3f}s" clipEnd="{end:.3f}s"/></par>\n'
            )
        if held:
            yield "</seq>\n"
    yield "</body>\n</smil>\n"


def _clip(par: Par) -> tuple[float, float]:
    """Begin and end as they are written."""
    return round(par.begin, 3), round(par.end, 3)


def clock(seconds: float) -> str:
    """A full clock value, as ``media:duration`` wants it: ``1:02:03.450``."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{milliseconds / 1000:06.3f}"


__all__ = ["MIN_CLIP", "Group", "Par", "clock", "duration_of", "smil"]
