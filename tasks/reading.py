"""Ingest and script: from a source to the plan that the catalog keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.errors import SourceEmpty
from pipeline.ingest import open_book, source_digest
from pipeline.model import ChapterScript, Voice
from pipeline.script import script_chapter
from pipeline.script.keys import take_key
from pipeline.serial import dump
from pipeline.speech.offers import Offer
from pipeline.speech.registry import spoken_by
from storage.rows import ChapterPlan, ChunkPlan, Production, ProductionState
from tasks.casting import kept_cast, narrator_of, players
from tasks.context import Context
from tasks.conversing import as_conversation, reading_of
from tasks.ears import ears_of
from tasks.keys import book_key, script_key
from tasks.lexicons import kept_lexicon
from tasks.music import music_keys
from tasks.offers import find_voice, planned_with
from tasks.options import options_of, require_watermark, told
from tasks.shelf import BookHead, keep_book, read_chapter, read_script, recall_book
from tasks.sources import source_copy


def ingest(context: Context, production: Production) -> None:
    """Read the source into a book, unless the very same source was read before. Raises ``SourceError``."""
    catalog, reading = context.store.catalog, reading_of(production.settings)
    catalog.set_state(production.id, ProductionState.INGESTING)
    with source_copy(context, production) as copy:
        info = source_digest(production.source, reading, context.fetch_rules, copy)
        key = book_key(info, reading)
        kept = recall_book(context.store, key)
        if kept is None:
            book = open_book(production.source, reading, context.fetch_rules, copy=copy)
            info, key = book.source, book_key(book.source, reading)  # of the bytes that were read just now
            kept = keep_book(context.store, key, book)
    head, keys = kept
    if not head.chapters:
        raise SourceEmpty(f"{production.source} has no text that can be narrated.")
    key, head, keys = as_conversation(context, production, key, head, keys)
    own = production.settings
    given = [key for key in (production.source_key, own.lexicon, own.cast, *music_keys(context, own)) if key]
    catalog.set_needs(production.id, [*keys, *given], replace=True)
    catalog.update(
        production.id,
        book_key=key,
        source_sha256=info.sha256,
        source_kind=info.kind.value,
        title=head.metadata.title,
        author=", ".join(head.metadata.authors),
        language=production.settings.reading.language or head.metadata.language,
    )


def script(context: Context, production: Production) -> None:
    """Make the reading plan, chapter by chapter, and commit it: the production's truth from here on."""
    catalog = context.store.catalog
    catalog.set_state(production.id, ProductionState.SCRIPTING)
    kept = recall_book(context.store, production.book_key)
    if kept is None:
        raise SourceEmpty(f"The text of {production.source} is gone from the store: run the command again.")
    head = kept[0]
    wanted = narrator_of(production.settings, kept_cast(context, production))
    offer = find_voice(context, wanted, production.language, shared=production.shared)
    offers = {offer.voice.name: offer}
    require_watermark(production.settings, offer.voice)
    plan = _plan(context, production, head, offer, offers)
    catalog.commit_plan(
        production.id,
        plan,
        ears_of(context, production),
        lambda: {"voice": offer.voice.name, "planned": planned_with(offers.values())},
    )
    if catalog.get(production.id).chunks == 0:
        raise SourceEmpty(f"{production.source} has no words that can be spoken.")


def _plan(
    context: Context, production: Production, head: BookHead, narrator: Offer, offers: dict[str, Offer]
) -> Iterator[ChapterPlan]:
    """The chapters' plans, one at a time; a chapter without a spoken word is left out. ``offers`` gets the voices."""
    voice, limits = narrator.voice, narrator.limits_in(production.language)
    pauses = production.settings.pauses
    store, index, needs = context.store, 0, []
    lexicon = kept_lexicon(context, production)
    chapters = (read_chapter(store, chapter) for chapter in head.chapters)
    readers = players(context, production, narrator, lexicon, chapters, head.hosts)
    for place, chapter in enumerate(head.chapters):
        whole = read_chapter(store, chapter)
        touching = lexicon.for_text(whole.text, voice.engine, ipa=limits.ipa)
        casting = readers.casting(whole, place)
        others = casting.inputs() if casting else ()
        key = script_key(chapter.digest, production.language, voice, limits, pauses, touching, others)
        if store.recall(key) is None:
            scripted = script_chapter(
                whole,
                language=production.language,
                voice=voice,
                limits=limits,
                pauses=pauses,
                lexicon=touching,
                casting=casting,
            )
            store.keep(key, "script", dump(scripted))
        else:
            scripted = read_script(store, key)
        if not scripted.chunks:
            continue
        needs.append(key)
        offers |= {chunk.voice: readers.offer(chunk.voice) for chunk in scripted.chunks}
        yield ChapterPlan(
            index=index,
            title=chapter.title,
            level=chapter.level,
            script_key=key,
            words=sum(len(chunk.words) for chunk in scripted.chunks),
            chunks=_chunk_plans(production, scripted, {name: one.voice for name, one in offers.items()}),
        )
        index += 1
    context.store.catalog.set_needs(production.id, needs, replace=False)


def _chunk_plans(
    production: Production, scripted: ChapterScript, voices: Mapping[str, Voice]
) -> tuple[ChunkPlan, ...]:
    for name in {chunk.voice for chunk in scripted.chunks}:
        require_watermark(production.settings, voices[name])
    return tuple(
        ChunkPlan(
            take_key=take_key(
                chunk, voices[chunk.voice], told(options_of(production.settings, chunk), voices[chunk.voice])
            ),
            engine=spoken_by(chunk.voice),
            voice=chunk.voice,
            characters=len(chunk.spoken),
        )
        for chunk in scripted.chunks
    )
