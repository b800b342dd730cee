"""What the tags of every format say; each format writes them in its own manner.

Which tag Audiobookshelf, Apple Books and ffmpeg read for what is the reason for each choice: the narrator is
the composer, the date is a bare year, genres are separated by semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import Metadata, Voice
from pipeline.publish.names import UNKNOWN_AUTHOR, UNTITLED, people
from pipeline.publish.provenance import provenance_sentence, provenance_tags

GENRE = "Audiobook"
GENRES = 8
"""Most subjects that become genres."""
TOOL = "Voxpress"
TITLE_CHARACTERS = 200
"""Longest chapter title in a tag or mark; players cut them far earlier."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Values of the tags; empty ones are left out."""

    title: str
    artist: str
    narrator: str
    year: str
    genre: str
    description: str
    comment: str
    custom: dict[str, str]
    """By name: SERIES, SERIES-PART, SUBTITLE, ISBN, PUBLISHER, LANGUAGE; SYNTHETIC-SPEECH and VOICE-CONSENT where a
    voice imitates somebody."""


def tags_of(metadata: Metadata, narrator: str, clones: Sequence[Voice] = ()) -> Tags:
    """The tags of a book; ``clones`` are the voices in it that imitate somebody."""
    year = re.search(r"\d{4}", metadata.published)
    subjects = [clean(subject).replace(";", ",") for subject in metadata.subjects if subject.strip()]
    custom = {
        "SERIES": metadata.series,
        "SERIES-PART": metadata.series_part,
        "SUBTITLE": metadata.subtitle,
        "ISBN": metadata.isbn,
        "PUBLISHER": metadata.publisher,
        "LANGUAGE": metadata.language,
        **provenance_tags(clones),
    }
    comment = f"Narrated by {clean(narrator)}: synthetic speech." if narrator.strip() else ""
    return Tags(
        title=clean(metadata.title) or UNTITLED,
        artist=clean(people(metadata.authors)) or UNKNOWN_AUTHOR,
        narrator=clean(narrator),
        year=year.group() if year else "",
        genre="; ".join(dict.fromkeys(subjects[:GENRES])) or GENRE,
        description=clean(metadata.description, "\n"),
        comment=f"{comment} {clean(provenance_sentence(clones))}".strip(),
        custom={name: clean(value) for name, value in custom.items() if value.strip()},
    )


def clean(text: str, keep: str = "") -> str:
    """``text`` without control characters, white space folded (but for the characters in ``keep``)."""
    if text.isprintable():  # most are, and have nothing but spaces to fold
        return " ".join(text.split())
    lines = text.split(keep) if keep else [text]
    folded = (" ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", line).split()) for line in lines)
    return keep.join(folded).strip()


def chapter_title(title: str, number: int) -> str:
    """The title for marks; chapters without one are counted."""
    title = clean(title) or f"Chapter {number}"
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"
