"""A book becomes a conversation about it, where the settings ask for one: kept like a book, and read like one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.compose.origin import people, site_name
from pipeline.errors import ModelError, ProductionCancelled, SettingsError, SourceEmpty
from pipeline.model import Book, Chapter, Metadata, Origin
from pipeline.script.conversation.dialogue import dialogue, most_tokens
from pipeline.script.conversation.files import write_talk
from pipeline.script.conversation.interview import About, interview
from pipeline.script.conversation.sections import sections_of
from pipeline.script.conversation.talk import Talk
from pipeline.script.conversation.told import chapters_of, doubts_of
from pipeline.settings import ConversationSettings, ProductionSettings, ReadingSettings
from storage.rows import Production
from storage.settings import Settings
from storage.store import Store
from tasks.answers import Answers, local_model
from tasks.context import Context
from tasks.journal import JOURNAL
from tasks.keys import conversation_key
from tasks.shelf import BookHead, keep_book, read_chapter, read_cover, recall_book

log = logging.getLogger(__name__)

ARTICLE, INTERVIEW, DIALOGUE = "article", "interview", "dialogue"


def reading_of(settings: ProductionSettings) -> ReadingSettings:
    """What of the source is read: for a conversation without what a single voice would announce."""
    if settings.conversation.style == ARTICLE:
        return settings.reading
    return replace(
        settings.reading,
        byline=False,
        count_lists=False,
        announce_quotes=False,
        announce_pictures=False,
        announce_skipped=False,
        summarise_skipped=False,
    )


def as_conversation(
    context: Context, production: Production, key: str, head: BookHead, keys: Sequence[str]
) -> tuple[str, BookHead, list[str]]:
    """The key, the head and the keys of all pieces of what a production reads, given those of its source's
    book.

    That is the book itself, unless the settings ask for a conversation and it is none. Raises ``ModelError``
    when the language model fails, ``SettingsError`` when none is named, ``ProductionCancelled``.
    """
    wanted = production.settings.conversation
    if wanted.style == ARTICLE or head.hosts:
        return key, head, list(keys)
    language = production.settings.reading.language or head.metadata.language
    own = conversation_key(
        key, language, wanted, context.settings.llm_model if wanted.style == DIALOGUE else ""
    )
    kept = recall_book(context.store, own)
    if kept is None:
        about = about_of(head.metadata, language, production.source)
        chapters = [read_chapter(context.store, chapter) for chapter in head.chapters]
        made = talk_about(
            context.settings, wanted, about, chapters, context.store, _unless_cancelled(context, production)
        )
        talk = made.talk
        log.info("a conversation of %s turns, %s in doubt", len(talk.turns), len(talk.flagged), extra=JOURNAL)
        book = Book(
            source=head.source,
            metadata=replace(head.metadata, language=language),
            chapters=chapters_of(talk),
            skipped=head.skipped,
            cover=read_cover(context.store, head),
            doubts=(*head.doubts, *made.doubts, *doubts_of(talk)),
            origins=_origins(head, chapters, talk, about),
            hosts=talk.hosts,
            talk=write_talk(talk),
        )
        if not made.lasting:  # the next run asks the model again
            own = conversation_key(key, language, wanted, "")
        kept = keep_book(context.store, own, book)
        kept = kept[0], [*kept[1], *made.keys]
    return own, kept[0], [*keys, *kept[1]]


def _origins(head: BookHead, chapters: Sequence[Chapter], talk: Talk, about: About) -> tuple[Origin, ...]:
    """Where the conversation's chapters come from, where the book was composed of several sources: each
    begins with the first chapter that rests on one of its sentences."""
    found = []
    for place, origin in enumerate(head.origins):
        end = head.origins[place + 1].chapter if place + 1 < len(head.origins) else len(chapters)
        own = sections_of(chapters[origin.chapter : end], about.title, about.language)
        said = {sentence for section in own for sentence in section.sentences}
        for number, chapter in enumerate(talk.chapters):
            if any(said.intersection(turn.rests_on) for turn in chapter.turns):
                found.append(Origin(number, origin.source))
                break
    return tuple(sorted(found, key=lambda one: one.chapter))


def about_of(data: Metadata, language: str, source: str) -> About:
    """What a conversation is about: a ``source`` with this metadata, in ``language`` (BCP 47)."""
    return About(data.title, language, people(data.authors, site_name(data.site)), data.link or source)


@dataclass(frozen=True, slots=True)
class Made:
    """A conversation that was made."""

    talk: Talk
    doubts: tuple[str, ...] = ()
    """About all of it, one sentence each."""
    keys: tuple[str, ...] = ()
    """Under which answers of the model are kept."""
    lasting: bool = True
    """Whether it is what was asked for: not an interview where the model failed."""


def talk_about(
    settings: Settings,
    wanted: ConversationSettings,
    about: About,
    chapters: Iterable[Chapter],
    store: Store | None = None,
    proceed: Callable[[], None] = lambda: None,
) -> Made:
    """A conversation about a source with these chapters.

    The model's answers are kept in ``store``. ``proceed`` is called before each question; what it raises ends the
    work. Raises as ``as_conversation``, and ``SourceEmpty``.
    """
    sections = sections_of(chapters, about.title, about.language)
    if not sections:
        raise SourceEmpty(f"{about.source} has no sentences that a conversation could be about.")
    seconds = wanted.minutes * 60
    if wanted.style != DIALOGUE:
        return Made(interview(sections, about, wanted.hosts, seconds))
    shelf = Answers("dialogue", store)
    try:
        if not (settings.llm_url and settings.llm_model):
            raise SettingsError(
                "conversation.style is 'dialogue', but no model is named: set llm_url and llm_model, or use"
                " 'interview'."
            )
        local = local_model(settings, most_tokens(settings.llm_context))
        written = dialogue(
            sections,
            about,
            wanted,
            ask=local.ask,
            model=local.model,
            context=settings.llm_context,
            recall=shelf.recall,
            keep=shelf.keep,
            proceed=proceed,
        )
    except (ModelError, SettingsError) as error:
        if not wanted.fallback:
            raise
        log.warning("%s An interview is made instead.", error)
        said = f"No dialogue could be written, and this is an interview by rules: {error}"
        return Made(
            interview(sections, about, wanted.hosts, seconds), (said,), tuple(shelf.keys), lasting=False
        )
    return Made(written.talk, written.doubts, tuple(shelf.keys))


def _unless_cancelled(context: Context, production: Production) -> Callable[[], None]:
    def proceed() -> None:
        if context.store.catalog.cancelled(production.id):
            raise ProductionCancelled(f"The production of {production.source} was cancelled.")

    return proceed
