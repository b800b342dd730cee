"""The mastered chapters become an edition."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import overload

from pipeline.audio.loudness import total
from pipeline.errors import PublishError
from pipeline.model import Chapter, Loudness, SourceKind, Voice
from pipeline.publish.edition import publish
from pipeline.publish.names import people
from pipeline.publish.plan import ChapterFiles, Edition, EditionPlan
from pipeline.publish.report import EDITION
from pipeline.speech.registry import facts_or_unknown
from storage.rows import ChapterRow, Production, ProductionState
from storage.store import Store
from tasks.casting import kept_quotations
from tasks.checked import checked
from tasks.context import Context
from tasks.doubts import Reported, judged
from tasks.episodes import publish_made
from tasks.keys import edition_key
from tasks.levels import correct_level, gain_of, loudness_doubt, voices_of
from tasks.mastering import Mastered, encoder, mastered
from tasks.offers import voice_of
from tasks.options import codecs, speaking_options, told, watermark_of
from tasks.remarks import Remark, found, remark_of, remarks_of
from tasks.shelf import BookHead, read_chapter, read_cover, read_script, read_talk, recall_book
from tasks.sources import source_file

MOST_NARRATORS = 6
"""Voices that tags name."""
REMEMBERED = 64
"""Chapters of which is kept in memory what the catalog says: articles have no more."""


def is_complete(context: Context, production: Production) -> bool:
    """Whether every chapter is mastered in every codec."""
    return not context.store.catalog.unmastered(production.id, codecs(production.settings))


def publish_edition(context: Context, production: Production) -> bool:
    """Write the edition; False when chapters have to be mastered again first (loudness missed, audio damaged)."""
    if not is_complete(context, production):
        return False  # its process died in the middle of that, and here is its task again
    store = context.store
    chapters = store.catalog.chapters(production.id)
    main = codecs(production.settings)[0]
    keys = {codec: store.catalog.mastered(production.id, codec) for codec in codecs(production.settings)}
    if any(store.recall_sound(key) is None for codec in keys.values() for key in codec.values()):
        return False
    whole = _Chapters(context, production, chapters, keys)
    if not all(whole.has(chapter) for chapter in chapters):
        return False
    made = total(whole.master(chapter, main).encoded.loudness for chapter in chapters)
    if correct_level(context, production, made):
        return False
    kept = recall_book(store, production.book_key)
    if kept is None:
        raise PublishError(f"The text of {production.source} is gone from the store: run the command again.")
    head, voices = kept[0], _voices(context, production)
    looked_at = checked(context, production, chapters)
    said = judged(store, production.id, chapters)
    everything = [*_whole_book(production, head, voices, made), *looked_at.doubts(), *said.doubts]
    settled = remarks_of(context, production).accepted
    doubts = [doubt for doubt in everything if remark_of(doubt) not in settled]
    plan = EditionPlan(
        metadata=head.metadata,
        source=replace(head.source, kind=SourceKind.TALK) if head.hosts else head.source,
        cover=read_cover(store, head),
        narrator=_narrators(context, production, voices),
        chapters=whole,
        settings=production.settings,
        report={
            **_report(context, production, head, voices, doubts, said.mended),
            "checks": looked_at.told(),
            "accepted": [
                *(_told(doubt) for doubt in everything if remark_of(doubt) in settled),
                *map(_told, said.accepted),
            ],
        },
        clones=[voice for voice in voices if voice.consent],
        accepted=frozenset(remark.said for remark in settled if remark.fault == EDITION),
        texts=_Texts(store, chapters, head),
        talk=read_talk(store, head),
        open_source=partial(source_file, context, production, head.source),
    )
    edition = publish(plan, Path(production.output))
    _finish(context, production, head, voices, edition, doubts)
    return True


def _finish(
    context: Context,
    production: Production,
    head: BookHead,
    voices: Sequence[Voice],
    edition: Edition,
    doubts: Sequence[Reported],
) -> None:
    catalog = context.store.catalog
    found(
        context,
        production,
        [
            *(remark for doubt in doubts if (remark := remark_of(doubt))),
            *(Remark(EDITION, said) for said in edition.doubts),
        ],
    )
    key = edition_key(head.source, production.settings, voices, encoder())
    catalog.update(
        production.id,
        edition_key=key,
        edition_folder=str(edition.folder),
        audio_seconds=edition.duration,
        doubts=len(doubts) + len(edition.doubts),
    )
    # Before it is done, so that nobody stops waiting for it.
    publish_made(context, catalog.get(production.id), head)
    doubtful = bool(doubts or edition.doubts)
    catalog.set_state(production.id, ProductionState.DONE_WITH_DOUBTS if doubtful else ProductionState.DONE)


def _narrators(context: Context, production: Production, voices: Sequence[Voice]) -> str:
    """Who reads, for tags: with a cast, the others after the narrator; split by Audiobookshelf as authors are."""
    reading = voices if production.settings.cast else [voice_of(context, production)]
    plain = (re.sub(r"\s*[,;&]+\s*", " ", voice.description or voice.id) for voice in reading)
    named = [f"{name} ({voice.engine})" for name, voice in zip(plain, reading, strict=True)]
    first = dict.fromkeys(named[:MOST_NARRATORS])
    return people([*first, *(["others"] if len(named) > MOST_NARRATORS else [])])


def _report(
    context: Context,
    production: Production,
    head: BookHead,
    voices: Sequence[Voice],
    doubts: Sequence[Reported],
    mended: Sequence[Reported],
) -> dict[str, object]:
    voice = voice_of(context, production)
    return {
        "production": production.id,
        "voices": [_told_of(context, production, one) for one in voices],
        "skipped": [{"kind": s.kind, "count": s.count, "words": s.words} for s in head.skipped],
        "doubts": [_told(doubt) for doubt in doubts],
        "doubts_total": len(doubts),
        **_quotations(context, production),
        "mended": [_told(fault) for fault in mended],
        # As it is by now: the last chapter's mastering counts its seconds when this has already begun.
        "stage_seconds": dict(context.store.catalog.get(production.id).stage_seconds),
        "versions": {
            "voxpress": version("voxpress"),
            "python": platform.python_version(),
            "ffmpeg": encoder(),
            "engine": voice.revision,
        },
    }


def _quotations(context: Context, production: Production) -> dict[str, object]:
    """What became of them, where a cast reads and there are any."""
    kept = kept_quotations(context, production)
    return {"quotations": {**asdict(kept), "unknown": kept.unknown}} if kept else {}


def _voices(context: Context, production: Production) -> list[Voice]:
    """All that the book was planned with."""
    return [voice_of(context, production, name) for name in voices_of(context, production)]


def _told_of(context: Context, production: Production, voice: Voice) -> dict[str, object]:
    """A voice for the report."""
    entry: dict[str, object] = {
        "name": voice.name,
        "revision": voice.revision,
        "licence": voice.licence,
        "gain_db": round(gain_of(context, production, voice.name), 2),
        "commercial": facts_or_unknown(voice.engine).commercial,
        "watermark": watermark_of(production.settings, voice),
    }
    if parameters := told(speaking_options(production.settings), voice).parameters:
        entry["parameters"] = dict(parameters)
    if voice.consent:
        entry["consent"] = asdict(voice.consent)
    return entry


def _whole_book(
    production: Production, head: BookHead, voices: Sequence[Voice], made: Loudness
) -> Iterator[Reported]:
    """What is in doubt of the book as a whole."""
    yield from (Reported("source", doubt) for doubt in head.doubts)
    for one in voices:
        if one.caveat:
            yield Reported("voice", f"{one.name}: {one.caveat}")
    if off := loudness_doubt(production, made):
        yield Reported("loudness-missed", off)


def _told(doubt: Reported) -> dict[str, object]:
    """A doubt for the report; ``place`` becomes ``start`` there, in the main file's time."""
    told: dict[str, object] = {
        "chapter": doubt.chapter,
        "text": doubt.text,
        "fault": doubt.fault,
        "said": doubt.said,
    }
    return {**told, "place": doubt.place} if doubt.place else told


class _Chapters(Sequence[ChapterFiles]):
    """The chapters' files, looked up one at a time; once each where they are few."""

    def __init__(
        self,
        context: Context,
        production: Production,
        rows: Sequence[ChapterRow],
        keys: Mapping[str, Mapping[int, str]],
    ) -> None:
        self._context, self._production, self._rows, self._keys = context, production, rows, keys
        self._found: dict[tuple[int, str], Mastered | None] | None = {} if len(rows) <= REMEMBERED else None

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> ChapterFiles: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ChapterFiles]: ...
    def __getitem__(self, index: int | slice) -> ChapterFiles | Sequence[ChapterFiles]:
        if isinstance(index, slice):
            return _Chapters(self._context, self._production, self._rows[index], self._keys)
        kept = {codec: self.master(self._rows[index], codec) for codec in self._keys}
        blobs = self._context.store.blobs
        return ChapterFiles(
            encoded={codec: one.encoded for codec, one in kept.items()},
            paths={codec: blobs.local_path(one.audio.digest) for codec, one in kept.items()},
            segments=blobs.local_path(next(iter(kept.values())).segments.digest),
        )

    def has(self, chapter: ChapterRow) -> bool:
        """Whether a chapter and all its takes are there; a take may have been forgotten since it was mastered."""
        return all(self._kept(chapter, codec) for codec in self._keys)

    def master(self, chapter: ChapterRow, codec: str) -> Mastered:
        """A chapter in one codec. Raises ``PublishError``."""
        kept = self._kept(chapter, codec)
        if kept is None:
            raise PublishError(
                f'The audio of the chapter "{chapter.title}" is gone from the store: run the command again.'
            )
        return kept

    def _kept(self, chapter: ChapterRow, codec: str) -> Mastered | None:
        if self._found is None:
            return self._look_up(chapter, codec)
        if (chapter.index, codec) not in self._found:
            self._found[chapter.index, codec] = self._look_up(chapter, codec)
        return self._found[chapter.index, codec]

    def _look_up(self, chapter: ChapterRow, codec: str) -> Mastered | None:
        key = self._keys[codec].get(chapter.index)
        return mastered(self._context, self._production, chapter, codec, key) if key else None


class _Texts(Sequence[Chapter]):
    """What is narrated in the chapters, looked up one at a time. Raises ``BlobMissing``."""

    def __init__(self, store: Store, rows: Sequence[ChapterRow], head: BookHead) -> None:
        self._store, self._rows = store, rows
        self._heads = {chapter.index: chapter for chapter in head.chapters}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Chapter: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Chapter]: ...
    def __getitem__(self, index: int | slice) -> Chapter | Sequence[Chapter]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        scripted = read_script(self._store, self._rows[index].script_key)
        return read_chapter(self._store, self._heads[scripted.index])
