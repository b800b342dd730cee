"""Formulas (MathML 3): in one line of characters when they are simple, else as their author describes them.

Simple is what one line says without brackets of its own: sums, products, powers and indices in Unicode's raised
and lowered characters ("x² + 1"), fractions and roots of single terms ("a/b", "√2"). What is more has a
description (``alttext``), unless that is TeX, which nobody can listen to; else its symbols are said in order.
"""

from __future__ import annotations

import re

from pipeline.ingest.blocks_text import fold
from pipeline.ingest.xml import Element, attribute, local_name

_TERMS = 24
"""A formula of more symbols is not simple."""
_TOKENS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_ROWS = frozenset({"math", "mrow", "mstyle", "mpadded", "merror"})
_TEX = re.compile(r"[\\{}^_]")
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))
RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
LOWERED = str.maketrans("0123456789+-−=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")
_SPACED = frozenset("+-−±×·÷=≠<>≤≥≈≡→⇒∈∪∩∧∨")


class _NotSimple(Exception):
    """The formula needs more than one line."""


def formula_text(math: Element) -> str:
    """What is said for a ``<math>`` element; empty when it has nothing."""
    symbols = [e.text.strip() for e in math.iter() if local_name(e) in _TOKENS and e.text and e.text.strip()]
    if len(symbols) <= _TERMS:
        try:
            if line := fold(_line(math).translate(_INVISIBLE)):
                return line
        except _NotSimple:
            pass
    alt = fold(attribute(math, "alttext"))
    if alt and not (symbols and _TEX.search(alt)):
        return alt
    return fold(" ".join(symbols).translate(_INVISIBLE))


def _line(element: Element) -> str:
    name = local_name(element)
    inside = [e for e in element if local_name(e) and not local_name(e).startswith("annotation")]
    if name in _TOKENS:
        text = fold(element.text or "")
        return f" {text} " if text in _SPACED else text
    if name == "mspace":
        return " "
    if name in _ROWS:
        return "".join(_line(e) for e in inside)
    if name == "semantics" and inside:
        return _line(inside[0])
    if name in {"msup", "msub"} and len(inside) == 2:
        return _line(inside[0]) + _moved(inside[1], RAISED if name == "msup" else LOWERED)
    if name == "msubsup" and len(inside) == 3:
        return _line(inside[0]) + _moved(inside[1], LOWERED) + _moved(inside[2], RAISED)
    if name == "mfrac" and len(inside) == 2:
        return f"{_term(inside[0])}/{_term(inside[1])}"
    if name == "msqrt":
        return f"√{_term(element)}"
    if name == "mfenced":
        return f"({', '.join(_line(e) for e in inside)})"
    raise _NotSimple


def _moved(element: Element, table: dict[int, int]) -> str:
    """A power or an index in characters that are raised or lowered by themselves."""
    text = "".join(_line(element).split())
    if not text or any(ord(character) not in table for character in text):
        raise _NotSimple
    return text.translate(table)


def _term(element: Element) -> str:
    """One symbol: what a fraction or a root can have without brackets."""
    inside = [e for e in element.iter() if local_name(e) in _TOKENS]
    if len(inside) != 1:
        raise _NotSimple
    return _line(inside[0]).strip()


__all__ = ["LOWERED", "RAISED", "formula_text"]
