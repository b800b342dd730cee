"""What a listener does not want of a scholarly paper: its references, the brackets that cite them, its formulas.

Only done when it was asked for (``ReadingSettings.paper``), for each of these is the paper's own text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.ingest.epub_matter import unnumbered
from pipeline.ingest.language import sample, settle
from pipeline.ingest.pdf_layout import Line
from pipeline.ingest.pdf_paragraphs import Draft
from pipeline.ingest.pdf_roles import Body
from pipeline.ingest.pdf_text import is_cjk
from pipeline.model import BlockKind

EQUATION = {
    "en": "Equation.",
    "de": "Formel.",
    "fr": "Équation.",
    "es": "Ecuación.",
    "it": "Equazione.",
    "pt": "Equação.",
    "ru": "Формула.",
    "zh": "公式。",
    "ar": "معادلة.",
}
"""Said for a formula that stands by itself, by language; English for every other."""

_REFERENCES = re.compile(
    r"(?:references?|bibliography|literature(?: cited)?|works cited|references and notes|"
    r"literatur(?:verzeichnis|angaben)?|quellen(?:verzeichnis)?|r[eé]f[eé]rences(?: bibliographiques)?|"
    r"bibliographie|referencias(?: bibliogr[aá]ficas)?|bibliograf[ií]a|riferimenti(?: bibliografici)?|"
    r"список (?:использованной )?литературы|литература|библиография|список источников|参考文献|參考文獻|"
    r"المراجع|المصادر)",
    re.I,
)
_ENTRY = re.compile(r"\s*(?:\[\d{1,3}\]|\d{1,3}\.)\s")
_FUNCTIONS = frozenset(
    {
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "exp",
        "log",
        "det",
        "dim",
        "lim",
        "sup",
        "inf",
        "max",
        "min",
        "arg",
        "mod",
        "ker",
        "rank",
        "sign",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "grad",
        "div",
        "curl",
        "rot",
        "diag",
        "trace",
        "const",
        "argmax",
        "argmin",
        "softmax",
        "var",
        "cov",
        "where",
        "with",
        "and",
        "for",
    }
)
_OPERATOR = re.compile(r"[=<>+±×÷·∗∙⋅^/|]|[\u2190-\u22ff\u27c0-\u2aff]|[-−](?=\s*[\w(])")
_RELATION = re.compile(r"[=<>≤≥≈≠≡∼≃∝∈⊂⊆→⇒⇔↦:]|[\u2211\u220f\u222b\u2202\u2207]")
_NUMBERED = re.compile(r"\(\s*[A-Z]?\.?\d{1,3}(?:\.\d{1,3})?[a-z]?\s*\)$")
_PROSE = re.compile(r"[^\W\d_]{3,}")

_NUMERIC = re.compile(
    r"\s?\[(?P<first>[1-9]\d{0,2})(?:\s*[,;–—-]\s*[1-9]\d{0,2})*"
    r"(?:,\s*(?:pp?\.|ch\.|chap\.|chapter|sec\.|section|§|theorem|thm\.|lemma|s\.|с\.|гл\.)\s*[\w.–-]+)?\]",
    re.I,
)
_PARENTHESIS = re.compile(r"\s?\((?P<inside>[^()]{4,300})\)")
_YEAR = r"(?:1[5-9]|20)\d\d[a-z]?"
_NAME = r"[^\W\d_a-zа-яё][\w'’.-]+"
_CITED = re.compile(
    rf"^(?:(?:see(?: also)?|e\.\s?g\.,?|cf\.|but see|reviewed in|siehe|vgl\.|z\.\s?B\.|voir|см\.)\s+)?"
    rf"(?P<name>(?:(?:de|la|van|von|der|den|di|du)\s+)*{_NAME})"
    rf"(?P<others>(?:[\s,]+(?:&|and|und|et|y|и|al\.?|др\.?|u\.\s?a\.|de|la|van|von|der|den|{_NAME}))*)"
    rf"(?P<comma>,?)\s+{_YEAR}(?:\s*,\s*(?:{_YEAR}|[a-z]))*"
    r"(?:\s*[,:]\s*(?:pp?\.|S\.|с\.|ch\.)?\s*[\d–-]+)?$"
)


# -- formulas ------------------------------------------------------------------------------------------------


def mark_equations(lines: list[Line], body: Body) -> None:
    """Give the lines of formulas that stand by themselves the role ``equation``."""
    for index, line in enumerate(lines):
        if not line.role and _is_displayed(line) and _is_formula(line.text):
            line.role = "equation"
            _mark_fragments(lines, index, body)


def _mark_fragments(lines: list[Line], index: int, body: Body) -> None:
    """Limits of sums, numerators and the like stand above and below a formula, as lines of their own."""
    for step in (-1, 1):
        other = index + step
        while 0 <= other < len(lines):
            line, inner = lines[other], lines[other - step]
            near = abs(line.base - inner.base) < 1.6 * body.leading_of(body.size)
            if line.role or (line.page, line.block) != (inner.page, inner.block) or not near:
                break
            if not (_is_fragment(line.text) and line.left > line.column[0] + 0.5 * line.size):
                break
            line.role = "equation"
            other += step


def _is_displayed(line: Line) -> bool:
    inset = line.left > line.column[0] + 0.8 * line.size
    return inset or (len(line.cells) > 1 and _NUMBERED.search(line.text) is not None)


def _is_formula(text: str) -> bool:
    text = _NUMBERED.sub("", text).strip()
    if not _RELATION.search(text) or text.endswith(":"):
        return False
    letters = sum(len(word) for word in _prose(text))
    return letters <= 0.25 * len(text.replace(" ", "")) and bool(_OPERATOR.search(text))


def _is_fragment(text: str) -> bool:
    return not _prose(_NUMBERED.sub("", text)) and len(text) <= 60


def _prose(text: str) -> list[str]:
    """Words that no formula has: three letters of one alphabet or more that are no function's name."""
    plain = unicodedata.normalize("NFKC", text)
    return [
        word
        for word in _PROSE.findall(plain)
        if word.casefold() not in _FUNCTIONS and not all("\u0370" <= char <= "\u03ff" for char in word)
    ] + [char for char in plain if is_cjk(char) and char.isalpha()]


def said_for_equation(declared: str, drafts: Sequence[Draft]) -> str:
    """What to say for a formula, in the language that is declared or that the text is in."""
    texts = [draft.text for draft in drafts if not draft.role]
    language, _ = settle(declared, sample(texts))
    return EQUATION.get(language.partition("-")[0], EQUATION["en"])


# -- references ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class References:
    """The list that a paper's citations point into."""

    text: str
    """All entries; empty where no list was found."""
    numbered: bool

    def cites(self, name: str) -> bool:
        """Whether an entry names that author."""
        return re.search(rf"(?<!\w){re.escape(name.rstrip('.,'))}(?!\w)", self.text) is not None


def take_references(drafts: list[Draft], tiers: dict[int, int]) -> References:
    """Give the list of references the role ``bibliography``; ``tiers`` are the headings' by draft index."""
    entries: list[Draft] = []
    limit = 0
    for index, draft in enumerate(drafts):
        tier = tiers.get(index, 0)
        if (
            _REFERENCES.fullmatch(unnumbered(draft.text).strip(" .:"))
            and not draft.role
            and len(draft.lines) == 1
        ):
            limit = tier or 99
            draft.role = "bibliography"
            draft.kind = BlockKind.PARAGRAPH
            continue
        if limit and tier and tier <= limit:
            limit = 0
        if limit and draft.role in ("", "code", "table"):
            draft.role = "bibliography"
            entries.append(draft)
    text = "\n".join(draft.text for draft in entries)
    lines = [line.text for draft in entries for line in draft.lines]
    return References(text, sum(_ENTRY.match(line) is not None for line in lines) >= 2)


def without_citations(text: str, references: References) -> tuple[str, int]:
    """``text`` without what cites the references, and how many citations that were.

    A number in brackets is a citation unless it is in a formula or begins a sentence (then it is its subject);
    names and years in parentheses are one when the references have that name or, where there are none, when
    several works or authors are named.
    """
    count = 0

    def drop(found: re.Match[str]) -> str:
        nonlocal count
        before = text[: found.start()].rstrip()
        named = "inside" in found.groupdict()
        if not before or before[-1] in (".!?∈=(" if named else ".!?∈=(,"):
            return found[0]
        if "inside" in found.groupdict() and not _is_citation(found["inside"], references):
            return found[0]
        count += 1
        return ""

    if references.numbered or not references.text:
        text = _NUMERIC.sub(drop, text)
    text = _PARENTHESIS.sub(drop, text)
    return re.sub(r"\s+([.,;:!?])", r"\1", text) if count else text, count


def _is_citation(inside: str, references: References) -> bool:
    parts = [_CITED.match(part.strip()) for part in inside.split(";")]
    if not all(parts):
        return False
    several = len(parts) > 1 or any(part and part["others"].strip(" ,") for part in parts)
    if references.text:
        return any(part and references.cites(part["name"].split()[-1]) for part in parts)
    return several


__all__ = [
    "EQUATION",
    "References",
    "mark_equations",
    "said_for_equation",
    "take_references",
    "without_citations",
]
