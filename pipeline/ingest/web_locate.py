"""Which units of a page are its article: trafilatura finds its text, and here it is found in the page's tree.

The tree says more than the text that was found: where a block stands, notes, captions, tables, languages. So the
text is laid beside the page's units, in order, and the units that it covers are the article. What lies between
two of them in the same element, and reads as prose, belongs to it, too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.web_units import Unit

SHINGLE = 4
"""Tokens that are compared together; a shorter unit is only looked for between longer ones."""
COVERED = 0.6
"""Share of a unit's shingles that are in the article's text, if the unit is of the article."""
MANY = 16
"""Places at which the same words are looked at."""
PROSE_TOKENS = 8
"""A paragraph between two of the article has at least as many, if it was passed over by mistake."""
PROSE_LINKS = 0.3
"""And no larger share of links."""

_SENTENCE_END = re.compile(r"[.!?…。！？।؟:;][\"'”’»)\]]*$")
_ASIDE = frozenset(
    {"aside", "nav", "footer", "form", "header", "figure", "button", "dialog", "ul", "ol", "table"}
)


@dataclass(frozen=True, slots=True)
class _Claim:
    unit: int
    start: int
    end: int
    """Tokens of the article's text that the unit seems to be, the end exclusive."""


def locate(units: Sequence[Unit], text: Sequence[str]) -> list[bool]:
    """For each unit, whether it is of the article whose tokens are ``text``."""
    kept = [False] * len(units)
    for claim in _in_order(_unrivalled(_claims(units, text))):
        kept[claim.unit] = True
    _place_the_rest(units, text, kept)
    _fill(units, kept)
    _repeat(units, kept)
    return kept


def coverage(units: Sequence[Unit], kept: Sequence[bool], text: Sequence[str]) -> float:
    """The share of the article's tokens that are in the units that were kept, 0 to 1."""
    wanted = Counter(text)
    got = Counter(token for unit, one in zip(units, kept, strict=True) if one for token in unit.tokens)
    return sum((wanted & got).values()) / max(1, len(text))


def _claims(units: Sequence[Unit], text: Sequence[str]) -> list[_Claim]:
    """Where in the text each unit of some length is, if its shingles are there next to each other."""
    places: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(text) - SHINGLE + 1):
        places.setdefault(tuple(text[at : at + SHINGLE]), []).append(at)
    claims = []
    for number, unit in enumerate(units):
        shingles = [unit.tokens[i : i + SHINGLE] for i in range(len(unit.tokens) - SHINGLE + 1)]
        found = [(i, places[shingle]) for i, shingle in enumerate(shingles) if shingle in places]
        if not shingles or len(found) < COVERED * len(shingles):
            continue
        exact = [
            at for at in places.get(shingles[0], ()) if tuple(text[at : at + len(unit.tokens)]) == unit.tokens
        ]
        if exact:  # more than one: the order of what is around tells which
            claims += [_Claim(number, at, at + len(unit.tokens)) for at in exact[:MANY]]
            continue
        # The place that most of its shingles agree on, to within what was left out in between.
        votes = Counter(at - i for i, ats in found for at in ats[:MANY])
        about = votes.most_common(1)[0][0]
        slack = max(8, len(shingles) // 10)
        near = [at for i, ats in found for at in ats if abs(at - i - about) <= slack]
        claims.append(_Claim(number, min(near), max(near) + SHINGLE))
    return claims


def _unrivalled(claims: list[_Claim]) -> list[_Claim]:
    """The claims that no other makes to the same tokens: of rivals, only the order can tell which is meant."""
    own, same = Counter(c.unit for c in claims), Counter((c.start, c.end) for c in claims)
    claims = [c for c in claims if own[c.unit] == 1 and same[c.start, c.end] == 1]
    by_start = sorted(claims, key=lambda claim: claim.start)
    rivals: set[int] = set()
    open_claims: list[_Claim] = []
    for claim in by_start:
        open_claims = [other for other in open_claims if other.end > claim.start]
        for other in open_claims:
            both = min(other.end, claim.end) - claim.start
            if both > 0.5 * min(other.end - other.start, claim.end - claim.start):
                rivals.update((other.unit, claim.unit))
        open_claims.append(claim)
    return [claim for claim in claims if claim.unit not in rivals]


def _in_order(claims: list[_Claim]) -> list[_Claim]:
    """The most claims whose places ascend as the units do (longest increasing subsequence)."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, claim in enumerate(claims):
        at = bisect_left(ends, claim.start)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [claim.start]
        last[at : at + 1] = [index]
    chain: list[_Claim] = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(claims[index])
        index = before[index]
    return chain[::-1]


def _place_the_rest(units: Sequence[Unit], text: Sequence[str], kept: list[bool]) -> None:
    """Short units and those that stand on the page twice: where the tokens between their neighbours are theirs.

    Between two units that were placed lies a stretch of the text; what is placed there has to be in it, in order.
    """
    spans = {c.unit: c for c in _claims(units, text) if kept[c.unit]}
    at = 0
    pending: list[int] = []
    for number in [*range(len(units)), -1]:
        if number in spans or number == -1:
            stop = spans[number].start if number in spans else len(text)
            _place(units, text, kept, pending, at, stop, first=at == 0 and number != -1)
            pending = []
            at = max(at, spans[number].end) if number in spans else at
        else:
            pending.append(number)


def _place(
    units: Sequence[Unit],
    text: Sequence[str],
    kept: list[bool],
    pending: Sequence[int],
    start: int,
    stop: int,
    *,
    first: bool,
) -> None:
    """Look for units between two placed ones in ``text[start:stop]``; before the first one, from its end."""
    left = list(text[start:stop])
    if not left or not pending:
        return
    if first:  # what stands nearest to the article is meant, not its double in a menu
        left.reverse()
    joined, begin = f" {' '.join(left)} ", 0
    for number in reversed(pending) if first else pending:
        tokens = units[number].tokens[::-1] if first else units[number].tokens
        wanted = f" {' '.join(tokens)} "
        at = joined.find(wanted, begin)
        if at >= 0:
            kept[number] = True
            begin = at + len(wanted) - 1


def _fill(units: Sequence[Unit], kept: list[bool]) -> None:
    """Keep prose and headings that were passed over between two units of the article in the same element."""
    chosen = [number for number, one in enumerate(kept) if one]
    for before, after in pairwise(chosen):
        parent = units[before].block.getparent()
        if after - before < 2 or parent is None or units[after].block.getparent() is not parent:
            continue
        for number in range(before + 1, after):
            unit = units[number]
            if unit.block.getparent() is not parent or parent.tag in _ASIDE:
                continue
            if unit.tag == "p" and len(unit.tokens) >= PROSE_TOKENS and unit.link_share <= PROSE_LINKS:
                kept[number] = bool(_SENTENCE_END.search(unit.text))
            elif unit.is_heading and number == after - 1:
                kept[number] = True  # titles that are links are left out as if they led away


def _repeat(units: Sequence[Unit], kept: list[bool]) -> None:
    """Keep what says the same as another unit of the article, right behind one in the same element: a refrain.

    trafilatura gives equal paragraphs once only.
    """
    said = {unit.tokens for unit, one in zip(units, kept, strict=True) if one}
    for number in range(1, len(units)):
        one, before = units[number], units[number - 1]
        beside = kept[number - 1] and one.block.getparent() is before.block.getparent()
        if beside and not kept[number] and one.tokens in said and one.link_share <= PROSE_LINKS:
            kept[number] = True


__all__ = ["coverage", "locate"]
