"""PDFs as presses and programs set them, made by code: each with the text that a listener should hear.

Every maker writes one file and returns the passages of its running text in reading order. What else stands on
the pages (running heads, notes, numbers, labels, tables) is not among them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

_SYLLABLE = re.compile(
    r"(?<=[aeiouyäöüаеёиоуыэюя][bcdfghklmnprstwбвгдзклмнпрст])(?=[bcdfghklmnprstwбвгдзклмнпрст][aeiouyäöüаеёиоуыэюя])"
)

ENGLISH = (
    "The ferryman kept his lantern burning long after the harbour had gone to sleep.",
    "Nobody in the village remembered who had built the bridge, and nobody asked.",
    "She counted the letters twice, tied them with a ribbon and put them back into the drawer.",
    "In winter the mountain pass was closed, and whatever news there was came by the river.",
    "A carpenter from the northern valley repaired the window, the gate and finally the clock.",
    "What he had wanted to say at supper he wrote down at midnight, and burned in the morning.",
    "The merchants complained about the tariffs, the weather and the quality of the candles.",
    "Under the orchard wall, where the nettles grew, somebody had buried a copper kettle.",
    "It was generally understood that the captain would not return before the second harvest.",
    "Two travellers stopped at the inn, but neither of them would give a name or an errand.",
    "The schoolmaster explained the planets with apples, and the apples were eaten afterwards.",
    "Without further discussion the committee accepted the proposal and went home to dinner.",
)
GERMAN = (
    "Der Fährmann ließ seine Laterne brennen, als der Hafen längst schlief.",
    "Niemand im Dorf erinnerte sich daran, wer die Brücke gebaut hatte.",
    "Im Winter blieb der Gebirgspass geschlossen, und Nachrichten kamen über den Fluss.",
    "Ein Tischler aus dem nördlichen Tal reparierte das Fenster, das Tor und die Kirchturmuhr.",
    "Die Kaufleute klagten über Zölle, Wetter und die Beschaffenheit der Kerzen.",
    "Der Schulmeister erklärte die Planeten mit Äpfeln, die hinterher gegessen wurden.",
    "Zwei Reisende hielten am Gasthaus, doch keiner wollte seinen Namen nennen.",
)
RUSSIAN = (
    "Паромщик не гасил фонарь до самого утра, хотя гавань давно уснула.",
    "Никто в деревне не помнил, кто построил мост, и никто об этом не спрашивал.",
    "Зимой перевал закрывали, и все новости приходили только по реке.",
    "Плотник из северной долины починил окно, ворота и наконец часы на башне.",
    "Купцы жаловались на пошлины, на погоду и на качество свечей.",
    "Учитель объяснял устройство планет на яблоках, которые потом съедали.",
    "Двое путников остановились на постоялом дворе, но имён своих не назвали.",
)


def prose(count: int, seed: int, language: Sequence[str] = ENGLISH) -> str:
    """``count`` sentences."""
    chance = random.Random(seed)
    return " ".join(chance.choice(language) for _ in range(count))


@dataclass
class Press:
    """A canvas, and a pen that sets justified lines with words divided at their ends."""

    path: Path
    size: tuple[float, float] = (420.0, 595.0)
    font: str = "Times-Roman"
    points: float = 10.0
    hyphens: bool = True
    justify: bool = True
    canvas: Canvas = field(init=False)

    def __post_init__(self) -> None:
        self.canvas = Canvas(str(self.path), pagesize=self.size, invariant=1)

    def width(self, text: str, points: float = 0, font: str = "") -> float:
        return float(pdfmetrics.stringWidth(text, font or self.font, points or self.points))

    def wrap(
        self, text: str, measure: Callable[[int], float], points: float = 0, font: str = ""
    ) -> list[str]:
        """``text`` in lines; line ``n`` is at most ``measure(n)`` wide."""
        lines, line = [], ""
        for word in text.split():
            while word:
                longer = f"{line} {word}".strip()
                room = measure(len(lines))
                if self.width(longer, points, font) <= room:
                    line, word = longer, ""
                    continue
                head = self._head(line, word, room, points, font) if self.hyphens else ""
                if head:
                    lines.append(f"{line} {head}".strip())
                    word = word[len(head.rstrip("-")) :]
                elif line:
                    lines.append(line)
                else:
                    lines.append(word)
                    word = ""
                line = ""
        return [*lines, line] if line else lines

    def _head(self, line: str, word: str, room: float, points: float, font: str) -> str:
        for cut in reversed([found.start() for found in _SYLLABLE.finditer(word.casefold())]):
            if cut >= 2 and len(word) - cut >= 3 and word[:cut].isalpha():
                head = f"{word[:cut]}-"
                if self.width(f"{line} {head}".strip(), points, font) <= room:
                    return head
        return ""

    def line(self, text: str, x: float, y: float, points: float = 0, font: str = "", room: float = 0) -> None:
        """One line; with ``room`` its spaces are stretched to fill it."""
        points, font = points or self.points, font or self.font
        words = text.split()
        self.canvas.setFont(font, points)
        spare = room - self.width(text, points, font)
        if room and self.justify and len(words) > 1 and 0 <= spare < 0.35 * room:
            pen = self.canvas.beginText(x, y)
            pen.setFont(font, points)
            pen.setWordSpace(spare / (len(words) - 1))
            pen.textOut(text)
            self.canvas.drawText(pen)
        else:
            self.canvas.drawString(x, y, text)

    def set(
        self,
        paragraphs: Sequence[str],
        boxes: Sequence[tuple[float, float, float, float]],
        indent: float = 12.0,
        points: float = 0,
        font: str = "",
        page_end: Callable[[], None] | None = None,
    ) -> tuple[int, float]:
        """Pour ``paragraphs`` into ``boxes`` (left, bottom, right, top), one after the other, on page after page.

        Returns the index of the box that the last line is in, and the height of the next baseline.
        """
        points = points or self.points
        leading = 1.2 * points
        place, y = 0, boxes[0][3] - points
        for text in paragraphs:
            heading = text.startswith("#")
            size = points * 1.3 if heading else points
            face = "Times-Bold" if heading and self.font == "Times-Roman" else font or self.font
            text = text.lstrip("# ")
            wide = boxes[place][2] - boxes[place][0]
            lines = self.wrap(
                text, lambda n, w=wide, h=heading: w - (indent if n == 0 and not h else 0), size, face
            )
            for number, line in enumerate(lines):
                room_left = y - leading * (3 if heading else 0)
                if room_left < boxes[place][1]:
                    place += 1
                    if place == len(boxes):
                        if page_end:
                            page_end()
                        self.canvas.showPage()
                        place = 0
                    y = boxes[place][3] - points
                left, _, right, _ = boxes[place]
                inset = indent if number == 0 and not heading else 0.0
                last = number == len(lines) - 1
                self.line(line, left + inset, y, size, face, 0 if last or heading else right - left - inset)
                y -= leading * (1.3 if heading else 1)
        return place, y

    def save(self) -> None:
        self.canvas.save()


def _plain(passages: Sequence[str]) -> list[str]:
    return [passage.lstrip("# ") for passage in passages]


def article(path: Path) -> list[str]:
    """Two columns under a title and an abstract, a figure with labels and caption, footnotes, a wide table."""
    press = Press(path, (595, 842))
    canvas = press.canvas
    title, authors = (
        "On the Keeping of Lanterns in Small Harbours",
        "A. Ferrier and B. Holm, Institute of Tides",
    )
    abstract = prose(4, 1)
    canvas.setFont("Times-Bold", 18)
    canvas.drawCentredString(297, 770, title)
    canvas.setFont("Times-Roman", 11)
    canvas.drawCentredString(297, 748, authors)
    canvas.setFont("Times-Bold", 10)
    canvas.drawCentredString(297, 722, "Abstract")
    _, y = press.set([abstract], [(110, 600, 485, 716)], indent=0, points=9)
    sections = [
        "# 1 Introduction",
        prose(9, 2),
        prose(8, 3),
        "# 2 Methods",
        prose(10, 4),
        prose(9, 5),
        "# 3 Results",
        prose(12, 6),
        prose(10, 7),
        prose(14, 8),
        "# 4 Discussion",
        prose(12, 9),
        prose(9, 10),
    ]
    caption = "Figure 1. Lanterns by month of the year, as the harbour master counted them."
    note = "The ferryman declined to be named in this study."
    first = True

    def end() -> None:
        nonlocal first
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(297, 40, str(canvas.getPageNumber()))
        if not first:
            canvas.setFont("Times-Italic", 9)
            canvas.drawString(60, 800, "Journal of Harbour Studies 12 (2019)")
            canvas.drawRightString(535, 800, "Ferrier and Holm")
        first = False

    # page 1: figure on top of the right column, footnote under the left one
    canvas.rect(320, 600, 200, 90)
    for n, label in enumerate(("Jan", "Feb", "Mar", "Apr")):
        press.line(label, 340 + 45 * n, 605, 7)
    for n in range(4):
        press.line(str(20 * n), 323, 620 + 18 * n, 7)
    press.set([caption], [(310, 560, 535, 594)], indent=0, points=8.5)
    canvas.line(60, 96, 130, 96)
    press.line("1", 60, 88, 5.5)
    press.line(note, 66, 84, 8)
    lines = sections[:]
    boxes = [(60, 104, 285, y - 14), (310, 64, 535, 556)]
    placed = _pour(press, lines, boxes, end, [(60, 64, 285, 780), (310, 64, 535, 780)])
    end()
    press.save()
    return [title, authors, "Abstract", abstract, *_plain(placed)]


def _pour(
    press: Press,
    paragraphs: Sequence[str],
    first: Sequence[tuple[float, float, float, float]],
    end: Callable[[], None],
    later: Sequence[tuple[float, float, float, float]],
) -> list[str]:
    boxes: list[tuple[float, float, float, float]] = list(first)

    def turn() -> None:
        end()
        boxes[:] = later

    press.set(paragraphs, boxes, page_end=turn)
    return list(paragraphs)


def newsletter(path: Path) -> list[str]:
    """Three columns, a boxed sidebar in the middle one, a pull quote's worth of white."""
    press = Press(path, (595, 842), points=9)
    canvas = press.canvas
    canvas.setFont("Helvetica-Bold", 26)
    canvas.drawString(40, 780, "Harbour News")
    sidebar = "Opening hours of the lamp room: " + prose(2, 30)
    body = [prose(7, 31), prose(6, 32), prose(8, 33), prose(9, 34), prose(6, 35), prose(7, 36)]
    canvas.setFillColor(colors.lightgrey)
    canvas.rect(216, 420, 166, 110, fill=1, stroke=0)
    canvas.setFillColor(colors.black)
    press.set([sidebar], [(222, 424, 376, 524)], indent=0, points=8, font="Helvetica")
    boxes = [(40, 60, 200, 760), (219, 540, 379, 760), (219, 60, 379, 410), (398, 60, 558, 760)]
    press.set(body, boxes)
    press.save()
    return ["Harbour News", *body, sidebar]


def book(path: Path) -> list[str]:
    """Front matter in roman numbers, left heads with the book's title, right heads with the chapter's, initials."""
    press = Press(path)
    canvas = press.canvas
    heads = ""
    numbers = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"]
    opening = True
    front = 4

    def end() -> None:
        nonlocal opening
        page = canvas.getPageNumber()
        number = numbers[page - 1] if page <= front else str(page - front)
        left = page % 2 == 0
        canvas.setFont("Times-Roman", 9)
        if opening:
            canvas.drawCentredString(210, 30, number)
        elif left:
            canvas.drawString(50, 560, number)
            canvas.drawCentredString(210, 560, "THE LAMPLIGHTERS OF ORE")
        else:
            canvas.drawRightString(370, 560, number)
            canvas.drawCentredString(210, 560, heads)
        opening = False

    box = [(50, 60, 370, 540)]
    canvas.setFont("Times-Bold", 24)
    canvas.drawCentredString(210, 400, "The Lamplighters of Ore")
    canvas.showPage()
    told = []
    preface = [prose(9, 40 + n) for n in range(7)]
    heads, opening = "PREFACE", True
    press.set(["# Preface", *preface], box, page_end=end)
    told += ["Preface", *preface]
    end()
    while canvas.getPageNumber() < front:
        canvas.showPage()
    for chapter, name in enumerate(("The Ferry", "The Clock", "The Orchard Wall"), 1):
        canvas.showPage()
        heads, opening = name.upper(), True
        canvas.setFont("Times-Roman", 12)
        canvas.drawCentredString(210, 480, f"CHAPTER {chapter}")
        canvas.setFont("Times-Bold", 18)
        canvas.drawCentredString(210, 450, name)
        texts = [prose(8 + n % 4, 100 * chapter + n) for n in range(14)]
        texts[0] = "Nobody remembered. " + texts[0]
        initial, rest = texts[0][0], texts[0][1:]
        press.line(initial, 50, 388, 34)
        indent = press.width(initial, 34) + 3
        lines = press.wrap(rest, lambda n, i=indent: 320 - (i if n < 2 else 0))
        y = 400.0
        for number, line in enumerate(lines):
            inset = indent if number < 2 else 0
            press.line(line, 50 + inset, y, room=0 if number == len(lines) - 1 else 320 - inset)
            y -= 12
        boxes = [(50.0, 60.0, 370.0, y + 10)]
        _pour(press, texts[1:], boxes, end, box)
        end()
        told += [f"CHAPTER {chapter}", name, *texts]
    press.save()
    return ["The Lamplighters of Ore", *told]


def numbered_lines(path: Path) -> list[str]:
    """A manuscript whose lines are numbered in the margin, from 1 on every page; double spaced."""
    press = Press(path, hyphens=False, justify=False)
    texts = [prose(9, 200 + n) for n in range(8)]
    y, count = 540.0, 0
    for text in texts:
        for number, line in enumerate(press.wrap(text, lambda n: 300 - (14 if n == 0 else 0))):
            if y < 60:
                press.canvas.drawCentredString(210, 30, str(press.canvas.getPageNumber()))
                press.canvas.showPage()
                y, count = 540.0, 0
            count += 1
            press.line(str(count), 38 - press.width(str(count), 8), y, 8)
            press.line(line, 60 + (14 if number == 0 else 0), y)
            y -= 20
    press.save()
    return texts


def fifth_lines(path: Path) -> list[str]:
    """An edition whose every fifth line is numbered, on through the pages, in the right margin."""
    press = Press(path)
    texts = [prose(9, 230 + n) for n in range(10)]
    y, count = 540.0, 0
    for text in texts:
        for number, line in enumerate(press.wrap(text, lambda n: 300 - (14 if n == 0 else 0))):
            if y < 60:
                press.canvas.showPage()
                y = 540.0
            count += 1
            if count % 5 == 0:
                press.line(str(count), 370, y)
            inset = 14 if number == 0 else 0
            press.line(line, 50 + inset, y, room=300 - inset)
            y -= 12
    press.save()
    return texts


def letter(path: Path) -> list[str]:
    """An address, a date at the right, short lines, a signature, "Page 1 of 2" at the foot."""
    press = Press(path, (595, 842), points=11, hyphens=False, justify=False)
    for n, line in enumerate(("Ferrier & Sons", "Harbour Street 4", "Ore")):
        press.line(line, 70, 770 - 14 * n)
    press.line("3 March 1921", 450, 700)
    press.line("Dear Mrs Holm,", 70, 660)
    texts = [prose(6, 250 + n) for n in range(9)]
    y = 630.0
    page = 1
    for text in texts:
        for line in press.wrap(text, lambda n: 455):
            if y < 80:
                press.line(f"Page {page} of 2", 270, 40, 9)
                press.canvas.showPage()
                page, y = page + 1, 770.0
            press.line(line, 70, y)
            y -= 13.5
        y -= 9
    press.line("Yours faithfully,", 70, y - 10)
    press.line("A. Ferrier", 70, y - 50)
    press.line("Page 2 of 2", 270, 40, 9)
    press.save()
    return [
        "Ferrier & Sons",
        "Harbour Street 4",
        "Ore",
        "3 March 1921",
        "Dear Mrs Holm,",
        *texts,
        "Yours faithfully,",
        "A. Ferrier",
    ]


def accounts(path: Path) -> list[str]:
    """A report with tables of money: labels at the left, figures at the right, heads over the figures."""
    press = Press(path, (595, 842), hyphens=False, justify=False)
    canvas = press.canvas
    before, after, end = prose(5, 270), prose(6, 271), prose(6, 272)
    _, y = press.set([before], [(60, 100, 535, 760)], indent=0)
    y -= 16
    press.line("Year Ended", 440, y, 8)
    y -= 12
    for n, head in enumerate(("Jan 26, 2025", "Jan 28, 2024", "Jan 29, 2023")):
        press.line(head, 360 + 62 * n, y, 8)
    rows = (
        ("Cost of oil", ("178", "141", "138")),
        ("Lamps and wicks", ("3,423", "2,532", "1,892")),
        ("Wages, boats and general", ("1,136", "876", "680")),
        ("Total", ("4,737", "3,549", "2,710")),
    )
    for name, cells in rows:
        y -= 16
        press.line(name, 60, y)
        for n, cell in enumerate(cells):
            if name in ("Cost of oil", "Total"):
                press.line("$", 365 + 62 * n, y)
            canvas.drawRightString(405 + 62 * n, y, cell)
    _, y = press.set([after], [(60, 100, 535, y - 20)], indent=0)
    y -= 20
    grid = (
        ("Harbour", "Lamps", "Keeper"),
        ("Ore", "12", "A. Ferrier"),
        ("Skerrow", "7", "nobody since the fire"),
        ("Holm", "31", "B. Holm"),
    )
    for row in grid:
        canvas.grid((60, 200, 280, 460), (y - 4, y + 12))
        for cell, x in zip(row, (64, 204, 284), strict=True):
            press.line(cell, x, y)
        y -= 16
    press.set([end], [(60, 60, 535, y - 6)], indent=0)
    press.save()
    return [before, after, end]


def notes_over_pages(path: Path) -> list[str]:
    """Footnotes on every page, with signs raised in the text; one goes on at the foot of the next page."""
    press = Press(path)
    canvas = press.canvas
    texts = [prose(9, 300 + n) for n in range(9)]
    y, page, mark = 545.0, 1, 0
    canvas_notes = ["See the minutes of the committee for that", "year, and the answer of the merchants."]

    def feet() -> None:
        canvas.line(50, 84, 110, 84)
        press.line(str(mark), 50, 76, 5)
        press.line(
            canvas_notes[0] if page == 1 else f"Ferrier, Lamps {mark}, and the letters on that page.",
            55,
            73,
            8,
        )
        if page == 2:
            press.line(canvas_notes[1], 50, 63, 8)
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(210, 30, str(page))

    for text in texts:
        lines = press.wrap(text, lambda n: 312 - (12 if n == 0 else 0))
        for number, line in enumerate(lines):
            if y < 95:
                feet()
                canvas.showPage()
                y, page = 545.0, page + 1
            if y == 545.0:
                mark += 1
                press.line(line, 50 + (12 if number == 0 else 0), y)
                inset = 12 if number == 0 else 0
                press.line(str(mark), 50 + inset + press.width(line) + 0.3, y + 4, 6)
            else:
                inset = 12 if number == 0 else 0
                press.line(line, 50 + inset, y, room=0 if number == len(lines) - 1 else 312 - inset)
            y -= 12
    feet()
    press.save()
    return texts


def paper(path: Path) -> list[str]:
    """Citations in brackets, a formula by itself, a list of references: told without them."""
    press = Press(path, (595, 842), hyphens=True)
    canvas = press.canvas
    first = "Lanterns are kept for three reasons [1, 3], as most keepers agree [2]. " + prose(6, 330)
    told = "Lanterns are kept for three reasons, as most keepers agree. " + prose(6, 330)
    third = "where the brightness counts twice (Holm and Ferrier, 1987; Ore, 1990). " + prose(5, 331)
    told_third = "where the brightness counts twice. " + prose(5, 331)
    canvas.setFont("Times-Bold", 17)
    canvas.drawCentredString(297, 780, "A Theory of Lanterns")
    _, y = press.set(["# 1 Reasons", first], [(80, 60, 515, 750)])
    press.line("B = kx + c", 270, y - 8, font="Times-Italic")
    press.line("(1)", 495, y - 8)
    _, y = press.set([third, "# 2 Results", prose(8, 332)], [(80, 60, 515, y - 16)], indent=0)
    references = [
        "[1] A. Ferrier. Lamps. Ore Press, 1970.",
        "[2] B. Holm. On keeping still. Journal of Tides 4, 1981.",
        "[3] Ore, C. The oil of the north. Skerrow, 1990.",
        "[4] Holm, D. and Ferrier, E. Brightness. 1987.",
    ]
    press.set(["# References", *references, "# A Appendix", prose(4, 333)], [(80, 60, 515, y)], indent=0)
    press.save()
    return [
        "A Theory of Lanterns",
        "1 Reasons",
        told,
        "Equation.",
        told_third,
        "2 Results",
        prose(8, 332),
        "A Appendix",
        prose(4, 333),
    ]


def german(path: Path) -> list[str]:
    """Words divided at line ends in two narrow columns, suspended hyphens, names with hyphens."""
    press = Press(path)
    texts = [
        prose(8, 350 + n, GERMAN) + " Hin- und Rückweg kosteten in Baden-Baden gleich viel." for n in range(6)
    ]
    press.set(texts, [(40, 50, 200, 550), (220, 50, 380, 550)])
    press.save()
    return texts


def narrow(path: Path) -> list[str]:
    """Three columns so narrow that their justified lines are stretched wide, as newspapers have them."""
    press = Press(path, hyphens=False)
    texts = [prose(7, 380 + n) for n in range(9)]
    press.set(texts, [(40, 50, 140, 550), (158, 50, 258, 550), (276, 50, 376, 550)])
    press.save()
    return texts


MAKERS: dict[str, Callable[[Path], list[str]]] = {
    maker.__name__: maker
    for maker in (
        article,
        newsletter,
        book,
        numbered_lines,
        fifth_lines,
        letter,
        accounts,
        notes_over_pages,
        paper,
        german,
        narrow,
    )
}
