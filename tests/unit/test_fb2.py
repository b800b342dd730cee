"""FictionBooks: sections, notes in a body of their own, poems, encodings, packed ones."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pipeline.errors import SourceBroken, SourceError, SourceUnsupported
from pipeline.model import BlockKind, Book, Matter
from tests.documents import fb2, packed, picture, read
from tests.helpers_epub import texts, titles

LONG = "Гавань была тиха в то утро, и никого не было на воде, кроме старого лоцмана."
INFO = (
    "<genre>prose</genre><author><first-name>Анна</first-name><middle-name>П.</middle-name><last-name>Ли</last-name>"
    "</author><book-title>Лоцман</book-title><annotation><p>О море.</p></annotation><lang>ru</lang>"
    '<coverpage><image l:href="#c.png"/></coverpage><sequence name="Гавани" number="2"/>'
)
COVER = f'<binary id="c.png" content-type="image/png">{base64.b64encode(picture()).decode()}</binary>'


def title(*lines: str) -> str:
    return f"<title>{''.join(f'<p>{line}</p>' for line in lines)}</title>"


def section(*inside: str, name: str = "") -> str:
    return f"<section>{title(name) if name else ''}{''.join(inside)}</section>"


def p(text: str = LONG) -> str:
    return f"<p>{text}</p>"


def one(path: Path, bodies: str, *, more: str = "", **settings: object) -> Book:
    return read(path / "book.fb2", fb2(bodies, title_info=INFO, more=more), **settings)


def test_sections_are_the_chapters(tmp_path: Path) -> None:
    inner = section(p(), name="Глава 1") + section(p(), p("Ещё."), name="Глава 2")
    book = one(
        tmp_path,
        f"<body>{title('Анна Ли', 'Лоцман')}<epigraph><p>Тихо.</p></epigraph>"
        f"{section(inner, name='Часть первая')}{section(p(), name='Эпилог')}</body>",
    )
    assert [(c.title, c.level) for c in book.chapters] == [
        ("Часть первая", 1),
        ("Глава 1", 2),
        ("Глава 2", 2),
        ("Эпилог", 1),
    ]
    assert texts(book, 2) == ["Глава 2", LONG, "Ещё."]
    assert book.chapters[0].blocks[0].kind is BlockKind.QUOTE
    assert [(s.kind, s.words) for s in book.skipped] == [("titlepage", 3)]


def test_a_title_of_two_lines(tmp_path: Path) -> None:
    book = one(tmp_path, f"<body><section>{title('Глава первая', 'Утро')}{p()}</section></body>")
    assert book.chapters[0].title == "Глава первая. Утро"
    assert texts(book)[0] == "Глава первая Утро"


def test_sections_without_titles_go_on(tmp_path: Path) -> None:
    book = one(tmp_path, f"<body>{section(p('Раз.'))}{section(p('Два.'))}</body>")
    assert titles(book) == ["Лоцман"]
    assert texts(book) == ["Раз.", "Два."]
    assert book.doubts == ()


def test_notes_are_left_out_and_can_be_asked_for(tmp_path: Path) -> None:
    notes = (
        '<body name="notes"><title><p>Примечания</p></title><section id="n1"><title><p>1</p></title>'
        "<p>О лоцмане.</p></section></body>"
    )
    marked = p('Лоцман<a l:href="#n1" type="note">[1]</a> ждал.')
    main = f"<body>{section(marked, p(), name='Один')}</body>"
    book = one(tmp_path, main + notes)
    assert texts(book) == ["Один", "Лоцман ждал.", LONG]
    assert {(s.kind, s.count) for s in book.skipped} >= {("note", 1), ("note-reference", 1)}
    assert len(book.chapters) == 1
    heard = one(tmp_path, main + notes, include=("notes",))
    assert "О лоцмане." in heard.chapters[-1].text


def test_poems_cites_subtitles_tables_and_pictures(tmp_path: Path) -> None:
    inside = (
        "<poem><title><p>Песня</p></title><stanza><v>Раз прилив,</v><v>два отлив.</v></stanza>"
        "<text-author>Лоцман</text-author></poem><cite><p>Так он сказал.</p></cite><subtitle>* * *</subtitle>"
        "<table><tr><th>Прилив</th></tr><tr><td>Полдень</td><td>Ночь</td></tr></table>"
        '<image l:href="#x" alt="Гавань"/><empty-line/><p>H<sub>2</sub>O и <emphasis>сло</emphasis>во</p>'
    )
    book = one(tmp_path, f"<body>{section(inside)}</body>", include=("tables",), image_descriptions=True)
    assert [(b.kind, b.text) for b in book.chapters[0].blocks] == [
        (BlockKind.PARAGRAPH, "Песня"),
        (BlockKind.VERSE, "Раз прилив,\nдва отлив."),
        (BlockKind.PARAGRAPH, "Лоцман"),
        (BlockKind.QUOTE, "Так он сказал."),
        (BlockKind.TABLE, "Прилив"),
        (BlockKind.TABLE, "Полдень, Ночь"),
        (BlockKind.CAPTION, "Гавань"),
        (BlockKind.PARAGRAPH, "H₂O и слово"),
    ]


def test_metadata_and_cover(tmp_path: Path) -> None:
    book = one(tmp_path, f"<body>{section(p())}</body>", more=COVER)
    found = book.metadata
    assert (found.title, found.authors, found.language) == ("Лоцман", ("Анна П. Ли",), "ru")
    assert (found.series, found.series_part, found.description) == ("Гавани", "2", "О море.")
    assert book.cover is not None
    assert book.cover.data == picture()
    assert book.chapters[0].matter is Matter.BODY


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16", "utf-8"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    data = fb2(f"<body>{section(p())}</body>", title_info=INFO, encoding=encoding)
    assert texts(read(tmp_path / "book.fb2", data)) == [LONG]


def test_an_encoding_that_is_declared_wrongly(tmp_path: Path) -> None:
    data = fb2(f"<body>{section(p())}</body>", encoding="windows-1251").replace(b"windows-1251", b"utf-8")
    assert texts(read(tmp_path / "book.fb2", data)) == [LONG]


def test_packed_books(tmp_path: Path) -> None:
    data = fb2(f"<body>{section(p())}</body>")
    assert texts(read(tmp_path / "book.fb2.zip", packed({"b.fb2": data}))) == [LONG]
    with pytest.raises(SourceUnsupported, match="2 books"):
        read(tmp_path / "books.fb2.zip", packed({"a.fb2": data, "b.fb2": data}))


def test_a_book_that_is_not_well_formed_is_read_with_a_doubt(tmp_path: Path) -> None:
    data = fb2(f"<body>{section(p('Раз & два.'), p('<b>Три.'))}</body>")
    book = read(tmp_path / "book.fb2", data)
    assert "Раз & два." in book.chapters[0].text
    assert "repaired" in book.doubts[0]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken):
        read(tmp_path / "book.fb2", b"<FictionBook><description/></FictionBook>")
    with pytest.raises(SourceError):
        read(tmp_path / "deep.fb2", fb2(f"<body>{'<section>' * 400}{p()}{'</section>' * 400}</body>"))
