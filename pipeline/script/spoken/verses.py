"""Chapter and verse of the Bible: ``John 3:16``, ``Joh 3,16``, ``Jn 3,16``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pipeline.script.spoken.rule import Rule, alternatives, rule


def verse_rules(books: Iterable[str], mark: str, cardinal: Callable[[int], str], to: str) -> tuple[Rule, ...]:
    """Chapter and verse after the name of a book, which says that they are no time, ratio or decimal.

    ``books`` are names and abbreviations without their full stop; ``mark`` is a regular expression for what
    stands between chapter and verse; ``to`` is said between the first and the last verse.
    """

    def say(match: re.Match[str]) -> str:
        last = f" {to} {cardinal(int(match['e']))}" if match["e"] else ""
        comma = "," if ", " in match["said"] or int(match["c"]) > 20 else ""  # twenty three, four
        return f"{cardinal(int(match['c']))}{comma}|{cardinal(int(match['v']))}{last}"

    return (
        rule("verse",
             rf"(?<!\w)(?:{alternatives(books)})\.? (?P<said>(?P<c>\d{{1,3}}){mark}(?P<v>\d{{1,3}})"
             r"(?:[-–](?P<e>\d{1,3}))?)(?![\w:]|[.,]\d)",
             say),
    )  # fmt: skip
