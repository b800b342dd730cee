"""What a message may say: which production, and whole numbers that tell where in it. No path, address or option.

Everything else is in the catalog. Whoever can write to the broker can call for work that is planned, and for
nothing more; and a message of another version, with fields that are not known here, is refused and not guessed at.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping

_PRODUCTION = re.compile(r"[0-9a-f]{12}")
MOST = 10_000_000
"""Larger than any chapter's or chunk's number."""


def fields_of(stage: Callable[..., object]) -> frozenset[str]:
    """The numbers that a stage is called with: its keyword-only arguments."""
    parameters = inspect.signature(stage).parameters.values()
    return frozenset(one.name for one in parameters if one.kind is one.KEYWORD_ONLY)


def refusal(wanted: frozenset[str], given: tuple[object, ...], named: Mapping[str, object]) -> str:
    """Why a message is not one that we sent, as the end of a sentence; empty when it is all right.

    What it says instead is not repeated: that may be anything.
    """
    if given:
        return "it has values without a name"
    production = named.get("production_id")
    if not isinstance(production, str) or not _PRODUCTION.fullmatch(production):
        return "it names no production"
    found = named.keys() - {"production_id"}
    if found - wanted:
        return "it has fields that are not known to this version"
    if missing := wanted - found:
        return f"it lacks {', '.join(sorted(missing))}"
    numbers = [named[name] for name in found]
    if not all(type(value) is int and 0 <= value <= MOST for value in numbers):
        return "what should be numbers is not"
    return ""
