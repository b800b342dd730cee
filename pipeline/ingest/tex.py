"""Formulas in TeX, as Markdown has them: in one line of characters when they are simple, else not at all.

Marked as Pandoc's extension "tex_math_dollars" says: an opening ``$`` has a character right behind it, a closing
one a character right before it and no digit behind it, so that prices are none; and as in LaTeX, ``\\(...\\)`` and
``\\[...\\]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.ingest.blocks_text import fold

_DISPLAYED = re.compile(r"(?<!\\)\$\$(?P<a>[^$]{1,4000})\$\$|(?<!\\)\\\[(?P<b>.{1,4000}?)\\\]", re.S)
_INLINE = re.compile(
    r"(?<![\\$\w])\$(?=\S)(?P<a>[^$\n]{1,400}?)(?<=[^\s\\])\$(?![\d$])|(?<!\\)\\\((?P<b>[^\n]{1,400}?)\\\)"
)
_MATHS = re.compile(r"[\\^_=<>+*]|^[^\W\d]\S*$")
"""What is between two dollars is a formula if it has a sign of one, or is one word: two prices stand apart."""
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
_NAMES = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν"
    " xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ"
    " Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω times × cdot · pm ± mp ∓ div ÷ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠"
    " approx ≈ equiv ≡ to → rightarrow → Rightarrow ⇒ infty ∞ in ∈ cup ∪ cap ∩ dots … ldots … cdots … degree ° circ °"
    " sin sin cos cos tan tan log log ln ln exp exp min min max max lim lim"
).split()
_SIGNS = dict(zip(_NAMES[::2], _NAMES[1::2], strict=True))
_RAISED = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")
_PLAIN = re.compile(r"\\(?:text|mathrm|mathbf|mathit|operatorname|mathbb|mathcal)\s?\{([^{}\\]*)\}")
_SPACES = re.compile(r"\\[,;:! ]|\\q?quad\b|~|\\(?:left|right|displaystyle|limits)\b")
_FRACTION = re.compile(r"\\[dt]?frac\s?\{([^{}\\]{1,40})\}\s?\{([^{}\\]{1,40})\}")
_ROOT = re.compile(r"\\sqrt\s?\{(\w+)\}")
_MOVED = re.compile(r"([\^_])(?:\{([^{}\\]{1,12})\}|([^\s\\{}]))")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s?")
_LEFT = re.compile(r"[\\{}^_&$]")
_ONE = re.compile(r"\w+")
_LONGEST = 60
"""Characters of a formula that one can follow by ear."""


def spoken_formulas(text: str, lost: Callable[[str], None]) -> str:
    """Markdown with its formulas in plain characters; ``lost`` is told of each that is left out."""
    pieces: list[str] = []
    place = 0
    for code in _CODE.finditer(text):
        pieces += [_spoken(text[place : code.start()], lost), code[0]]
        place = code.end()
    return "".join([*pieces, _spoken(text[place:], lost)])


def _spoken(text: str, lost: Callable[[str], None]) -> str:
    def said(match: re.Match[str], around: str) -> str:
        tex = match["a"] or match["b"]
        if match["a"] and not around and not _MATHS.search(tex):
            return match[0]
        line = tex_line(tex)
        if line is None:
            lost(tex)
        return f"{around}{line or ''}{around}"

    text = _DISPLAYED.sub(lambda match: said(match, "\n\n"), text) if "$$" in text or "\\[" in text else text
    return _INLINE.sub(lambda match: said(match, ""), text)


def tex_line(tex: str) -> str | None:
    """A simple formula in plain characters ("x² + 1"); None where it needs more than one line."""
    text = _PLAIN.sub(r"\1", _SPACES.sub(" ", tex))
    text = _FRACTION.sub(lambda match: f"{_term(match[1])}/{_term(match[2])}", text)
    text = _COMMAND.sub(lambda match: f"{_SIGNS.get(match[1], match[0])} ", text)
    text = _ROOT.sub(r"√\1", text)
    text = _MOVED.sub(_moved, text)
    line = fold(text)
    return line if line and len(line) <= _LONGEST and not _LEFT.search(line) else None


def _term(text: str) -> str:
    text = fold(text)
    return text if _ONE.fullmatch(text) else f"({text})"


def _moved(match: re.Match[str]) -> str:
    table = _RAISED if match[1] == "^" else _LOWERED
    text = "".join((match[2] or match[3]).split())
    return text.translate(table) if all(ord(character) in table for character in text) else match[0]


__all__ = ["spoken_formulas", "tex_line"]
