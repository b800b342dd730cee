"""Signs of TeX's mathematical fonts that a PDF's text layer gives as other characters.

Type 1 files of Computer Modern name some glyphs as no list of Unicode names does (``bardbl``, ``angbracketleft``,
``prime``), and what is read instead is the character with the glyph's code: ``k`` for a norm's bars, ``0`` for a
prime. What the codes mean is the fonts' encoding: OMS, OMX and OML of LaTeX (F. Mittelbach et al., "LaTeX font
encodings"; D. Knuth, "Computer Modern Typefaces").
"""

from __future__ import annotations

import re

NEGATION = "\u0338"
"""The slash that the next sign is struck through with."""

_OMS = dict(
    zip(
        [*range(0x30, 0x40), *range(0x5B, 0x80)],
        "′∞∈∋△▽" + NEGATION + " ∀∃¬∅ℜℑ⊤⊥∪∩⊎∧∨⊢⊣⌊⌋⌈⌉{}⟨⟩|∥↕⇕\\≀√⨿∇∫⊔⊓⊑⊒§†‡¶♣♢♡♠",
        strict=True,
    )
)
_OMX = dict(zip(range(0x50, 0x5E), "∑∏∫⋃⋂⊎⋀⋁∑∏∫⋃⋂⊎", strict=True)) | {
    0x00: "(", 0x01: ")", 0x02: "[", 0x03: "]", 0x08: "{", 0x09: "}", 0x0C: "|", 0x0D: "∥", 0x0E: "/",
    0x10: "(", 0x11: ")", 0x12: "(", 0x13: ")", 0x14: "[", 0x15: "]", 0x1A: "{", 0x1B: "}", 0x1C: "⟨",
    0x1D: "⟩", 0x20: "(", 0x21: ")", 0x22: "[", 0x23: "]", 0x28: "{", 0x29: "}", 0x2A: "⟨", 0x2B: "⟩",
    0x68: "[", 0x69: "]", 0x6E: "{", 0x6F: "}", 0x70: "√", 0x71: "√", 0x72: "√", 0x73: "√", 0x74: "√",
}  # fmt: skip
_OML = {0x22: "ε", 0x23: "ϑ", 0x24: "ϖ", 0x25: "ϱ", 0x26: "ς", 0x27: "φ"}
_FONTS: tuple[tuple[re.Pattern[str], dict[int, str]], ...] = (
    (re.compile(r"(?:^|\+)(?:CMB?SY\d|LMMathSymbols)"), _OMS),
    (re.compile(r"(?:^|\+)(?:CMEX\d|LMMathExtension)"), _OMX),
    (re.compile(r"(?:^|\+)(?:CMMIB?\d|LMMathItalic)"), _OML),
    (re.compile(r"(?:^|\+)MS[AB]M\d"), {}),
)


def sign_of(font: str, code: int) -> str | None:
    """The sign that ``code`` draws in the font of that name; a space for none that is said, None for other fonts."""
    for names, encoding in _FONTS:
        if names.search(font):
            return encoding.get(code, " ")
    return None


__all__ = ["NEGATION", "sign_of"]
