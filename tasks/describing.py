"""What is told of a kept book (``pipeline.compose.describe``), found once and then kept; and of its episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.compose.describe import DESCRIBE_VERSION, Description, describe
from pipeline.compose.origin import chapter_sources, sources_of
from pipeline.compose.soundbite import heard
from pipeline.llm import Ask
from pipeline.publish.podcast.show import Episode, EpisodeChapter
from pipeline.serial import dump, key_of, load
from storage.store import Store
from tasks.shelf import BookHead, read_book


def described(store: Store, head: BookHead, ask: Ask | None = None, model: str = "") -> Description:
    """The description of a book that is kept: by the language model ``model``, asked through ``ask``, or by extracts.

    What a model says is kept under its name. Where it failed nothing is, and the next time it is asked again. Raises
    ``BlobMissing``.
    """
    texts = [chapter.digest for chapter in head.chapters]
    key = key_of("description", DESCRIBE_VERSION, head.metadata, head.origins, texts, model if ask else "")
    kept = store.recall(key)
    if kept is not None:
        return load(Description, kept.detail)
    found = describe(read_book(store, head), ask)
    if found.by_model or ask is None:
        store.keep(key, "description", b"{}", dump(found))
    return found


def with_description(
    episode: Episode, head: BookHead, description: Description, transcript: Mapping[str, Any]
) -> Episode:
    """An episode with what is told of its book: summary, keywords, sources, titles and links of its chapters, and the
    soundbite where the transcript (``*.transcript.json``) has it."""
    bite = heard(transcript, description.soundbite) if description.soundbite else None
    return replace(
        episode,
        summary=description.summary or episode.summary,
        keywords=description.keywords,
        sources=sources_of(head),
        chapters=_chapters(episode, head, description),
        soundbite=bite,
    )


def _chapters(episode: Episode, head: BookHead, description: Description) -> tuple[EpisodeChapter, ...]:
    """Those of the audio; they are told apart from the book's by their titles where some of these are not in it."""
    sources = chapter_sources(head)
    waiting = list(range(len(head.chapters)))
    made = []
    for chapter in episode.chapters:
        place = next((i for i in waiting if head.chapters[i].title == chapter.title), None)
        if place is None:
            made.append(chapter)
            continue
        waiting = [i for i in waiting if i > place]
        source = sources[place]
        made.append(
            replace(
                chapter, title=description.chapter_titles[place], link=source.link if source else chapter.link
            )
        )
    return tuple(made)


__all__ = ["described", "with_description"]
