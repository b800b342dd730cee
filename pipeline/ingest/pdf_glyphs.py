"""The glyphs of a page, read from PDFium's text layer and gathered into pieces of text lines."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline.errors import SourceTooLarge
from pipeline.ingest.pdf_tex import NEGATION, sign_of
from pipeline.ingest.pdf_text import is_cjk, is_rtl, is_unreadable
from pipeline.limits import PDF_PAGE_GLYPHS

PIECE_GAP = 0.75
"""Ems of white that end a piece: wider than a word space (0.25), narrower than any gutter."""
SPACE_GAP = 0.17
"""Ems of white that are a word space even without a space character (TeX shrinks them to 0.22)."""
GUESSED_GAP = -0.1
"""Ems of white, at least, where PDFium guesses a space: it knows the advances, which boxes may overhang."""
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|(?:^|\+)(?:CM|SF)BX|-Bd|medi(?:um)?$", re.I)
_MONO = re.compile(r"mono|courier|consol|typewriter|(?:^|\+)(?:CM|SF|EC)TT|menlo|inconsol|cursor", re.I)
_ITALIC = re.compile(r"italic|oblique|slant|(?:^|\+)(?:CM|SF)TI", re.I)
_FIXED_PITCH = 1  # PDF 32000-1, table 123: font descriptor flags
BULLETS = dict.fromkeys((0xF0A7, 0xF0B7, 0xF0D8, 0xF076, 0xF0FC, 0xF06E, 0xF06C, 0xF0A8, 0xF0E8, 0xF0F0), "•")
"""Word's bullets: glyphs of Symbol and Wingdings, in the private use area."""
_ACCENTS = {
    "\u00a8": "\u0308", "\u00b4": "\u0301", "`": "\u0300", "\u02c6": "\u0302", "\u02dc": "\u0303",
    "\u02c7": "\u030c", "\u02d8": "\u0306", "\u02da": "\u030a", "\u00b8": "\u0327", "\u00af": "\u0304",
}  # fmt: skip
_ALEFS = frozenset("\u0622\u0623\u0625\u0627")
_LAM = "\u0644"
_SUPERIORS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


class Style(NamedTuple):
    """How a run of glyphs is set."""

    size: float
    """Points, after scaling."""
    bold: bool
    mono: bool
    italic: bool
    angle: int
    """Degrees counter-clockwise: 0, 90, 180, 270; -1 for anything between."""


@dataclass(slots=True)
class Run:
    """Neighbouring glyphs of one style on one baseline; a leading space says that white precedes it."""

    text: str
    style: Style
    base: float
    left: float
    right: float


@dataclass(slots=True)
class Piece:
    """A stretch of a text line without a wide gap. Points; the origin is the page's lower left corner."""

    runs: list[Run]
    left: float
    right: float
    base: float
    """Baseline of the main run (the one with most characters)."""
    size: float
    """Points, of the main run."""

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(run.text for run in self.runs)

    @property
    def top(self) -> float:
        """Height of capitals above the baseline, about."""
        return self.base + 0.72 * self.size

    @property
    def bottom(self) -> float:
        """Depth of descenders below the baseline, about."""
        return self.base - 0.22 * self.size


@dataclass(slots=True)
class PageText:
    """What the text layer of one page holds."""

    number: int
    """From 1."""
    box: tuple[float, float, float, float]
    """Left, bottom, right, top of the visible page, in points, turned so that its text is upright."""
    pieces: list[Piece]
    """Upright, too."""
    angle: int = 0
    """How the page's text was turned: degrees counter-clockwise."""
    turned: dict[int, list[Piece]] = field(default_factory=dict)
    """Text in other directions than the page's, by angle: margin stamps, labels of axes."""
    glyphs: int = 0
    unreadable: int = 0
    """Glyphs whose letter is not known."""
    pictures: float = 0.0
    """Share of the page's area that pictures cover; only measured for pages with little text."""
    label: str = ""
    """The page's own number as the file gives it (``iv``, ``12``)."""


class _Builder:
    """Gathers glyphs, in the order of the text layer, into pieces."""

    def __init__(self) -> None:
        self.pieces: dict[int, list[Piece]] = {}
        self._runs: list[Run] = []
        self._chars: list[str] = []
        self._angle = 0
        self._base = self._size = 0.0
        self._left = self._right = self._last_base = 0.0
        self._run_left = self._run_right = 0.0
        self._run_base = 0.0
        self._piece_left = self._piece_right = 0.0
        self._style: Style | None = None
        self._rtl = False
        self._mark = ""
        self._space = self._guess = self._break = False

    def white(self, generated: bool, line_end: bool) -> None:
        """Note a space or line end of the text layer; ``generated`` ones are PDFium's guesses."""
        if line_end:
            self._break = True
        elif generated:
            self._guess = True
        else:
            self._space = True

    def glyph(self, char: str, style: Style, base: float, left: float, right: float) -> None:
        """Add one visible glyph."""
        rtl = is_rtl(char)
        if rtl and unicodedata.combining(char):
            self._combine(char, left, right)
            return
        if self._style is not None and self._same_glyph(style, base, left, right):
            # One glyph, several letters. PDFium gives those of a lam-alef ligature backwards.
            swapped = char == _LAM and bool(self._chars) and self._chars[-1] in _ALEFS
            self._chars.insert(len(self._chars) - swapped, char)
            return
        if self._style is None or not self._belongs(style, base, left, right, rtl):
            self.close()
            self._open(style, base, left, right)
        else:
            spaced = self._spaced(char, style, left, right, rtl)
            if style != self._style or abs(base - self._run_base) > 0.02 * style.size:
                self._close_run()
                self._style, self._run_base = style, base
                self._run_left, self._run_right = left, right
            if spaced:
                self._chars.append(" ")
            if style.size > 1.15 * self._size:
                self._base, self._size = base, style.size
        self._chars.append(char)
        if self._mark:
            self._chars.append(self._mark)
            self._mark = ""
        self._rtl = self._rtl or rtl
        self._left, self._right, self._last_base = left, right, base
        self._run_left, self._run_right = min(self._run_left, left), max(self._run_right, right)
        self._piece_left, self._piece_right = min(self._piece_left, left), max(self._piece_right, right)
        self._space = self._guess = self._break = False

    def strike(self) -> bool:
        """Negate the last glyph; tell whether it is a sign that can be."""
        if not self._chars or self._chars[-1].isalnum():
            return False
        self._chars[-1] = _struck(self._chars[-1])
        return True

    def _combine(self, mark: str, left: float, right: float) -> None:
        """Give a vowel sign to the letter it stands over; PDFium may have put it before its letter."""
        middle = (left + right) / 2
        if self._chars and not self._space and self._left - 0.5 <= middle <= self._right + 0.5:
            self._chars.append(mark)
        else:
            self._mark += mark

    def close(self) -> None:
        """End the piece."""
        self._close_run()
        if self._runs:
            main = max(self._runs, key=lambda run: (len(run.text.strip()), run.style.size))
            piece = Piece(self._runs, self._piece_left, self._piece_right, main.base, main.style.size)
            self.pieces.setdefault(self._angle, []).append(piece)
        self._runs, self._style, self._rtl, self._mark = [], None, False, ""

    def _open(self, style: Style, base: float, left: float, right: float) -> None:
        self._style, self._angle = style, style.angle
        self._base = self._run_base = base
        self._size = style.size
        self._run_left, self._run_right = left, right
        self._piece_left, self._piece_right = left, right

    def _close_run(self) -> None:
        if self._chars and self._style:
            text = "".join(self._chars)
            self._runs.append(Run(text, self._style, self._run_base, self._run_left, self._run_right))
        self._chars = []

    def _belongs(self, style: Style, base: float, left: float, right: float, rtl: bool) -> bool:
        """Tell whether the glyph stands on the piece's line and next to its last glyph."""
        if style.angle != self._angle:
            return False
        large, small = max(style.size, self._size), min(style.size, self._size)
        rise = abs(base - self._base)
        if rise > 0.12 * large and not (
            small >= 0.45 * large and small <= 0.9 * large and rise <= 0.62 * large
        ):
            return False
        if self._rtl or rtl:
            # PDFium has put the line in logical order; Latin words inside run against it.
            away = max(left - self._piece_right, self._piece_left - right)
            return not self._break and away <= 8 * large
        gap = left - self._right
        return -0.6 * large <= gap <= PIECE_GAP * large

    def _spaced(self, char: str, style: Style, left: float, right: float, rtl: bool) -> bool:
        """Tell whether white stands between the last glyph and this one."""
        last = self._chars[-1] if self._chars else self._runs[-1].text[-1]
        if is_cjk(last) and is_cjk(char):
            return False
        if self._space:
            return True
        size = min(style.size, self._size)
        if self._rtl or rtl:
            turns = last.isalpha() and char.isalpha() and is_rtl(last) != rtl
            return turns or self._guess or max(left - self._right, self._left - right) > SPACE_GAP * size
        gap = left - self._right
        return gap > SPACE_GAP * size or (self._guess and gap > GUESSED_GAP * size)

    def _same_glyph(self, style: Style, base: float, left: float, right: float) -> bool:
        """Tell whether this is another letter of the glyph before: a ligature."""
        return (
            abs(left - self._left) + abs(right - self._right) + abs(base - self._last_base) < 0.01
            and right - left > 0.1 * style.size
            and style == self._style
            and not (self._space or self._guess or self._break)
        )


def _struck(sign: str) -> str:
    """The sign with a slash through it, where there is such a character."""
    struck = unicodedata.normalize("NFC", sign + NEGATION)
    return struck if len(struck) == 1 else sign


def read_page(page: Any, number: int, name: str) -> PageText:
    """Read the text layer of ``page`` (a ``pypdfium2.PdfPage``).

    Raises ``SourceTooLarge`` beyond ``limits.PDF_PAGE_GLYPHS``. About 5 microseconds a glyph.
    """
    import pypdfium2.raw as raw

    text_page = page.get_textpage()
    handle = text_page.raw
    count = raw.FPDFText_CountChars(handle)
    if count > PDF_PAGE_GLYPHS:
        raise SourceTooLarge(
            f"Page {number} of {name} has {count} characters, more than the {PDF_PAGE_GLYPHS} that are read; "
            "remove that page and try again."
        )
    x_low, y_low, x_high, y_high = visible_box(page)
    builder = _Builder()
    styles: dict[int, Style] = {}
    rect, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    by_rect, by_x, by_y = ctypes.byref(rect), ctypes.byref(x), ctypes.byref(y)
    get_char, get_box = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    get_origin, get_object = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetTextObject
    is_generated, has_error = raw.FPDFText_IsGenerated, raw.FPDFText_HasUnicodeMapError
    cast, pointer = ctypes.cast, ctypes.c_void_p
    glyphs = unreadable = 0
    accent: tuple[str, float, float] | None = None
    negated = False
    for index in range(count):
        code = get_char(handle, index)
        if code in (10, 13):
            builder.white(True, True)
            continue
        if code == 32 or code == 160 or code == 9 or 0x2000 <= code <= 0x200A or code == 0x3000:
            builder.white(is_generated(handle, index) == 1, False)
            continue
        char = chr(code) if code < 0x110000 and not 0xD800 <= code <= 0xDFFF else "\ufffd"
        if code in (2, 0xFFFE):  # how PDFium reports a hyphen at the end of a line
            char = "-"
        char = BULLETS.get(code, char)
        if 0xF8E5 <= code <= 0xF8FE:
            continue  # Adobe's pieces of tall brackets
        glyphs += 1
        unknown = has_error(handle, index) == 1
        if unknown and (sign := sign_of(_font_name(raw, handle, index), code)):
            unknown = False
            if sign == NEGATION:
                last = index + 1 == count or get_char(handle, index + 1) in (10, 13, 32)
                negated = not (last and builder.strike())  # it may be given behind its sign, too
                continue
            if sign.isspace():
                builder.white(True, False)
                continue
            char = sign
        if negated:
            negated = False
            char = _struck(char)
        if unknown or is_unreadable(char):
            unreadable += 1
            if not char.isalnum():
                builder.white(True, False)
                continue
        get_box(handle, index, by_rect)
        get_origin(handle, index, by_x, by_y)
        key = cast(get_object(handle, index), pointer).value or 0
        style = styles.get(key)
        if style is None:
            style = styles[key] = _style(raw, handle, index, rect.top - rect.bottom)
        left, right, base = rect.left, rect.right, y.value
        middle = (left + right) / 2
        if not (x_low - 1 <= middle <= x_high + 1 and y_low - 1 <= base <= y_high + 1):
            continue  # outside the visible page: printer's marks
        if char.isdigit() and not style.angle:
            char = char.translate(_SUPERIORS)
            if _is_superior(raw, handle, index, base, style.size):
                base += 0.33 * style.size
                style = style._replace(size=round(0.6 * style.size, 1))
        if style.angle:
            left, right, base = _upright(style.angle, rect, x.value, y.value)
        if accent is not None:
            mark, low, high = accent
            accent = None
            if char.isalpha() and min(high, right) - max(low, left) > (high - low) / 2:
                char = unicodedata.normalize("NFC", char + _ACCENTS[mark])[0]
            else:
                builder.glyph(mark, style, base, low, high)
        if char in _ACCENTS:
            accent = (char, left, right)
            continue
        builder.glyph(char, style, base, left, right)
    builder.close()
    text_page.close()
    return _page_text(builder.pieces, number, x_low, y_low, x_high, y_high, glyphs, unreadable)


def _is_superior(raw: Any, handle: Any, index: int, base: float, size: float) -> bool:
    """Tell whether a digit's ink is small and high: a superior figure of its font, whatever its code."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(handle, index, *map(ctypes.byref, (left, right, bottom, top)))
    return 0 < top.value - bottom.value < 0.55 * size and bottom.value - base > 0.15 * size


def visible_box(page: Any) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top of what is shown of ``page``, before its rotation, in points."""
    import pypdfium2.raw as raw

    rect = raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(rect)) or rect.right <= rect.left:
        left, bottom, right, top = page.get_mediabox()
        return float(left), float(bottom), float(right), float(top)
    low, high = sorted((float(rect.bottom), float(rect.top)))
    return float(rect.left), low, float(rect.right), high


def _font_name(raw: Any, handle: Any, index: int, flags: ctypes.c_int | None = None) -> str:
    """Ask PDFium for the name of the font of glyph ``index``; ``flags`` takes its descriptor's flags."""
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(
        handle, index, name, 128, ctypes.byref(ctypes.c_int() if flags is None else flags)
    )
    return name.value.decode("utf-8", "replace")


def _style(raw: Any, handle: Any, index: int, height: float) -> Style:
    """Ask PDFium for the style of the text object that glyph ``index`` belongs to."""
    matrix, flags = raw.FS_MATRIX(), ctypes.c_int()
    font = _font_name(raw, handle, index, flags)
    raw.FPDFText_GetMatrix(handle, index, ctypes.byref(matrix))
    scale = math.hypot(matrix.c, matrix.d) or 1.0
    size = raw.FPDFText_GetFontSize(handle, index) * scale
    if not 2 <= size <= 400:  # Type 3 fonts have a design space of their own
        size = min(max(height / 1.15, 2.0), 400.0)
    turn = math.degrees(math.atan2(matrix.b, matrix.a)) % 360
    angle = round(turn / 90) * 90
    angle = angle % 360 if abs(turn - angle) < 3 else -1
    if angle == 180 and matrix.d > 0:
        angle = 0  # mirrored, not turned
    return Style(
        size=round(size, 1),
        bold=raw.FPDFText_GetFontWeight(handle, index) >= 600 or bool(_BOLD.search(font)),
        mono=bool(flags.value & _FIXED_PITCH) or bool(_MONO.search(font)),
        italic=bool(_ITALIC.search(font)),
        angle=angle,
    )


def _upright(angle: int, rect: Any, x: float, y: float) -> tuple[float, float, float]:
    """Return left, right and baseline of a glyph after turning the page so that its text is upright."""
    if angle == 90:
        return rect.bottom, rect.top, -x
    if angle == 180:
        return -rect.right, -rect.left, -y
    if angle == 270:
        return -rect.top, -rect.bottom, x
    return rect.left, rect.right, y


def turn_back(angle: int, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the box on the page as it is of a ``box`` on the page turned upright."""
    left, bottom, right, top = box
    if angle == 90:
        return (-top, left, -bottom, right)
    if angle == 180:
        return (-right, -top, -left, -bottom)
    if angle == 270:
        return (bottom, -right, top, -left)
    return box


def _page_text(
    groups: dict[int, list[Piece]],
    number: int,
    x_low: float,
    y_low: float,
    x_high: float,
    y_high: float,
    glyphs: int,
    unreadable: int,
) -> PageText:
    """Choose the page's direction: that of most of its characters."""
    weights = Counter({a: sum(len(piece.text) for piece in pieces) for a, pieces in groups.items() if a >= 0})
    angle = weights.most_common(1)[0][0] if weights else 0
    corners = {
        0: (x_low, y_low, x_high, y_high),
        90: (y_low, -x_high, y_high, -x_low),
        180: (-x_high, -y_high, -x_low, -y_low),
        270: (-y_high, x_low, -y_low, x_high),
    }
    turned = {other: pieces for other, pieces in groups.items() if other != angle}
    return PageText(number, corners[angle], groups.get(angle, []), angle, turned, glyphs, unreadable)
