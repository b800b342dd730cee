"""One page and what is read of it become a page with spans and its overlay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.model import BlockKind
from pipeline.publish.readalong.locate import Wanted, locate
from pipeline.publish.readalong.markup import Node, Page, read_page
from pipeline.publish.readalong.smil import MIN_CLIP, Group, Par
from pipeline.publish.readalong.spans import LONGEST_MARK, Cutter, Piece, Span, runs_of, with_spans
from pipeline.publish.readalong.spool import ReadBlock, ReadSentence, ReadWord

PREFIX = "vx-"
"""All ids of ours begin with it (or, where a page has such ids, with one that is longer)."""
_TYPES = {BlockKind.NOTE: "footnote", BlockKind.TABLE: "table"}
"""What reading systems offer to skip (EPUB 3.3, 9.3.3)."""
_SAID = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Annotated:
    """A page with its spans."""

    source: str
    groups: tuple[Group, ...]
    words: int
    """That were read."""
    found: int
    """Of these, words that stand in the page."""


@dataclass(slots=True)
class _Shown:
    """A sentence on the page: its pieces, what each is called, and the words in each."""

    pieces: list[Piece]
    ids: list[str]
    words: list[tuple[ReadWord, Piece, str]]
    """With the first piece of each and its id."""


def annotate(
    source: str,
    blocks: Iterable[ReadBlock],
    *,
    by_word: bool,
    link: str = "",
    fragile: Callable[[Node], bool] = lambda _: False,
) -> Annotated:
    """Put spans around what ``blocks`` say is read in a page, and ``link`` at the end of its head.

    ``by_word`` makes an overlay of words, else it is of sentences; there are spans for both in any case. Raises
    ``ValueError`` where the page is not well-formed.
    """
    page = read_page(source)
    heard = list(blocks)
    places = locate(
        page.text,
        [
            Wanted(block.letters, page.ids.get(block.anchor, 0), block.kind is BlockKind.NOTE)
            for block in heard
        ],
    )
    writer = _Writer(page, Cutter(page, fragile), _prefix(page), by_word)
    for block, place in zip(heard, places, strict=True):
        writer.block(block, place)
    groups = writer.finish()
    text = with_spans(page, writer.spans, link) if writer.spans else source
    return Annotated(text, groups, writer.words, writer.found)


def _prefix(page: Page) -> str:
    prefix = PREFIX
    while any(identifier.startswith(prefix) for identifier in page.ids):
        prefix += "x-"
    return prefix


class _Writer:
    """Collects the spans and the overlay of one page."""

    def __init__(self, page: Page, cutter: Cutter, prefix: str, by_word: bool) -> None:
        self.spans: list[Span] = []
        self.words = self.found = 0
        self._page, self._cutter, self._prefix, self._by_word = page, cutter, prefix, by_word
        self._sentences = self._count = 0
        self._groups: list[Group] = []
        self._taken = bytearray(len(page.text))
        self._early: ReadSentence | None = None

    def block(self, block: ReadBlock, places: Sequence[int] | None) -> None:
        """All sentences of a block, which has these places or none."""
        kind = _TYPES.get(block.kind, "")
        made: list[Group] = []
        for sentence in block.sentences:
            self.words += len(sentence.words)
            shown = self._show(sentence, places) if places is not None else None
            pars = self._pars(sentence, shown) if shown is not None else []
            if pars and shown is not None:
                made.append(Group(shown.ids[0], tuple(pars)))
            elif not self._prolong(made or self._groups, sentence):
                self._early = self._early or sentence
        if kind and made:
            self._groups.append(Group(made[0].id, tuple(par for group in made for par in group.pars), kind))
        else:
            self._groups += made

    def finish(self) -> tuple[Group, ...]:
        """The overlay: sentences that stand nowhere are heard with the ones before or behind them."""
        return tuple(self._groups)

    # -- what is shown ---------------------------------------------------------------------------------------

    def _show(self, sentence: ReadSentence, places: Sequence[int]) -> _Shown | None:
        low, high = sentence.words[0].first, sentence.words[-1].last
        runs = self._free(runs_of(places[low:high], LONGEST_MARK))
        pieces = self._kept([piece for run in runs for piece in self._cutter.pieces(*run)])
        if not pieces:
            return None
        self._sentences += 1
        ids = self._named(f"s{self._sentences}", len(pieces))
        shown = _Shown(pieces, ids, [])
        own: list[Span] = []
        for word in sentence.words:
            parts = self._kept(
                [
                    piece
                    for run in self._free(runs_of(places[word.first : word.last], 0))
                    for piece in self._cutter.pieces(*run)
                ]
            )
            if not parts:
                continue
            self.found += 1
            self._count += 1
            names = self._named(f"w{self._count}", len(parts))
            own += [Span(name, part, sentence=False) for name, part in zip(names, parts, strict=True)]
            shown.words.append((word, parts[0], names[0]))
        self.spans += [Span(name, piece, sentence=True) for name, piece in zip(ids, pieces, strict=True)]
        self.spans += own
        for first, last in runs:
            self._taken[first:last] = b"\1" * (last - first)
        return shown

    def _free(self, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Runs that nothing else has: what is told twice is shown where it is told first."""
        return [run for run in runs if not any(self._taken[run[0] : run[1]])]

    def _kept(self, pieces: list[Piece]) -> list[Piece]:
        """The pieces that have something to say, where any has; a mark set apart is left alone then."""
        said = [piece for piece in pieces if _SAID.search(self._page.text[piece.first : piece.last])]
        return said or pieces

    def _named(self, name: str, count: int) -> list[str]:
        first = f"{self._prefix}{name}"
        return [first, *(f"{first}-{number}" for number in range(2, count + 1))]

    # -- when it is shown ------------------------------------------------------------------------------------

    def _pars(self, sentence: ReadSentence, shown: _Shown) -> list[Par]:
        """The clips of a sentence: of its words, or of its pieces."""
        if self._by_word:
            cuts = [(name, word.start) for word, _, name in shown.words]
        else:
            cuts = []
            for piece, name in zip(shown.pieces, shown.ids, strict=True):
                starts = [word.start for word, at, _ in shown.words if piece.first <= at.first < piece.last]
                if starts:
                    cuts.append((name, min(starts)))
        pars: list[Par] = []
        begin = sentence.begin
        if cuts and self._early is not None and self._early.audio == sentence.audio:
            begin = min(begin, self._early.begin)
        for number, (name, start) in enumerate(cuts):
            start = begin if number == 0 else max(start, begin)
            end = cuts[number + 1][1] if number + 1 < len(cuts) else sentence.end
            if end - start < MIN_CLIP:
                continue
            pars.append(Par(name, sentence.audio, start, end))
            begin = end
        if pars:
            self._early = None
        return pars

    def _prolong(self, groups: list[Group], sentence: ReadSentence) -> bool:
        """Let the clip before go on through a sentence that stands nowhere on the page."""
        if not groups:
            return False
        last = groups[-1].pars[-1]
        if last.audio != sentence.audio or abs(last.end - sentence.begin) > MIN_CLIP:
            return False
        pars = (*groups[-1].pars[:-1], replace(last, end=sentence.end))
        groups[-1] = replace(groups[-1], pars=pars)
        return True


__all__ = ["PREFIX", "Annotated", "annotate"]
