"""Who wrote it, said as a person would; and what a page prints of that itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.compose.byline import byline, is_byline, with_byline
from pipeline.compose.origin import people, site_name
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, Source, SourceInfo, SourceKind
from pipeline.script import speak_text

LEE = Source("How bees see", "", ("Ann Lee",), "The Guardian", "2026-11-03T08:00:00+00:00")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en-US", "By Ann Lee, from The Guardian, on November 3, 2026."),
        ("en-GB", "By Ann Lee, from The Guardian, on 3 November 2026."),
        ("de", "Von Ann Lee, erschienen bei The Guardian am 3. November 2026."),
        ("fr", "Par Ann Lee, pour The Guardian, le 3 novembre 2026."),
        ("es-MX", "Por Ann Lee, en The Guardian, el 3 de noviembre de 2026."),
        ("ru", "Автор: Ann Lee. The Guardian, 3 ноября 2026 г."),
        ("pt-BR", "Ann Lee, The Guardian, 3 de novembro de 2026."),
        ("zh", "Ann Lee, The Guardian, 2026年11月3日."),
        ("x-klingon", "Ann Lee, The Guardian, November 3, 2026."),
    ],
)
def test_a_byline_is_a_sentence_of_its_language(language: str, said: str) -> None:
    assert byline(LEE, language) == said


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ("en-GB", "on the third of November twenty twenty six"),
        ("de", "am dritten November"),
        ("ru", "третьего ноября две тысячи двадцать шестого года"),
        ("es", "el tres de noviembre de dos mil veintiséis"),
        ("fr", "le trois novembre deux mille vingt-six"),
    ],
)
def test_the_day_is_spoken_as_one_says_it(language: str, heard: str) -> None:
    assert heard in speak_text(byline(LEE, language), language)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Source(authors=("Ann Lee", "Bo Xi")), "By Ann Lee and Bo Xi."),
        (Source(authors=("A B", "C D", "E F", "G H")), "By A B, C D and others."),
        (Source(site="BBC"), "From BBC."),
        (Source(site="BBC", published="2026"), "From BBC, in 2026."),
        (Source(published="2026-11"), "Published in November 2026."),
        (Source(published="2026-11-03"), "Published on November 3, 2026."),
        (Source(published="D:20190102030405"), "Published on January 2, 2019."),
        (Source(published="last week"), ""),
        (Source(published="2026-13-45"), "Published in 2026."),
        (Source("Only a title"), ""),
    ],
)
def test_what_is_not_known_is_not_said(source: Source, said: str) -> None:
    assert byline(source, "en") == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("ANN LEE", "BO XI Associated Press"), ("Ann Lee", "Bo Xi")),
        (("GREG BEACHAM, AP Sports Writer",), ("Greg Beacham",)),
        (("Martin King, Jr.",), ("Martin King, Jr.",)),
        (("J. R. Smith",), ("J. R. Smith",)),
        (("Editorial",), ()),
        (("Staff Reports", "admin", "kevin-r"), ()),
        (("Ann Lee", "CNN"), ("Ann Lee",)),
        (("CNN",), ("CNN",)),
        (("The Guardian",), ()),
        (("Finian Cunningham. Sputnik International",), ("Finian Cunningham",)),
        (("Аня Ли", "Редакция"), ("Аня Ли",)),
    ],
)
def test_people_are_those_whose_names_one_says(written: tuple[str, ...], said: tuple[str, ...]) -> None:
    assert people(written, "The Guardian") == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("LinkNaija | Nigeria's popular news platform", "LinkNaija"),
        ("Copyright 2014", ""),
        ("San Antonio Express-News", "San Antonio Express-News"),
    ],
)
def test_a_sites_name_is_without_its_motto(written: str, said: str) -> None:
    assert site_name(written) == said


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("By Ann Lee", True),
        ("Ann Lee, The Guardian — 3 November 2026, 8:00 GMT", True),
        ("Ann Lee has been a beekeeper for 3 years.", False),
        ("November 3", False),
        ("The Guardian", True),
    ],
)
def test_a_pages_own_byline_is_known(text: str, is_one: bool) -> None:
    assert is_byline(text, LEE) is is_one


def article(*blocks: Block) -> Book:
    data = Metadata(
        "How bees see", authors=("Ann Lee",), language="en", published="2026-11-03", site="The Guardian"
    )
    return Book(
        SourceInfo(SourceKind.WEB, "https://example.org/a", "0" * 64),
        data,
        (Chapter(0, "How bees see", 1, blocks),),
    )


def test_the_title_comes_first_and_the_pages_own_byline_and_label_go() -> None:
    kicker, title = Block(BlockKind.PARAGRAPH, "Science"), Block(BlockKind.PARAGRAPH, "How Bees See")
    text = Block(BlockKind.PARAGRAPH, "They see what we do not.")
    made = with_byline(article(kicker, title, Block(BlockKind.PARAGRAPH, "By Ann Lee, The Guardian"), text))
    assert [(block.kind, block.text) for block in made.chapters[0].blocks] == [
        (BlockKind.HEADING, "How Bees See"),
        (BlockKind.PARAGRAPH, "By Ann Lee, from The Guardian, on November 3, 2026."),
        (BlockKind.PARAGRAPH, "They see what we do not."),
    ]
    assert [(one.kind, one.count, one.words) for one in made.skipped] == [("byline", 2, 6)]


def test_a_sentence_above_the_title_stays() -> None:
    above, title = (
        Block(BlockKind.PARAGRAPH, "Bees see more than we do."),
        Block(BlockKind.HEADING, "How bees see"),
    )
    assert [block.text for block in with_byline(article(above, title)).chapters[0].blocks] == [
        "How bees see",
        "By Ann Lee, from The Guardian, on November 3, 2026.",
        "Bees see more than we do.",
    ]


def test_a_title_that_the_text_lacks_is_said() -> None:
    made = with_byline(article(Block(BlockKind.PARAGRAPH, "They see what we do not.")))
    assert [block.text for block in made.chapters[0].blocks][:2] == [
        "How bees see",
        "By Ann Lee, from The Guardian, on November 3, 2026.",
    ]


def test_what_is_left_out_is_counted() -> None:
    own, text = (
        Block(BlockKind.PARAGRAPH, "By Ann Lee"),
        Block(BlockKind.PARAGRAPH, "They see what we do not."),
    )
    made = with_byline(article(own, text))
    assert [(one.kind, one.count, one.words) for one in made.skipped] == [("byline", 1, 3)]


def test_a_book_has_no_day() -> None:
    text = Block(BlockKind.PARAGRAPH, "They see what we do not.")
    data = Metadata("How bees see", authors=("Ann Lee",), language="en", published="2008-06-17")
    epub = replace(article(text), source=SourceInfo(SourceKind.EPUB, "a.epub", "0" * 64), metadata=data)
    assert with_byline(epub).chapters[0].blocks[1].text == "By Ann Lee."
