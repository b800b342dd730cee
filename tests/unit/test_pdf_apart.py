"""Running lines of single pages, where nothing comes again, and what is none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest.pdf import read_pdf
from pipeline.settings import ReadingSettings
from tests.typeset import Press, prose

Drawn = tuple[str, float, float, float, str]
PLAIN, ITALIC, BOLD, SANS = "Times-Roman", "Times-Italic", "Times-Bold", "Helvetica"

RUNNING: dict[str, list[Drawn]] = {
    "issue": [("Harbour and Tide 12 (2019) 33-48", 50, 560, 8, ITALIC), ("34", 205, 30, 9, PLAIN)],
    "corner": [("117", 355, 560, 10, PLAIN), ("THE LAMPLIGHTERS OF ORE", 140, 560, 10, PLAIN)],
    "publisher": [("Published by Ore Press, 1997", 50, 30, 8, SANS), ("12", 360, 30, 8, SANS)],
    "address": [("https://doi.org/10.1000/ore.12.4", 50, 30, 7, PLAIN)],
    "count": [("Page 3 of 10", 180, 30, 9, PLAIN)],
    "rights": [("© 2019 Ore Press. All rights reserved.", 120, 30, 7, PLAIN)],
    "sides": [("Annual Report 2019", 50, 560, 9, PLAIN), ("Harbour Office", 310, 560, 9, PLAIN)],
    "manual": [("1-4", 50, 30, 9, SANS), ("Lighting the lamp", 300, 30, 9, SANS)],
    "sent": [("Downloaded from ore.example by guest on 15 September 2023", 90, 30, 7, SANS)],
    "saved": [("6/12/23, 4:01 PM", 50, 570, 8, SANS), ("Lamps: The Ore Wiki", 180, 570, 8, SANS)],
    "two rows": [
        ("Ferrier, A. and Holm, B.", 50, 572, 8, SANS),
        ("Lamps of the northern coast, Vol. 12", 50, 563, 8, SANS),
    ],
}
TOLD: dict[str, list[Drawn]] = {
    "title": [("On Lamps", 150, 550, 18, BOLD), ("A. Ferrier", 170, 528, 10, ITALIC)],
    "title in capitals": [("ON LAMPS AND OIL", 160, 555, 10, PLAIN)],
    "byline": [("By A. Ferrier", 50, 565, 9, ITALIC), ("The Lamps of Ore", 50, 542, 16, BOLD)],
    "small heading": [("Oil", 50, 550, 9, BOLD)],
    "letterhead": [("Ferrier and Sons, Harbour Street 4, Ore", 50, 560, 10, PLAIN)],
    "date": [("Ore, 3 March 1921", 280, 555, 10, PLAIN)],
    "signature": [("A. Ferrier", 50, 40, 10, PLAIN)],
    "editors": [("The Editors", 300, 40, 10, ITALIC)],
    "caption": [("Figure 3. The lamp of Ore, seen from the north.", 50, 38, 8, PLAIN)],
    "last line": [("It was the end of it.", 50, 40, 10, PLAIN)],
    "dedication": [("For B. H.", 190, 555, 10, ITALIC)],
    "question": [("What did the ferryman know?", 50, 555, 10, ITALIC)],
}


def text_of(path: Path, drawn: list[Drawn]) -> str:
    """The reading of one page of prose with those lines around it."""
    press = Press(path)
    for text, x, y, size, font in drawn:
        press.line(text, x, y, size, font)
    press.set([prose(11, 600 + n) for n in range(4)], [(50, 75, 370, 520)])
    press.save()
    book = read_pdf(path, ReadingSettings(), path.name, "0" * 64)
    return " ".join(" ".join(chapter.text for chapter in book.chapters).split())


@pytest.mark.parametrize("name", RUNNING)
def test_running_lines_of_a_single_page_are_left_out(name: str, tmp_path: Path) -> None:
    text = text_of(tmp_path / "page.pdf", RUNNING[name])
    assert [line[0] for line in RUNNING[name] if line[0] in text] == []
    assert prose(11, 600) in text


@pytest.mark.parametrize("name", TOLD)
def test_what_is_the_page_s_own_is_told(name: str, tmp_path: Path) -> None:
    text = text_of(tmp_path / "page.pdf", TOLD[name])
    assert [line[0] for line in TOLD[name] if line[0] not in text] == []
