"""Books that were composed, and what is told of them, as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.compose.digest import digest
from pipeline.compose.origin import chapter_sources, source_of, sources_of
from pipeline.errors import ModelError
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.publish.podcast.show import Episode, EpisodeChapter, EpisodeFile
from storage.settings import Settings
from storage.store import Store
from tasks.describing import described, with_description
from tasks.shelf import keep_book, read_book, recall_book

TEXT = "Honey bees of the valley find their way by the pattern of light that the sun makes in the sky. " * 2
KEY = "a" * 64
ANSWER = '{"summary": "Honey bees find their way by the pattern of light in the sky of the valley."}'


def article(title: str) -> Book:
    return Book(
        SourceInfo(SourceKind.WEB, f"https://example.org/{title}", "0" * 64),
        Metadata(title, language="en", authors=("Ann Lee",), site="Example", licence="CC BY 4.0"),
        (Chapter(0, title, 1, (Block(BlockKind.PARAGRAPH, TEXT),)),),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(Settings(home=tmp_path / "home"))
    yield store
    store.catalog.close()


def test_a_kept_digest_knows_its_sources(store: Store) -> None:
    made = digest([article("Bees"), article("Ants")], "Morning")
    keep_book(store, KEY, made)
    kept = recall_book(store, KEY)
    assert kept is not None
    head = kept[0]
    assert sources_of(head) == sources_of(made) == (source_of(article("Bees")), source_of(article("Ants")))
    assert chapter_sources(head) == chapter_sources(made)
    assert read_book(store, head) == made


def test_a_description_is_found_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = keep_book(store, KEY, article("Bees"))
    found = described(store, head)
    assert found.summary.startswith("Honey bees of the valley")
    monkeypatch.setattr("tasks.describing.describe", lambda *_: pytest.fail("it was kept"))
    assert described(store, head) == found


def test_a_model_is_asked_once_and_again_where_it_failed(store: Store) -> None:
    head, _ = keep_book(store, KEY, article("Bees"))
    asked: list[Sequence[Mapping[str, str]]] = []

    def away(messages: Sequence[Mapping[str, str]]) -> str:
        raise ModelError("The language model cannot be reached.")

    def model(messages: Sequence[Mapping[str, str]]) -> str:
        asked.append(messages)
        return ANSWER

    failed = described(store, head, away, "small")
    assert (failed.by_model, len(failed.doubts)) == (False, 1)
    assert described(store, head, model, "small").by_model
    assert described(store, head, model, "small").summary.startswith("Honey bees find")
    assert len(asked) == 1
    assert not described(store, head).by_model


def test_an_episode_is_told_what_its_book_is_told(store: Store) -> None:
    head, _ = keep_book(store, KEY, digest([article("Bees"), article("Ants")], "Morning"))
    starts = [0.0, 10.0, 40.0]
    texts = ["Morning 2 articles", f"First: Bees {TEXT}", f"And last: Ants {TEXT}"]
    draft = Episode(
        guid="g", number=1, title="Morning", stem="morning", published=datetime(2026, 11, 3, tzinfo=UTC),
        duration=70.0,
        summary="", language="en", audio=EpisodeFile("morning.mp3", 1, "audio/mpeg"),
        chapters=tuple(
            EpisodeChapter(chapter.title, start, start + 10)
            for chapter, start in zip(head.chapters, starts, strict=True)
        ),
    )  # fmt: skip
    transcript = {
        "chapters": [
            {
                "segments": [
                    {
                        "words": [
                            {"text": word, "start": start + i / 2, "end": start + i / 2 + 0.4}
                            for i, word in enumerate(text.split())
                        ]
                    }
                ]
            }
            for text, start in zip(texts, starts, strict=True)
        ]
    }
    made = with_description(draft, head, described(store, head), transcript)
    assert made.summary == "Bees, by Ann Lee; Ants, by Ann Lee"
    assert [source.licence for source in made.sources] == ["CC BY 4.0", "CC BY 4.0"]
    assert [chapter.link for chapter in made.chapters] == [
        "",
        "https://example.org/Bees",
        "https://example.org/Ants",
    ]
    assert made.soundbite is not None
    assert made.soundbite.start == 11.0
    assert "bees" in " ".join(made.keywords).lower()
