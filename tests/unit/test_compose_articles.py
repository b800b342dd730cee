"""What is said of an article beyond its words: counted lists, quotations, pictures, tables, no addresses."""

from __future__ import annotations

import pytest

from pipeline.compose.announced import is_credit
from pipeline.compose.links import shorten
from pipeline.ingest.blocks import blocks_of, read_blocks
from pipeline.ingest.blocks_text import SkipLog
from pipeline.ingest.finish import finish
from pipeline.ingest.web import chapters_of, parse_page
from pipeline.ingest.web_licence import licence_name, licence_of
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind, Speech
from pipeline.script import speak_text
from pipeline.settings import ReadingSettings


def texts(html: str, language: str = "en", **settings: object) -> list[str]:
    root = parse_page(f"<html><body>{html}</body></html>", "a.html")
    options = ReadingSettings(**settings)  # type: ignore[arg-type]
    return [b.text for b in blocks_of(root, href="a", skip=SkipLog(), options=options, language=language)]


def spoken(*blocks: Block, language: str = "en", **settings: object) -> list[str]:
    book = Book(
        SourceInfo(SourceKind.WEB, "https://example.org/a", "0" * 64),
        Metadata("T", language=language),
        (Chapter(0, "T", 1, blocks),),
    )
    options = ReadingSettings(language=language, **settings)  # type: ignore[arg-type]
    return [block.text for block in finish(book, options, "T").chapters[0].blocks]


# -- lists ---------------------------------------------------------------------------------------------------

REASONS = (
    "<ul><li>It costs far less than before.</li><li><p>It is quicker by half.</p><p>Much quicker.</p></li>"
    "<li>Nobody has to be there.<ul><li>Not even the owner of the house.</li></ul></li></ul>"
)


@pytest.mark.parametrize(
    ("language", "announced", "first", "third"),
    [
        ("en", "3 points.", "First: It", "Third: Nobody"),
        ("de", "3 Punkte.", "Erstens: It", "Drittens: Nobody"),
        ("fr", "3 points.", "Premièrement : It", "Troisièmement : Nobody"),
        ("es", "3 puntos.", "Primero: It", "Tercero: Nobody"),
        ("ru", "3 пункта.", "Первое: It", "Третье: Nobody"),
    ],
)
def test_the_items_of_a_list_are_counted(language: str, announced: str, first: str, third: str) -> None:
    said = texts(f"<p>Why?</p>{REASONS}<p>So.</p>", language, count_lists=True)
    assert said[1] == announced
    assert said[2].startswith(first)
    assert said[4] == "Much quicker."
    assert said[5].startswith(third)
    assert said[6:] == ["Not even the owner of the house.", "So."]
    assert texts(f"<p>Why?</p>{REASONS}<p>So.</p>", language)[1] == "It costs far less than before."


def test_how_many_is_said_as_the_language_declines_it() -> None:
    five = "<ul>" + "<li>Это стоит гораздо меньше, чем раньше.</li>" * 5 + "</ul>"
    assert speak_text(texts(five, "ru", count_lists=True)[0], "ru") == "Пять пунктов."


@pytest.mark.parametrize(
    ("html", "announced"),
    [
        ("<p>Three things are needed:</p>" + REASONS, False),
        ("<ul><li>1. It costs far less than before.</li><li>2. It is quicker by a half.</li></ul>", None),
        ("<ol><li>Step 1: mix all of it well.</li><li>Step 2: bake it for an hour.</li></ol>", None),
        ("<ul><li>One single item with quite a few words.</li></ul>", None),
        (
            "<ol start='4'><li>It costs far less than before.</li><li>It is quicker by a half.</li></ol>",
            "A list of 2.",
        ),
        ("<ul><li>Flour</li><li>Two eggs</li><li>Sugar</li></ul>", "A list of 3."),
        ("<ul>" + "<li>It costs far less than before.</li>" * 11 + "</ul>", "A list of 11."),
    ],
)
def test_a_list_is_counted_only_where_that_helps(html: str, announced: str | bool | None) -> None:
    said = texts(html, count_lists=True)
    if announced is False:
        assert said[1].startswith("First: ")
    elif announced is None:
        assert said == texts(html)
    else:
        assert said == [announced, *texts(html)]


def test_items_that_are_left_out_are_not_counted() -> None:
    html = "<ul><li>It costs far less than before.</li><li hidden>Share this with all your friends.</li></ul>"
    assert texts(html, count_lists=True) == ["It costs far less than before."]


def test_a_table_of_contents_still_leads_to_its_place() -> None:
    """What is said before a list moves what comes after it, and the list itself begins with that."""
    root = parse_page(f"<html><body><div id='a'>{REASONS}</div><h2 id='b'>So</h2></body></html>", "a.html")
    options = ReadingSettings(count_lists=True)
    made = read_blocks(root, href="a", skip=SkipLog(), options=options, language="en", wanted=("a", "b"))
    assert made.blocks[made.marks["a"]].text == "3 points."
    assert made.blocks[made.marks["b"]].text == "So"


# -- tables and listings -------------------------------------------------------------------------------------

PRICES = (
    "<table><caption>What it costs</caption><tr><th>name</th><th>price</th><th>date</th></tr>"
    + "<tr><td>a</td><td>1</td><td>2</td></tr>" * 12
    + "</table>"
)
LISTING = '<pre><code class="language-py">a = 1\n\nprint(a)\n</code></pre>'


@pytest.mark.parametrize(
    ("language", "table", "code"),
    [
        ("en", "A table with 3 columns: name, price and date, and 12 rows.", "2 lines of Python code."),
        (
            "de",
            "Eine Tabelle: 3 Spalten, nämlich name, price und date, und 12 Zeilen.",
            "2 Zeilen Programmtext in Python.",
        ),
        ("fr", "Un tableau : 3 colonnes, name, price et date, et 12 lignes.", "2 lignes de code Python."),
        ("es", "Una tabla con 3 columnas: name, price y date, y 12 filas.", "2 líneas de código Python."),
        ("ru", "Таблица: 3 столбца: name, price и date; 12 строк.", "2 строки кода: Python."),
    ],
)
def test_what_is_left_out_is_said_in_a_sentence(language: str, table: str, code: str) -> None:
    said = texts(f"<p>Text.</p>{PRICES}{LISTING}", language, summarise_skipped=True)
    assert said == ["Text.", f"What it costs. {table}", code]


def test_a_language_without_such_sentences_has_the_plain_one() -> None:
    assert texts(PRICES, "it", summarise_skipped=True) == ["Tabella omessa."]


def test_a_table_that_only_lays_out_a_page_is_not_worth_a_sentence() -> None:
    row = "<table><tr><td>1</td><td>2</td></tr></table>"
    assert texts(f"<p>Text.</p>{row}", summarise_skipped=True) == ["Text."]


# -- quotations and pictures ---------------------------------------------------------------------------------


def paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


def quote(text: str) -> Block:
    return Block(BlockKind.QUOTE, text)


def test_a_quotation_that_nothing_leads_to_is_said_to_be_one() -> None:
    said = spoken(paragraph("It was late."), quote("“We had some issues.”"), announce_quotes=True)
    assert said == ["It was late.", "Quote: “We had some issues.”"]


@pytest.mark.parametrize(
    ("before", "quoted"),
    [
        ("She wrote to us:", "“We had some issues.”"),
        ("It was late.", "“We had some issues,” she said to us later that day."),
        ("It was late.", "The best days are still to come."),
    ],
)
def test_nothing_is_said_where_one_hears_it(before: str, quoted: str) -> None:
    assert spoken(paragraph(before), quote(quoted), announce_quotes=True) == [before, quoted]


def test_the_end_of_a_long_quotation_is_said() -> None:
    words = "so it goes on and on " * 12
    said = spoken(
        paragraph("He wrote:"), quote(words), paragraph("So it is."), language="de", announce_quotes=True
    )
    assert said[2] == "Ende des Zitats."


def test_a_quotation_with_a_speaker_of_its_own_is_left_to_them() -> None:
    block = Block(
        BlockKind.QUOTE, "“We had some issues.”", speeches=(Speech("“We had some issues.”", "Ann"),)
    )
    assert spoken(block, announce_quotes=True) == ["“We had some issues.”"]


def test_captions_are_said_to_be_of_pictures_and_credits_go() -> None:
    caption = [
        Block(BlockKind.CAPTION, text)
        for text in ("The harbour at dawn.", "Photo: Ann Lee/AFP", "Figure 1: Bees")
    ]
    assert spoken(*caption, announce_pictures=True) == ["Picture: The harbour at dawn.", "Figure 1: Bees"]


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("(Image credit: NASA)", True),
        ("Ann Lee / Getty Images", True),
        ("© 2019 The Guardian", True),
        ("Foto: Ann Lee", True),
        ("Фото: РИА Новости", True),
        ("A photo of the harbour that Ann Lee took in 1990.", False),
        ("Reporters of Reuters wait at the door of the court.", False),
    ],
)
def test_a_credit_is_a_caption_with_nothing_else_in_it(text: str, credit: bool) -> None:
    assert is_credit(text) is credit


def test_a_chapter_of_nothing_but_a_credit_goes_and_is_counted() -> None:
    credit = Block(BlockKind.CAPTION, "Photo: Ann Lee/AFP")
    chapters = (Chapter(0, "A", 1, (credit,)), Chapter(1, "B", 1, (paragraph("The harbour."),)))
    book = Book(SourceInfo(SourceKind.WEB, "a", "0" * 64), Metadata("T"), chapters)
    made = finish(book, ReadingSettings(language="en", announce_pictures=True), "T")
    assert [(chapter.index, chapter.title) for chapter in made.chapters] == [(0, "B")]
    assert [(one.kind, one.count, one.words) for one in made.skipped] == [("credit", 1, 3)]


# -- addresses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See https://www.example.org/a/b?c=1.", "See a link to example.org."),
        ("See www.example.org, or not.", "See example.org, or not."),
        ("The report (https://example.org/a.pdf) is out.", "The report is out."),
        ("Get it at goo.gl/ab12C now", "Get it at a link to goo.gl now"),
        ("ann@example.org, and/or 90 km/h, U.S./Canada", "ann@example.org, and/or 90 km/h, U.S./Canada"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_addresses_are_shortened(text: str, said: str) -> None:
    assert shorten(text, "en") == said


def test_an_address_in_a_speech_is_shortened_there_as_well() -> None:
    text = "Go to https://example.org/a now."
    block = Block(BlockKind.PARAGRAPH, text, speeches=(Speech(text, "Ann"),))
    book = Book(SourceInfo(SourceKind.WEB, "a", "0" * 64), Metadata("T"), (Chapter(0, "T", 1, (block,)),))
    made = finish(book, ReadingSettings(language="en", shorten_links=True), "T").chapters[0].blocks[0]
    assert made.speeches[0].text == made.text == "Go to a link to example.org now."


# -- chapters ------------------------------------------------------------------------------------------------


def parts(count: int, words: int) -> list[Block]:
    made = [Block(BlockKind.HEADING, "Title", level=1), paragraph("An opening sentence of some words.")]
    for number in range(count):
        made += [Block(BlockKind.HEADING, f"Part {number}", level=2), paragraph("word " * words)]
    return made


def test_headings_are_chapters_where_that_is_asked_for() -> None:
    assert len(chapters_of(parts(4, 200), "Title")) == 1
    assert [chapter.title for chapter in chapters_of(parts(4, 200), "Title", 400)] == [
        "Title", "Part 0", "Part 1", "Part 2", "Part 3",
    ]  # fmt: skip
    assert len(chapters_of(parts(12, 40), "Title", 400)) == 1  # questions and answers


def test_a_word_above_the_title_is_no_chapter() -> None:
    blocks = [paragraph("Review"), *parts(4, 500)]
    blocks[2:3] = []
    assert chapters_of(blocks, "Title")[0].text.startswith("Review\n\nTitle\n\nPart 0")


# -- licences ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "licence"),
    [
        (
            '<a rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/deed.de">x</a>',
            "CC BY-SA 4.0",
        ),
        ('<footer><a href="http://creativecommons.org/publicdomain/zero/1.0/">x</a></footer>', "CC0 1.0"),
        ('<p><a href="https://creativecommons.org/licenses/by/2.0/">a photo</a></p>', ""),
        ('<figure><a rel="license" href="https://creativecommons.org/licenses/by/2.0/">p</a></figure>', ""),
        ('<a rel="license" href="/terms">Open Government Licence v3.0</a>', "Open Government Licence v3.0"),
        (
            '<a rel="license" href="https://creativecommons.org/licenses/by/2.0/">a</a>'
            '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">b</a>',
            "",
        ),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "license": '
            '"https://creativecommons.org/licenses/by-nd/4.0/"}</script>',
            "CC BY-ND 4.0",
        ),
        ("<p>No word of it.</p>", ""),
    ],
)
def test_a_pages_licence(html: str, licence: str) -> None:
    assert licence_of(parse_page(f"<html><body>{html}</body></html>", "a.html")) == licence


def test_a_long_text_is_no_licence() -> None:
    assert licence_name("All rights reserved. " * 30) == ""
