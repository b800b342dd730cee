"""Which words an episode has, so that a search loads the texts of those episodes alone that may have what is sought.

Texts are folded as the page folds what is asked for (``fold`` in ``find.js``): without case and accents. A word here
is a run of letters and digits; where words follow each other without a space (Chinese, Japanese), it is all of them.
Whatever is found in a text, each run of letters and digits in it is part of a word here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

Section = Sequence[Sequence[object]]
"""The blocks of a stretch of text, as ``pipeline.publish.player.words`` describes them."""
_SILENT = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u00ad\u0640]")
"""Accents, points and marks that are left out of comparisons."""
_RUNS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text as it is compared."""
    if text.isascii():
        return text.lower()
    return _SILENT.sub("", unicodedata.normalize("NFKD", text)).lower()


def vocabulary_of(sections: Sequence[Section]) -> str:
    """The words of a text in order, each once, with a space between two."""
    found: set[str] = set()
    for section in sections:
        for block in section:
            found.update(_RUNS.findall(fold("".join(_pieces(block[2:])))))
    return " ".join(sorted(found))


def _pieces(sentences: Sequence[object]) -> Iterator[str]:
    """The text of sentences: a string each, or a list of words of which those that stand apart begin with a space."""
    for sentence in sentences:
        told = sentence[0]  # type: ignore[index]
        if isinstance(told, str):
            yield f" {told}"
        else:
            yield from told
