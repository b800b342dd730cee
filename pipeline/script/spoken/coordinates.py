"""Degrees with minutes and seconds of arc, and the quarter of the compass after degrees."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pipeline.script.spoken.rule import Rule, rule


def coordinate_rules(
    counted: Callable[[int], str], names: tuple[str, str, str], sides: Mapping[str, str]
) -> tuple[Rule, ...]:
    """Latitude, longitude and angles.

    ``counted`` says a number before a minute of arc; ``names`` are degrees, minutes and seconds; ``sides`` are
    the quarters of the compass by their letters.
    """
    letter = "".join(sides)

    def say(match: re.Match[str]) -> str:
        said = f"{counted(int(match['d']))} {names[0]}|{counted(int(match['m']))} {names[1]}"
        if match["s"]:
            said += f"|{counted(int(match['s']))} {names[2]}"
        return said + (f"|{sides[match['side']]}" if match["side"] else "")

    return (
        rule("measure",
             r"(?<![\w.,])(?P<d>\d{1,3})° ?(?P<m>\d{1,2}) ?[′'’](?: ?(?P<s>\d{1,2}) ?(?:[″\"”]|''))?"
             rf"(?: ?(?P<side>[{letter}])(?![\w'’]))?", say),
        rule("measure", rf"(?<=\d°) ?(?P<said>[{letter}](?:\.(?=[,;]| [a-z\d]))?)(?![\w'’])",
             lambda m: sides[m["said"][0]]),
    )  # fmt: skip
