"""Which elements a book's style sheets would show otherwise if a span were put around them.

A rule for ``p > em`` holds no longer when a span comes between the two, nor does one for ``br + b``. The last part of
such a selector names the elements that it is about: these are never put into a span as a whole, so that a sentence
which holds one becomes several spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.epub_package import Package
from pipeline.ingest.epub_styles import style_sheets, without_comments
from pipeline.publish.readalong.markup import Node

_SELECTORS = re.compile(r"([^{};]+)(\{)?")
"""A stretch of a style sheet, and whether it is selectors."""
_LONGEST_SELECTOR = 1000
"""Characters: longer ones are none that anybody wrote, and the expressions below take their square."""
_PARTED = re.compile(r"[>+~](?![^\[]*\])|:(?:first|last|only|nth)-")
"""A combinator that is not inside ``[...]``, or a class of place."""
_LAST = re.compile(r"(?:^|[\s>+~])([^\s>+~]*(?:\[[^\]]*\][^\s>+~\[]*)*)\s*$")
_TAG = re.compile(r"^(?:[\w-]*\|)?([a-zA-Z][\w-]*|\*)?")
_CLASS = re.compile(r"\.([\w-]+)")


@dataclass(slots=True)
class Fragile:
    """What such selectors end in."""

    tags: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    everything: bool = False

    def add(self, css: str) -> None:
        """Take in a style sheet."""
        for match in _SELECTORS.finditer(without_comments(css)):
            for selector in match[1].split(",") if match[2] else ():
                if len(selector) > _LONGEST_SELECTOR:
                    self.everything = True
                elif _PARTED.search(selector) and (last := _LAST.search(selector)):
                    self._add_compound(last[1])

    def touches(self, node: Node) -> bool:
        """Whether it may be one of these elements."""
        if self.everything or node.name in self.tags:
            return True
        return any(name in self.classes for name in node.classes)

    def _add_compound(self, compound: str) -> None:
        classes = _CLASS.findall(compound.partition("[")[0])
        tag = _TAG.match(compound)
        if classes:
            self.classes.update(classes)
        elif tag is not None and tag[1] and tag[1] != "*":
            self.tags.add(tag[1].lower())
        else:
            self.everything = True


def read_fragile(archive: Archive, package: Package) -> Fragile:
    """What the style sheets of the manifest say; what cannot be read is left out."""
    found = Fragile()
    for css in style_sheets(archive, package):
        found.add(css)
    return found


__all__ = ["Fragile", "read_fragile"]
