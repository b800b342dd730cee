"""Rules applied to a sentence, and what is said dealt out to its display words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.script.spoken.rule import Rule


@dataclass(frozen=True, slots=True)
class Edit:
    """A run of the sentence's text that is said differently from how it is written."""

    start: int
    end: int
    said: str
    """With ``|`` between the shares of the display words."""
    kind: str


_ENDS = re.compile(r"[\"'”’»)\]]* *$")
"""What follows the last full stop of a sentence."""


def find_edits(text: str, rules: Sequence[Rule]) -> list[Edit]:
    """What the rules say about a sentence, in order; no two edits overlap."""
    taken = bytearray(len(text))
    edits: list[Edit] = []
    for rule in rules:
        group: str | int = "said" if "said" in rule.pattern.groupindex else 0
        place = 0
        while match := rule.pattern.search(text, place):
            start, end = match.span(group)
            place = max(match.end(), match.start() + 1)
            if start == end:
                continue
            overlap = taken.find(1, start, end)
            if overlap >= 0:  # what is left of the match may match on its own
                free = taken.find(0, overlap, end)
                place = min(place, max(free if free >= 0 else end, match.start() + 1))
                continue
            said = rule.say(match)
            if said is None:
                continue
            if text[end - 1] == "." and said[-1:].isalnum() and _ENDS.match(text, end):
                said += "."  # the abbreviation's full stop is the sentence's too
            taken[start:end] = b"\1" * (end - start)
            edits.append(Edit(start, end, said, rule.kind))
    return sorted(edits, key=lambda edit: edit.start)


@dataclass(slots=True)
class Dealt:
    """What the edits make of one display word."""

    parts: list[str]
    """What is written and what is said there, in order; the first and the last are written."""
    kinds: list[str]
    """Classes of the rules that had a part in it."""


def deal(words: Sequence[str], joined: Sequence[bool], edits: Sequence[Edit]) -> list[Dealt]:
    """What the edits, those of ``sentence_of(words, joined)``, make of each display word."""
    starts = _starts(words, joined)
    ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
    dealt = [Dealt([], []) for _ in words]
    told = [*starts]  # how far each word is done
    for edit in edits:
        first = bisect_right(starts, edit.start) - 1
        last = bisect_right(starts, edit.end - 1) - 1
        covered = [index for index in range(first, last + 1) if ends[index] > edit.start]
        shares = _shares(edit.said, [words[index] for index in covered])
        for index, share in zip(covered, shares, strict=True):
            begin = max(edit.start, starts[index])
            written = words[index][told[index] - starts[index] : begin - starts[index]]
            dealt[index].parts += [written, f" {share} "]
            dealt[index].kinds.append(edit.kind)
            told[index] = min(edit.end, ends[index])
    for index, word in enumerate(words):
        dealt[index].parts.append(word[told[index] - starts[index] :])
    return dealt


def sentence_of(words: Sequence[str], joined: Sequence[bool]) -> str:
    """The text that the rules see: the words with single spaces between those that are not joined."""
    return "".join(word if index == 0 or joined[index] else " " + word for index, word in enumerate(words))


def _starts(words: Sequence[str], joined: Sequence[bool]) -> list[int]:
    gaps = [0 if index == 0 or joined[index] else 1 for index in range(len(words))]
    lengths = accumulate((len(word) for word in words), initial=0)
    return [before + gap for before, gap in zip(lengths, accumulate(gaps), strict=False)]


def _shares(said: str, words: Sequence[str]) -> list[str]:
    """What each of the display words says."""
    shares = [share.strip() for share in said.split("|")]
    if len(shares) == len(words):
        return shares
    tokens = " ".join(shares).split()
    if len(tokens) <= len(words):
        return tokens + [""] * (len(words) - len(tokens))
    total = sum(map(len, words))
    cuts = [round(len(tokens) * done / total) for done in accumulate(map(len, words))]
    for index in range(len(cuts)):  # at least one for each
        cuts[index] = max(cuts[index], index + 1)
        cuts[index] = min(cuts[index], len(tokens) - (len(cuts) - index - 1))
    return [" ".join(tokens[begin:end]) for begin, end in zip([0, *cuts], cuts, strict=False)]


_SPACES = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"(?<=\S) (?=[.,;:!?…)\]}'’”»%。，、！？；：）」』》】])")
_LOOSE_HYPHEN = re.compile(r"(?<=\w) - ?(?=\w)|(?<=\w)- (?=\w)")
"""Between something said and the rest of its word: ``100-car``."""
_BRACKET = re.compile(r"(?<=\w)([)\]}])(?=\w)")
"""``(1)First``: brackets are removed later, the gap must stay."""
_OPENING_INSIDE = re.compile(r"(?<=\w)[(\[{](?=\w)")
"""``chroot(8)``."""
_AFTER_OPENING = re.compile(r"(?<=[(\[{¿¡“«„‘]) ")


def assemble(parts: Sequence[str]) -> str:
    """One text of a word's parts: what is said keeps a space from letters, none from marks."""
    text = _SPACES.sub(" ", "".join(parts)).strip()
    text = _AFTER_OPENING.sub("", _BEFORE_MARK.sub("", _LOOSE_HYPHEN.sub(" ", text)))
    return _OPENING_INSIDE.sub(r" \g<0>", _BRACKET.sub(r"\1 ", text))
