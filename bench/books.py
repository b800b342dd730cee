"""Books of any length for the benchmarks: original sentences, put together by a seeded generator."""

from __future__ import annotations

import random
from pathlib import Path

from tests.books import write_epub

SUBJECTS = (
    "the ferryman", "a clockmaker", "the youngest of the sisters", "an old surveyor", "the baker's apprentice",
    "a stranger from the coast", "the lamplighter", "our neighbour", "the captain of the dredger", "a gardener",
)  # fmt: skip
VERBS = (
    "walked slowly along", "had long forgotten", "kept a careful record of", "could not explain", "looked after",
    "was afraid of", "once dreamed about", "had inherited", "spent the winter repairing", "quietly admired",
)  # fmt: skip
OBJECTS = (
    "the narrow bridge", "a box of unsent letters", "the orchard behind the mill", "the sound of the evening train",
    "three copper kettles", "the road to the quarry", "a map without names", "the last house before the marsh",
    "the garden wall", "an unfinished boat",
)  # fmt: skip
ENDINGS = (
    "before the rain came", "as if nothing had happened", "because somebody had to", "on most Sunday mornings",
    "while the others slept", "until the light was gone", "and never spoke of it again", "for reasons of his own",
    "in spite of the cold", "long after the war",
)  # fmt: skip
CHARACTERS_PER_HOUR = 68_000
"""Of espeak's English at its own speed: measured on these very sentences."""
CHARACTERS_PER_CHAPTER = 14_000
"""A quarter of an hour, as chapters of novels are."""


def sentence(random_: random.Random) -> str:
    """One sentence; no two of a book are likely to be the same."""
    first = random_.choice(SUBJECTS)
    parts = [
        first[0].upper() + first[1:],
        random_.choice(VERBS),
        random_.choice(OBJECTS),
        random_.choice(ENDINGS),
    ]
    if random_.random() < 0.5:
        parts[-1] += ","
        parts += ["and", random_.choice(SUBJECTS), random_.choice(VERBS), random_.choice(OBJECTS)]
    return " ".join(parts) + "."


def paragraph(random_: random.Random) -> str:
    """Two to seven sentences."""
    return " ".join(sentence(random_) for _ in range(random_.randint(2, 7)))


def chapters(hours: float, seed: int = 1) -> list[tuple[str, list[str]]]:
    """(title, paragraphs) for about so many hours of audio."""
    random_, left = random.Random(seed), hours * CHARACTERS_PER_HOUR
    made: list[tuple[str, list[str]]] = []
    while left > 0:
        paragraphs, size = list[str](), 0
        while size < min(CHARACTERS_PER_CHAPTER, left):
            paragraphs.append(paragraph(random_))
            size += len(paragraphs[-1])
        made.append((f"Chapter {len(made) + 1}", paragraphs))
        left -= size
    return made


def write_book(path: Path, hours: float, seed: int = 1) -> Path:
    """An EPUB of about so many hours."""
    return write_epub(path, dict(chapters(hours, seed)), title=f"Bench {hours:g} h")


def plain_text(hours: float, seed: int = 1) -> str:
    """The same book as plain text, for the programs it is compared with."""
    return "\n\n".join("\n\n".join([title, *paragraphs]) for title, paragraphs in chapters(hours, seed))
