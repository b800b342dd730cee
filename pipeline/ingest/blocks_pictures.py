"""Pictures that say something: a letter, a note, a drawing with words."""

from __future__ import annotations

from pipeline.ingest.blocks_kinds import classes_of
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, local_name

_NOTE_IMAGE_CLASSES = frozenset({"qqreader-footnote", "zhangyue-footnote", "epub-footnote"})


def stands_for_text(image: Element, alt: str) -> bool:
    """True for a picture of a letter: a drop cap, or a character that no font has."""
    if "gaiji" in classes_of(image):
        return bool(alt)
    return len(alt) == 1 and alt.isalpha() and bool(image.tail) and image.tail[:1].isalpha()


def drawing_text(svg: Element) -> str:
    """The title and description of a drawing, else the words in it."""
    for names in ({"title", "desc"}, {"text"}):
        found = [fold("".join(e.itertext())) for e in svg.iter() if local_name(e) in names]
        if any(found):
            return " ".join(text for text in found if text)
    return ""


def is_note_image(image: Element) -> bool:
    """True for a sign that shows a note, its own description, when it is touched (Chinese readers)."""
    return not _NOTE_IMAGE_CLASSES.isdisjoint(classes_of(image))


__all__ = ["drawing_text", "is_note_image", "stands_for_text"]
