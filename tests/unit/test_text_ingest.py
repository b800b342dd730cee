"""Plain text and Markdown as books."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.text import read_text
from pipeline.ingest.text_headings import level_of
from pipeline.model import BlockKind, Book
from pipeline.settings import ReadingSettings


def read(folder: Path, text: str | bytes, name: str = "story.txt", **options: object) -> Book:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_text(path, ReadingSettings(**options), name, "0" * 64)  # type: ignore[arg-type]


def shape(book: Book) -> list[tuple[str, list[str]]]:
    return [(chapter.title, [block.text for block in chapter.blocks]) for chapter in book.chapters]


WRAPPED = """The Lighthouse
by Ann Example

CHAPTER I
The Keeper

The keeper went up the stairs every evening at the same hour,
and came down again when the sun had risen over the water and
the lamp could be put out.

    He had a cat.

CHAPTER II.

THE STORM

The storm came in the night, and nobody in the village had ever
seen one like it, neither the young nor the old, and the well-
known rocks under the hill were gone from the sea by the morn-
ing of the next day; in that morning there was a well known to
nobody.
"""


def test_wrapped_lines_are_joined_and_chapters_found(tmp_path: Path) -> None:
    book = read(tmp_path, WRAPPED)
    assert (book.metadata.title, book.metadata.authors) == ("The Lighthouse", ("Ann Example",))
    titles = [title for title, _ in shape(book)]
    assert titles == ["The Lighthouse", "CHAPTER I: The Keeper", "CHAPTER II: THE STORM"]
    first = book.chapters[1]
    assert [block.kind for block in first.blocks[:3]] == [
        BlockKind.HEADING,
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    ]
    assert first.blocks[2].text.endswith(
        "and came down again when the sun had risen over the water and the lamp could be put out."
    )
    last = book.chapters[2].blocks[-1].text
    assert "the well-known rocks" in last
    assert "by the morning of the next day" in last


def test_one_line_for_each_paragraph(tmp_path: Path) -> None:
    long = "A rather long line that is a paragraph of its own, as word processors write it when they save as text. "
    text = "\n".join([long * 3, "A short one.", long * 2, '"Yes."', long * 4])
    assert [len(texts) for _, texts in shape(read(tmp_path, text))] == [5]


def test_indented_paragraphs_without_blank_lines(tmp_path: Path) -> None:
    text = (
        "   The first paragraph begins with an indentation and goes on\n"
        "for a second line and for a third one, which is not quite as\n"
        "long as the others.\n"
        "   The second paragraph does the same thing, it begins with an\n"
        "indentation and then goes on to the end of its last line here.\n"
    )
    [(_, texts)] = shape(read(tmp_path, text))
    assert [t[:10] for t in texts] == ["The first ", "The second"]


def test_verse_keeps_its_lines(tmp_path: Path) -> None:
    prose = "Then he stood up in front of all of them and said what he had to say in a clear voice.\n" * 3
    poem = "    The wind is up,\n    The sea is grey,\n    And no one sails\n    From here today.\n"
    book = read(tmp_path, f"{prose}\n{poem}\n{prose}")
    verse = [block for block in book.chapters[0].blocks if block.kind is BlockKind.VERSE]
    assert [block.text for block in verse] == [
        "The wind is up,\nThe sea is grey,\nAnd no one sails\nFrom here today."
    ]


def test_chinese_lines_join_without_a_space(tmp_path: Path) -> None:
    line = "天" * 38
    text = f"第一章 开始\n\n{line}\n{line}\n{line}。\n\n第二章\n\n{line}\n{line}。\n"
    assert shape(read(tmp_path, text)) == [
        ("第一章 开始", ["第一章 开始", line * 3 + "。"]),
        ("第二章", ["第二章", line * 2 + "。"]),
    ]


def test_contents_are_skipped_and_not_taken_for_chapters(tmp_path: Path) -> None:
    contents = "CONTENTS\n\nChapter 1. Going out\nChapter 2. Coming home\nChapter 3. The end\n\n"
    spaced = "Chapter 1\n\nChapter 2\n\n"
    body = "Chapter 1\n\nThey went out.\n\nChapter 2\n\nThey came home.\n"
    for text in (contents + body, spaced + body):
        book = read(tmp_path, text)
        assert [title for title, _ in shape(book)][-2:] == ["Chapter 1", "Chapter 2"]
        assert book.chapters[-1].text == "Chapter 2\n\nThey came home."
        assert "contents" in {skipped.kind for skipped in book.skipped}


def test_numbers_alone_are_headings_only_if_they_count_up(tmp_path: Path) -> None:
    counted = shape(read(tmp_path, "I\n\nHe came in.\n\nII\n\nHe went out.\n\nIII\n\nHe slept.\n"))
    assert [title for title, _ in counted] == ["I", "II", "III"]
    scattered = shape(read(tmp_path, "He wrote a number.\n\n42\n\nThen another.\n\n7\n\nThat was all.\n"))
    assert len(scattered) == 1


def test_underlined_headings_make_an_outline(tmp_path: Path) -> None:
    text = "Guide\n=====\n\nIntro text.\n\nFirst\n-----\n\nOne.\n\nSecond\n------\nTwo.\n"
    assert shape(read(tmp_path, text)) == [
        ("Guide", ["Guide", "Intro text."]),
        ("First", ["First", "One."]),
        ("Second", ["Second", "Two."]),
    ]


def test_the_licence_around_a_text_is_left_out(tmp_path: Path) -> None:
    text = (
        "This text is free.\n\nTitle: A Short Walk\nAuthor: Ann Example\nLanguage: English\n\n"
        "*** START OF THE COLLECTION'S EBOOK A SHORT WALK ***\n\nI walked.\n\n"
        "*** END OF THE COLLECTION'S EBOOK A SHORT WALK ***\n\nTerms and terms.\n"
    )
    book = read(tmp_path, text)
    assert shape(book) == [("A Short Walk", ["I walked."])]
    assert (book.metadata.title, book.metadata.authors, book.metadata.language) == (
        "A Short Walk",
        ("Ann Example",),
        "English",
    )
    assert [(s.kind, s.count) for s in book.skipped] == [("licence", 2)]
    assert "Terms" in read(tmp_path, text, include=("licence",)).chapters[0].text


def test_notes_and_their_marks_are_left_out(tmp_path: Path) -> None:
    text = "He sailed[1] in the Ark[X].\n\n[Illustration: A ship]\n\n[Footnote 1: In May.]\n"
    book = read(tmp_path, text)
    assert book.chapters[0].text == "He sailed in the Ark[X]."
    assert {s.kind: s.count for s in book.skipped} == {"image": 1, "note": 1, "note-reference": 1}


RUSSIAN = "Утро было холодное, и дорога была мокрой от дождя. Он совсем не спал этой ночью."
JAPANESE = "朝は寒く、道は雨で濡れていた。彼は眠れなかったが、それはどうでもよかった。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Grüße aus Köln."),
        ("utf-16", "Grüße aus Köln."),
        ("cp1252", "Der Bär läuft über die Brücke, und die Vögel hören auf zu singen. Schöne Grüße!"),
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("cp866", RUSSIAN),
        ("shift_jis", JAPANESE),
        ("euc-jp", JAPANESE),
        ("iso2022-jp", JAPANESE),
        ("gb18030", "早晨很冷，路面被雨淋湿了。他整夜没有睡，但是这对他来说并不重要。"),
    ],
)
def test_encodings_are_recognised(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "\n\n".join([text] * 10).encode(encoding)).chapters[0].blocks[-1].text == text


def test_a_cut_letter_does_not_change_the_encoding(tmp_path: Path) -> None:
    book = read(tmp_path, ("Утро было холодное. " * 20).encode()[:-3])
    assert book.chapters[0].text.startswith("Утро было")
    assert book.doubts


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Chapter 1", 2),
        ("CHAPTER XIV. The Return", 2),
        ("Chapter Twenty-One", 2),
        ("Chapter the First", 2),
        ("BOOK II", 1),
        ("PART ONE: Departure", 1),
        ("Prologue", 2),
        ("EPILOGUE.", 2),
        ("Глава 3", 2),
        ("Глава первая", 2),
        ("ЧАСТЬ ВТОРАЯ", 1),
        ("Kapitel 7", 2),
        ("Erstes Kapitel", 2),
        ("Chapitre IV", 2),
        ("Première partie", 1),
        ("Capítulo 12: El viaje", 2),
        ("Rozdział 5", 2),
        ("第十二章 归来", 2),
        ("第三部", 1),
        ("第 一 章", 0),
        ("제 3 장", 2),
        ("プロローグ", 2),
        ("Part of the problem was the rain", 0),
        ("Chapter and verse", 0),
        ("chapter 1 was the best of all,", 0),
        ("He read the book", 0),
        ("Book a room", 0),
        ("", 0),
    ],
)
def test_lines_that_are_headings(line: str, level: int) -> None:
    assert level_of(line) == level


MARKDOWN = """---
title: "Notes on Bread"
author: [Ann Example, Bo Example]
lang: en-GB
date: 2024-05-01
---

Before all.

# Flour

Some *emphasis*, a [link](https://example.org/x) and `code`.

- one
- two

> A quotation.

## Sieving

| a | b |
|---|---|
| 1 | 2 |

```
knead()
```

# Water

The end.
"""


def test_markdown(tmp_path: Path) -> None:
    book = read(tmp_path, MARKDOWN, "bread.md")
    meta = book.metadata
    assert (meta.title, meta.authors, meta.language, meta.published) == (
        "Notes on Bread",
        ("Ann Example", "Bo Example"),
        "en-GB",
        "2024-05-01",
    )
    assert [(c.title, c.level) for c in book.chapters] == [
        ("Notes on Bread", 1),
        ("Flour", 1),
        ("Sieving", 2),
        ("Water", 1),
    ]
    assert [(b.kind.value, b.text) for b in book.chapters[1].blocks] == [
        ("heading", "Flour"),
        ("paragraph", "Some emphasis, a link and code."),
        ("list-item", "one"),
        ("list-item", "two"),
        ("quote", "A quotation."),
    ]
    assert {s.kind: s.count for s in book.skipped} == {"table": 1, "code": 1}


def test_a_lone_first_heading_is_the_title(tmp_path: Path) -> None:
    book = read(tmp_path, "# Bread\n\n## Flour\n\nSome.\n\n## Water\n\nMore.\n", "bread.md")
    assert book.metadata.title == "Bread"
    assert shape(book) == [("Flour", ["Bread", "Flour", "Some."]), ("Water", ["Water", "More."])]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("ab Ж天.\t-_[1]\n*#=", max_size=60), max_size=12))
def test_no_letter_is_lost(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join(lines)
    book = read(tmp_path, text)
    narrated = "".join(chapter.text for chapter in book.chapters)
    left_out = sum(skipped.words for skipped in book.skipped)
    for letter in "Ж天":
        assert narrated.count(letter) == text.count(letter) or left_out


PROSE = "The keeper went up the stairs every evening at the same hour, and\ncame down again when the sun had risen."


def test_contents_name_the_chapters_that_no_word_announces(tmp_path: Path) -> None:
    text = (
        "TALES OF THE SHORE\n\nCONTENTS\n\n                 PAGE\n"
        "The Keeper          1\nThe Gull's Egg ....... 12\nAt Low Tide\n\n\n"
        f"THE KEEPER\n\n{PROSE}\n\nTHE GULL'S EGG\n\n{PROSE}\n\n"
        f"A line of its own\n\n{PROSE}\n\nAT LOW TIDE\n\n{PROSE}\n"
    )
    book = read(tmp_path, text)
    assert [title for title, _ in shape(book)] == [
        "TALES OF THE SHORE",
        "THE KEEPER",
        "THE GULL'S EGG",
        "AT LOW TIDE",
    ]
    assert "12" not in str(shape(book))
    assert [found.kind for found in book.skipped] == ["contents"]


def test_a_list_called_contents_that_does_not_come_again_is_text(tmp_path: Path) -> None:
    text = f"{PROSE}\n\nContents\n\nTwo shirts\n\nA razor\n\nA letter\n\n{PROSE}\n"
    book = read(tmp_path, text)
    assert len(book.chapters) == 1
    assert not book.skipped
    assert "A razor" in shape(book)[0][1]


def test_numbers_with_titles_are_chapters_if_text_is_between_them(tmp_path: Path) -> None:
    long = "\n\n".join([PROSE] * 3)
    book = read(tmp_path, f"I. THE KEEPER\n\n{long}\n\nII. THE STORM\n\n{long}\n")
    assert [title for title, _ in shape(book)] == ["I. THE KEEPER", "II. THE STORM"]
    listed = read(tmp_path, f"{PROSE}\n\n1. Two shirts\n\n2. A razor\n\n3. A letter\n\n{PROSE}\n")
    assert len(listed.chapters) == 1


def test_numbers_that_begin_again_in_every_chapter_divide_it(tmp_path: Path) -> None:
    part = f"I\n\n{PROSE}\n\nII\n\n{PROSE}\n\n"
    book = read(tmp_path, f"CHAPTER ONE\n\n{part}CHAPTER TWO\n\n{part}")
    assert [title for title, _ in shape(book)] == ["CHAPTER ONE", "CHAPTER TWO"]
    headings = [b.text for b in book.chapters[0].blocks if b.kind is BlockKind.HEADING]
    assert headings == ["CHAPTER ONE", "I", "II"]
    parts = read(tmp_path, f"BOOK ONE\n\n{part}BOOK TWO\n\n{part}")
    assert [title for title, _ in shape(parts)] == ["BOOK ONE", "I", "II", "BOOK TWO", "I", "II"]


def test_what_editors_put_in_is_left_out(tmp_path: Path) -> None:
    text = (
        f"{PROSE}\n\nHe had a[Pg 12] cat. [Footnote 3: It was\ngrey.] She slept. [Sidenote: The cat]\n\n"
        "  +------+------+\n  | Year | Cats |\n  +------+------+\n  | 1843 |    1 |\n  +------+------+\n\n"
        "FOOTNOTES:\n\n"
        + "\n\n".join([PROSE] * 20)
        + "\n\nTRANSCRIBER'S NOTES\n\nA comma was added on page 9.\n"
    )
    book = read(tmp_path, text)
    said = " ".join(shape(book)[0][1])
    assert "He had a cat. She slept. The keeper" in " ".join(said.split())
    assert "comma" not in said
    assert {(s.kind, s.count) for s in book.skipped} == {
        ("page-number", 1),
        ("note", 3),
        ("table", 1),
        ("licence", 1),
    }
    kept = " ".join(shape(read(tmp_path, text, include=("notes", "tables", "licence")))[0][1])
    assert "It was grey." in kept
    assert "1843" in kept
    assert "comma" in kept


def test_the_numbers_of_verses_are_not_read(tmp_path: Path) -> None:
    stanza = (
        "I took my boat upon the stream\n  Along the quiet shore,\n"
        "And like a shadow or a dream{}\n  The village slipped away.\nI saw it never more.{}\n\n"
    )
    text = stanza.format("", "   5") + stanza.format("", "   10") + stanza.format("", "   15")
    book = read(tmp_path, text)
    assert book.chapters[0].blocks[-1].text.endswith("away.\nI saw it never more.")
    assert [(s.kind, s.count) for s in book.skipped] == [("line-number", 3)]


def test_a_quantity_at_the_end_of_a_line_is_no_number_of_it(tmp_path: Path) -> None:
    text = "For the pie\n\nThree eggs\nFlour       200\n\nMix it, and leave it to rest for an hour or two.\n"
    book = read(tmp_path, text)
    assert "Flour 200" in " ".join(" ".join(block.text.split()) for block in book.chapters[0].blocks)


def test_prose_of_a_play_is_joined_though_its_verse_is_short(tmp_path: Path) -> None:
    verse = "MARY.\nThen go, my lord, and come to me,\nAnd bring the boat again.\n\n"
    prose = "JOHN. What was that noise? I heard the wind come down the chimney\nas it did when he drowned.\n"
    last = read(tmp_path, verse * 8 + prose).chapters[-1].blocks[-1].text
    assert "the chimney as it did" in last


def test_a_second_line_of_the_title_is_the_subtitle(tmp_path: Path) -> None:
    head = "Title: The Keeper\n       A Tale of the Shore\n\nAuthor: Ann\n\nRelease date: June 1, 2008 [eBook #1]\n\n"
    book = read(tmp_path, f"{head}*** START OF THE PROJECT EBOOK ***\n\n{PROSE}\n")
    assert (book.metadata.title, book.metadata.subtitle) == ("The Keeper", "A Tale of the Shore")
    assert book.metadata.published == "June 1, 2008"


def test_markdown_footnotes(tmp_path: Path) -> None:
    text = (
        "# A day {#day .first}\n\nHe went[^1] out.[^b] And `x[^1]`[^none].\n\n- [x] Done\n\n"
        "[^1]: On foot.\n\n    Twice.\n\n[^b]: At\nnoon.\n\n"
        "```\n[^1]: code\n```\n\nThe end.\n"
    )
    book = read(tmp_path, text, "a.md")
    texts = shape(book)[0][1]
    assert texts[0] == "A day"
    assert texts[1].startswith("He went out.")
    assert "Done" in texts
    assert texts[-1] == "The end."
    assert "noon" not in str(texts)
    skipped = {s.kind: s.count for s in book.skipped}
    assert skipped["note"] == 2
    noted = str(shape(read(tmp_path, text, "a.md", include=("notes",))))
    assert "Twice." in noted
    assert "noon." in noted


def test_endless_brackets_do_not_hide_the_words_around(tmp_path: Path) -> None:
    text = (
        "# One\n\nBefore it "
        + "[" * 300_000
        + " after it.\n\n"
        + "`" * 40
        + "\ncode\n"
        + "`" * 40
        + "\n\nThe end.\n"
    )
    path = tmp_path / "book.md"
    path.write_text(text)
    book = read_text(path, ReadingSettings(), "book.md", "0" * 64)
    first, *rest = [block.text for block in book.chapters[0].blocks[1:]]
    assert (first.split()[:2], first.split()[-2:], rest) == (["Before", "it"], ["after", "it."], ["The end."])
