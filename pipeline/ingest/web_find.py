"""Finding the text of a page's article: trafilatura, asked for precision first.

Measured on real pages (``docs/benchmarks.md``), that loses nothing and leaves out more of what is around. What it
finds is compared with what the page itself says that its article is; only if it misses most of that, trafilatura is
asked less strictly.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline.ingest.web_units import Unit, tokens_of
from pipeline.ingest.xml import Element

SHORT = 250
"""Characters; a text that is shorter is looked for again, less strictly."""
EXPECTED = 0.5
"""Share of what the page says is its article that has to be found."""
EXPECTED_TOKENS = 60
"""What the page says counts if it is at least as long."""
JSON_BYTES = 2_000_000
"""Linked data that is larger is not looked at."""

log = logging.getLogger(__name__)
_SETTINGS: tuple[dict[str, Any], ...] = ({"favor_precision": True}, {}, {"favor_recall": True})


@dataclass(frozen=True, slots=True)
class Found:
    """What trafilatura gave."""

    body: Element
    """Its own tree: ``p``, ``head``, ``list``, ``item`` ..."""
    document: Any
    """Its ``Document``, for the metadata."""
    tokens: tuple[str, ...]


def find_article(text: str, page: Element, units: Sequence[Unit], address: str) -> Found | None:
    """The article on a page; None when there is none. ``address`` may be empty."""
    from trafilatura.settings import Document

    # It complains of every page that is no article.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    expected = Counter(_expected(page, units))
    tries: list[tuple[float, Found]] = []
    for settings in _SETTINGS:
        document = _extracted(text, address, settings)
        if not isinstance(document, Document) or document.body is None:
            continue
        found = Found(document.body, document, tokens_of(" ".join(document.body.itertext())))
        tries.append((_missed(found.tokens, expected), found))
        if len("".join(document.body.itertext())) >= SHORT and tries[-1][0] <= 1 - EXPECTED:
            return found
    # None is convincing: the one that misses least, of equals the longest.
    return max(tries, key=lambda one: (-round(one[0], 1), len(one[1].tokens)))[1] if tries else None


def _extracted(text: str, address: str, settings: dict[str, Any]) -> Any:
    """trafilatura's ``Document``; without metadata where its search for these fails on a damaged page."""
    import trafilatura

    for metadata in (True, False):
        try:
            return trafilatura.bare_extraction(
                text,
                url=address or None,
                output_format="xml",
                include_comments=False,
                with_metadata=metadata,
                **settings,
            )
        except Exception as error:  # it meets what it did not expect with whatever comes
            log.debug("trafilatura failed on %s: %r", address, error)
    return None


def _missed(tokens: Sequence[str], expected: Counter[str]) -> float:
    total = expected.total()
    return 1 - (expected & Counter(tokens)).total() / total if total >= EXPECTED_TOKENS else 0.0


def _expected(page: Element, units: Sequence[Unit]) -> tuple[str, ...]:
    """What the page says is its article: schema.org's ``articleBody``, else the paragraphs of one element.

    That element is the one whose own paragraphs have the most text outside links (after Readability's idea).
    """
    for data in linked_data(page):
        body = data.get("articleBody")
        if isinstance(body, str) and len(tokens := tokens_of(body)) >= EXPECTED_TOKENS:
            return tokens
    marked = page.xpath("//*[@itemprop='articleBody']")
    if len(marked) == 1:
        return tuple(t for u in units if _is_in(u.block, marked[0]) for t in u.tokens if u.link_share < 0.5)
    holders: dict[Element, list[str]] = {page: []}
    for unit in units:
        if unit.tag == "p" and unit.link_share < 0.3 and unit.block.getparent() is not None:
            holders.setdefault(unit.block.getparent(), []).extend(unit.tokens)
    longest = max(holders.values(), key=len)
    return tuple(longest)


def _is_in(element: Element, outer: Element) -> bool:
    return element is outer or any(parent is outer for parent in element.iterancestors())


def linked_data(page: Element) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, also of those within ``@graph``."""
    for script in page.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        written = script.text or ""
        if len(written) > JSON_BYTES:
            continue
        with suppress(ValueError, RecursionError):
            waiting = [json.loads(written, strict=False)]
            while waiting:
                one = waiting.pop(0)
                if isinstance(one, list):
                    waiting.extend(one)
                elif isinstance(one, dict):
                    yield one
                    waiting.append(one.get("@graph"))


__all__ = ["Found", "find_article", "linked_data"]
