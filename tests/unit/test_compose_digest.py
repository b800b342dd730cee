"""Several books as one, and the file that such a book is kept in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.compose.digest import digest, digest_reading
from pipeline.compose.origin import chapter_sources, source_of, sources_of
from pipeline.errors import SourceBroken, SourceEmpty
from pipeline.ingest import FetchRules
from pipeline.ingest.book_file import book_file
from pipeline.ingest.kinds import choose, take_sample
from pipeline.ingest.several import open_several
from pipeline.limits import BOOK_FILE_COVER_BYTES, BOOK_FILE_COVER_PIXELS
from pipeline.model import (
    Anchor,
    Block,
    BlockKind,
    Book,
    Chapter,
    Cover,
    Metadata,
    Passage,
    SourceInfo,
    SourceKind,
    Speech,
)
from pipeline.settings import ReadingSettings
from tests.documents import read


def article(
    title: str, *texts: str, language: str = "en", author: str = "Ann Lee", site: str = "The Guardian"
) -> Book:
    address = f"https://example.org/{title.lower().replace(' ', '-')}"
    heading = Block(BlockKind.HEADING, title, Anchor(href=address), level=1)
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, text, Anchor(href=address, id=f"p{i}")) for i, text in enumerate(texts)
    )
    data = Metadata(
        title, authors=(author,), language=language, published="2026-11-03", site=site, licence="CC BY 4.0"
    )
    return Book(
        SourceInfo(SourceKind.WEB, address, "0" * 64), data, (Chapter(0, title, 1, (heading, *blocks)),)
    )


BEES, ANTS = article("How bees see", "They see."), article("How ants hear", "They hear.", author="Bo Xi")
WASPS = article("Wie Wespen bauen", "Sie bauen Papier.", language="de", author="Eva Kern", site="Zeit Online")


def test_a_digest_says_what_is_in_it_and_what_comes() -> None:
    made = digest([BEES, ANTS, article("Flies", "They fly.")], "Morning reading")
    assert [chapter.text for chapter in made.chapters] == [
        "Morning reading\n\n3 articles: How bees see, by Ann Lee; How ants hear, by Bo Xi; Flies, by Ann Lee.",
        "First: How bees see\n\nBy Ann Lee, from The Guardian, on November 3, 2026.\n\nThey see.",
        "Next: How ants hear\n\nBy Bo Xi, from The Guardian, on November 3, 2026.\n\nThey hear.",
        "And last: Flies\n\nBy Ann Lee, from The Guardian, on November 3, 2026.\n\nThey fly.",
    ]
    assert [chapter.title for chapter in made.chapters] == [
        "Morning reading", "How bees see", "How ants hear", "Flies",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "opening", "headings"),
    [
        ("de", "2 Artikel: ", ["Zuerst: How bees see", "Und zum Schluss: How ants hear"]),
        ("fr", "2 articles : ", ["Pour commencer : How bees see", "Et pour finir : How ants hear"]),
        ("es", "2 artículos: ", ["Para empezar: How bees see", "Y por último: How ants hear"]),
        ("ru", "2 статьи: ", ["Сначала: How bees see", "И наконец: How ants hear"]),
        ("nl", "2: ", ["1. How bees see", "How ants hear"]),
    ],
)
def test_transitions_are_in_the_digests_language(language: str, opening: str, headings: list[str]) -> None:
    made = digest([BEES, ANTS], "Morning", language)
    assert made.chapters[0].blocks[1].text.startswith(opening)
    assert [chapter.blocks[0].text for chapter in made.chapters[1:]] == headings
    assert made.metadata.language == language


def test_every_chapter_knows_where_it_comes_from() -> None:
    long = replace(BEES, chapters=(BEES.chapters[0], Chapter(1, "More", 1, BEES.chapters[0].blocks[1:])))
    made = digest([long, WASPS], "Morning")
    bees, wasps = source_of(BEES), source_of(WASPS)
    assert bees.link == "https://example.org/how-bees-see"
    assert (bees.licence, wasps.site) == ("CC BY 4.0", "Zeit Online")
    assert chapter_sources(made) == (None, bees, bees, wasps)
    assert sources_of(made) == (bees, wasps)
    assert [chapter.level for chapter in made.chapters] == [1, 1, 2, 1]


def test_a_text_in_another_language_keeps_its_own() -> None:
    made = digest([BEES, WASPS], "Morning", "en")
    said = {block.text: block.language for block in made.chapters[2].blocks}
    assert said["Sie bauen Papier."] == "de"
    assert said["By Eva Kern, from Zeit Online, on November 3, 2026."] is None
    assert made.chapters[2].blocks[0].passages == (Passage("Wie Wespen bauen", "de"),)


def test_one_article_needs_no_transition_and_none_is_an_error() -> None:
    made = digest([BEES], "Morning", doubts=["https://example.org/b was left out: it is gone."])
    assert made.chapters[0].text.startswith("Morning\n\n1 article: How bees see")
    assert made.chapters[1].blocks[0].text == "How bees see"
    assert made.doubts == ("https://example.org/b was left out: it is gone.",)
    with pytest.raises(SourceEmpty, match="Morning"):
        digest([], "Morning")


def test_sources_of_a_digest_are_read_without_bylines_of_their_own() -> None:
    assert digest_reading(ReadingSettings(byline=True, count_lists=True)) == ReadingSettings(count_lists=True)


# -- the file ------------------------------------------------------------------------------------------------


def test_a_book_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    talk = Block(
        BlockKind.PARAGRAPH,
        "Yes. „Ja, das ist wohl so“, I know.",
        passages=(Passage("Ja, das ist wohl so", "de"),),
        speeches=(Speech("Yes.", "Ann"), Speech("I know.", "Bo", enters=0.4)),
    )
    first = digest([BEES, WASPS], "Morning", doubts=["One was left out."])
    made = replace(first, chapters=(*first.chapters, Chapter(len(first.chapters), "Talk", 1, (talk,))))
    # Settings of reading have had their say when it was composed.
    back = read(tmp_path / "a.voxbook", book_file(made), byline=True, voice_tags=True, announce_quotes=True)
    assert replace(back, source=made.source) == made
    assert back.source.kind is SourceKind.BOOK
    assert book_file(made) == book_file(back)


def test_a_book_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(book_file(BEES))
    with path.open("rb") as stream:
        chosen, doubt = choose(take_sample(stream, ".bin", path.stat().st_size), "a.bin")
    assert (chosen.kind, doubt) == (SourceKind.BOOK, "")


def test_what_nobody_here_would_write_is_not_believed(tmp_path: Path) -> None:
    data = json.loads(book_file(digest([BEES], "Morning")))
    chapter = data["book"]["chapters"][1]
    chapter["level"], chapter["index"] = 99, -3
    chapter["blocks"][0] |= {"level": 50, "language": "../../etc"}
    chapter["blocks"][1] |= {
        "passages": [{"text": "not there", "language": "de"}],
        "speeches": [{"text": "By Ann Lee", "speaker": "Ann", "role": "speech", "enters": 1e300}],
    }
    data["book"]["origins"] = [
        {"chapter": 70, "source": {}},
        {"chapter": 1, "source": {"link": "javascript:x()"}},
    ]
    data["book"]["cover"] = {"media_type": "text/html", "data": "PHNjcmlwdD4="}
    back = read(tmp_path / "a.voxbook", json.dumps(data, separators=(",", ":")).encode())
    made = back.chapters[1]
    assert (made.index, made.level, made.blocks[0].level, made.blocks[0].language) == (1, 6, 6, None)
    assert made.blocks[1].passages == ()
    assert made.blocks[1].speeches[0].enters <= 60
    assert [(origin.chapter, origin.source.link) for origin in back.origins] == [(1, "")]
    assert back.cover is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'"version":1', b'"version":2'),
        lambda data: data.replace(b'"kind":"heading"', b'"kind":"spell"'),
        lambda data: data.replace(b'"chapters":[', b'"chapters":[[[[', 1),
    ],
)
def test_a_damaged_file_is_told(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    with pytest.raises(SourceBroken, match=r"a\.voxbook"):
        read(tmp_path / "a.voxbook", damage(book_file(BEES)))


def test_origins_count_the_chapters_that_are_left(tmp_path: Path) -> None:
    made = digest([BEES, ANTS], "Morning")
    mute = Chapter(1, "Mute", 1, (Block(BlockKind.PARAGRAPH, "* * *"),))
    chapters = (made.chapters[0], mute, *made.chapters[1:])
    moved = tuple(replace(origin, chapter=origin.chapter + 1) for origin in made.origins)
    back = read(tmp_path / "a.voxbook", book_file(replace(made, chapters=chapters, origins=moved)))
    assert [source and source.title for source in chapter_sources(back)] == [
        None,
        "How bees see",
        "How ants hear",
    ]


def test_a_large_cover_is_kept_small(tmp_path: Path) -> None:
    import io

    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (2000, 2000, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(noise).save(made, "PNG")
    assert len(made.getvalue()) > BOOK_FILE_COVER_BYTES
    back = read(tmp_path / "a.voxbook", book_file(replace(BEES, cover=Cover("image/png", made.getvalue()))))
    assert back.cover is not None
    with Image.open(io.BytesIO(back.cover.data)) as picture:
        assert max(picture.size) == BOOK_FILE_COVER_PIXELS


def test_a_source_that_fails_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The harbour lay quiet in the morning.")
    sources = [str(tmp_path / "a.txt"), str(tmp_path / "gone.txt")]
    books, doubts = open_several(sources, ReadingSettings(language="en"), FetchRules(tmp_path / "cache"))
    assert [book.metadata.title for book in books] == ["a"]
    assert len(doubts) == 1
    assert "gone.txt" in doubts[0]
    assert digest(books, "Morning", doubts=doubts).doubts == doubts
