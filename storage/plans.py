"""The catalog's plans: the chapters and chunks of a production, and how far each chunk is.

Chunks are counted in thousands, sometimes in a million: nothing here holds all of them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select, update

from pipeline.errors import StorageError
from storage.artifacts import upsert_artifact
from storage.database import Database, batches, insert_into
from storage.patience import once
from storage.productions import production_row, set_fields, touch
from storage.rows import (
    KEPT,
    ChapterPlan,
    ChapterRow,
    ChunkRow,
    ChunkState,
    Made,
)
from storage.tables import ARTIFACT, CHAPTER, CHUNK, FAILURE, MASTERED, PRODUCTION

BATCH = 5_000
"""Chunks that are written, or read, at a time."""
SPOOL_BYTES = 16 * 1024 * 1024
"""Of a plan that waits to be written; what is beyond goes to a temporary file."""


_SECONDS = select(ARTIFACT.c.seconds).where(ARTIFACT.c.key == CHUNK.c.take_key).scalar_subquery()
_AFTER = (
    select(case((PRODUCTION.c.ears != "", ChunkState.SPOKEN.value), else_=ChunkState.DONE.value))
    .where(PRODUCTION.c.id == CHUNK.c.production_id)
    .scalar_subquery()
)
_DONE = {"state": _AFTER, "error": "", "seconds": func.coalesce(_SECONDS, 0.0)}
"""What a chunk becomes whose take is kept: done, or spoken where somebody is to listen first."""
_OPEN = (ChunkState.PLANNED, ChunkState.SPOKEN)


class Plans:
    """The part of the catalog that knows chapters and chunks."""

    database: Database

    # -- the plan ---------------------------------------------------------------------------------------

    @once
    def commit_plan(
        self,
        name: str,
        chapters: Iterable[ChapterPlan],
        ears: str = "",
        voices: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """Replace a production's plan by this one, in one transaction. Raises ``ProductionNotFound``.

        ``ears``: how strictly its takes are to be listened to; empty: not at all. Where that was otherwise
        before, every take that is kept counts as not yet listened to. ``voices`` gives the production's
        ``voice`` and what it was ``planned`` with, of which the chunks' keys are made; it is asked when all chapters
        were iterated.

        Exactly the chunks whose take is kept already are done. Attempts and failures of the former plan stay
        with the chunks that are still the same (by take key): a resumed production does not try a poison
        chunk for ever. No chapter counts as mastered any more; mastering one that did not change finds its
        audio kept. Chapters and chunks are iterated once, before anything is locked.
        """
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", encoding="utf-8") as spool:
            rows, totals = _write_spool(name, chapters, spool)
            self.database.patience.again(
                lambda: self._replace_plan(name, rows, {**totals, **voices()}, spool, ears)
            )

    def _replace_plan(
        self, name: str, rows: list[Any], totals: Mapping[str, int | str], spool: IO[str], ears: str
    ) -> None:
        spool.seek(0)
        with self.database.write() as connection:
            before = production_row(connection, name)
            if before.ears != ears:
                set_fields(connection, name, ears=ears)
                mine = (CHUNK.c.production_id == name) & CHUNK.c.state.in_(KEPT)
                connection.execute(update(CHUNK).where(mine).values(state=_AFTER, step=""))
            tried = _unfinished(connection, name)
            _replace_chapters(connection, name, rows)
            for line in spool:
                _replace_chunks(connection, name, json.loads(line))
            for key, values in tried.items():
                mine = (CHUNK.c.production_id == name) & (CHUNK.c.take_key == key)
                connection.execute(update(CHUNK).where(mine).values(**values))
            _settle(connection, name)
            connection.execute(delete(MASTERED).where(MASTERED.c.production_id == name))
            set_fields(connection, name, **totals)

    def chapters(self, name: str) -> list[ChapterRow]:
        """The planned chapters in order."""
        query = (
            select(*(CHAPTER.c[field] for field in ChapterRow.__slots__))
            .where(CHAPTER.c.production_id == name)
            .order_by(CHAPTER.c["index"])
        )
        with self.database.read() as connection:
            return [ChapterRow(*row) for row in connection.execute(query)]

    def chapter(self, name: str, index: int) -> ChapterRow:
        """One planned chapter. Raises ``StorageError`` when the plan has no such chapter."""
        query = select(*(CHAPTER.c[field] for field in ChapterRow.__slots__)).where(
            CHAPTER.c.production_id == name, CHAPTER.c["index"] == index
        )
        with self.database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise StorageError(
                f"The plan of production {name} has no chapter {index}: run the command again."
            )
        return ChapterRow(*row)

    def chunks(self, name: str, chapter: int) -> list[ChunkRow]:
        """The chunks of a chapter in order."""
        query = (
            select(*(CHUNK.c[field] for field in ChunkRow.__slots__))
            .where(CHUNK.c.production_id == name, CHUNK.c.chapter == chapter)
            .order_by(CHUNK.c["index"])
        )
        with self.database.read() as connection:
            return [_chunk(*row) for row in connection.execute(query)]

    def made(self, name: str) -> Made:
        """How far a production is, in sums: cheap enough to be asked several times a second."""
        return self.made_of([name])[name]

    def made_of(self, names: Iterable[str]) -> dict[str, Made]:
        """The same of many productions at once: a thousand of a thousand chunks each take less than a second."""
        found: dict[str, Made] = {}
        for some in batches(names, BATCH):
            with self.database.read() as connection:
                found |= _made(connection, some)
        return found

    # -- chapters on the broker -----------------------------------------------------------------------------

    def take_chapter(self, name: str) -> ChapterRow | None:
        """The next chapter that was not put on the broker in this run, and now counts as put there."""
        mine = CHAPTER.c.production_id == name
        columns = [CHAPTER.c[field] for field in ChapterRow.__slots__]
        query = select(*columns).where(mine & ~CHAPTER.c.published).order_by(CHAPTER.c["index"]).limit(1)
        with self.database.write() as connection:
            # One that another process is just taking is not waited for: it would be gone then, and none given.
            row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            chapter = ChapterRow(*row)
            here = mine & (CHAPTER.c["index"] == chapter.index)
            connection.execute(update(CHAPTER).where(here).values(published=True))
            return chapter

    def put_back_chapters(self, name: str) -> None:
        """No chapter counts as put on the broker any more."""
        with self.database.write() as connection:
            connection.execute(update(CHAPTER).where(CHAPTER.c.production_id == name).values(published=False))

    def characters_on_broker(self, name: str) -> int:
        """Characters that are still to be spoken, or listened to, of the chapters that were put on the broker."""
        there = select(CHAPTER.c["index"]).where(CHAPTER.c.production_id == name, CHAPTER.c.published)
        query = select(func.coalesce(func.sum(CHUNK.c.characters), 0)).where(
            CHUNK.c.production_id == name, CHUNK.c.state.in_(_OPEN), CHUNK.c.chapter.in_(there)
        )
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def engines_wanted(self, name: str) -> set[str]:
        """The engines of the chunks that are still to be spoken."""
        query = (
            select(CHUNK.c.engine)
            .where(CHUNK.c.production_id == name, CHUNK.c.state == ChunkState.PLANNED)
            .distinct()
        )
        with self.database.read() as connection:
            return set(connection.execute(query).scalars())

    def voices(self, name: str) -> list[str]:
        """The voices of the plan, in alphabetical order."""
        query = select(CHUNK.c.voice).where(CHUNK.c.production_id == name).distinct()
        with self.database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def first_chunks(self, name: str, voice: str, characters: int) -> list[ChunkRow]:
        """The first chunks of a voice in the plan, in order, until they have so many characters together."""
        query = (
            select(*(CHUNK.c[field] for field in ChunkRow.__slots__))
            .where(CHUNK.c.production_id == name, CHUNK.c.voice == voice)
            .order_by(CHUNK.c.chapter, CHUNK.c["index"])
            .limit(characters)  # each has one at least
        )
        found: list[ChunkRow] = []
        with self.database.read() as connection:
            for row in connection.execute(query):
                found.append(_chunk(*row))
                characters -= found[-1].characters
                if characters <= 0:
                    break
        return found

    def waits_for_ears(self, name: str) -> bool:
        """Whether there are takes that somebody has to listen to."""
        query = select(CHUNK.c["index"]).where(
            CHUNK.c.production_id == name, CHUNK.c.state == ChunkState.SPOKEN
        )
        with self.database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    # -- work on chunks ---------------------------------------------------------------------------------

    def begin_attempts(self, name: str, chapter: int, indexes: Iterable[int]) -> dict[int, int]:
        """Count one more attempt for each chunk, before the work begins; returns the new counts.

        Committed when this returns: a chunk that kills its process is counted, too.
        """
        change = update(CHUNK).values(attempts=CHUNK.c.attempts + 1)
        counts: dict[int, int] = {}
        with self.database.write() as connection:
            for batch in batches(indexes, BATCH):
                returned = change.where(_these(name, chapter, batch)).returning(
                    CHUNK.c["index"], CHUNK.c.attempts
                )
                counts.update((row[0], row[1]) for row in connection.execute(returned))
            touch(connection, name)
        return dict(sorted(counts.items()))

    def record_take(
        self,
        name: str,
        chapter: int,
        index: int,
        key: str,
        digest: str,
        size: int,
        detail: str | bytes = "",
        seconds: float = 0.0,
        *,
        spoke: str = "",
    ) -> None:
        """A take is kept: record its blob, and mark its chunk and every chunk like it done, at once.

        ``spoke``: the planned engine, where it was that one and none in its place; it works.
        """
        with self.database.write() as connection:
            upsert_artifact(connection, key, "take", digest, size, detail, seconds)
            _finish(connection, (CHUNK.c.take_key == key) & (CHUNK.c.step == ""))
            _finish(connection, _these(name, chapter, [index]))
            _forgive(connection, name, spoke)
            touch(connection, name)

    def count_engine_failure(self, name: str, engine: str) -> int:
        """An engine failed on one more chunk that it was to speak; on how many since it last spoke one."""
        row = {"production_id": name, "engine": engine, "in_row": 1}
        with self.database.write() as connection:
            change = insert_into(connection, FAILURE).values(row)
            change = change.on_conflict_do_update(
                index_elements=["production_id", "engine"], set_={"in_row": FAILURE.c.in_row + 1}
            )
            return int(connection.execute(change.returning(FAILURE.c.in_row)).scalar_one())

    def engine_spoke(self, name: str, engine: str) -> None:
        """An engine spoke a chunk after those that it failed on."""
        with self.database.write() as connection:
            _forgive(connection, name, engine)
            touch(connection, name)

    def engine_chunks(self, name: str) -> dict[str, int]:
        """How many chunks of the plan each engine is to speak."""
        query = select(CHUNK.c.engine, func.count()).where(CHUNK.c.production_id == name)
        with self.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(CHUNK.c.engine))}

    def mark_done_by_key(self, take_key: str) -> int:
        """Mark every chunk that has this take done, in every production; returns how many were not."""
        with self.database.write() as connection:
            return _finish(connection, (CHUNK.c.take_key == take_key) & (CHUNK.c.step == ""))

    # -- takes that are listened to -----------------------------------------------------------------------

    def spoken_again(self, name: str, take_key: str, step: str) -> None:
        """Another rendition of the chunks of that key is kept, or will not be: there is something to listen to."""
        mine = _like(name, take_key) & (CHUNK.c.state == ChunkState.PLANNED)
        with self.database.write() as connection:
            connection.execute(update(CHUNK).where(mine).values(state=ChunkState.SPOKEN, step=step))
            touch(connection, name)

    def speak_again(self, name: str, take_key: str, step: str) -> None:
        """Ears refused the chunks of that key: they are to be spoken in another way, with new attempts."""
        mine = _like(name, take_key) & (CHUNK.c.state == ChunkState.SPOKEN)
        again = {"state": ChunkState.PLANNED, "step": step, "attempts": 0}
        with self.database.write() as connection:
            connection.execute(update(CHUNK).where(mine).values(**again))
            touch(connection, name)

    def heard(self, name: str, take_keys: Iterable[str]) -> None:
        """Somebody listened to the chunks of these keys: they are done."""
        with self.database.write() as connection:
            for batch in batches(take_keys, BATCH):
                mine = (CHUNK.c.production_id == name) & CHUNK.c.take_key.in_(batch)
                spoken = mine & (CHUNK.c.state == ChunkState.SPOKEN)
                connection.execute(update(CHUNK).where(spoken).values(state=ChunkState.DONE, step=""))
            touch(connection, name)

    # -- chapters that are mastered -----------------------------------------------------------------------

    def chapter_mastered(self, name: str, chapter: int, codec: str, key: str) -> None:
        """The chapter's audio in that codec is kept under ``key``."""
        row = {"production_id": name, "chapter": chapter, "codec": codec, "key": key}
        with self.database.write() as connection:
            insertion = insert_into(connection, MASTERED).values(row)
            primary = ["production_id", "chapter", "codec"]
            connection.execute(insertion.on_conflict_do_update(index_elements=primary, set_={"key": key}))
            touch(connection, name)

    def mastered(self, name: str, codec: str) -> dict[int, str]:
        """The keys of the chapters' audio in that codec, by chapter."""
        query = select(MASTERED.c.chapter, MASTERED.c.key).where(
            MASTERED.c.production_id == name, MASTERED.c.codec == codec
        )
        with self.database.read() as connection:
            return {row.chapter: row.key for row in connection.execute(query)}

    def unmastered(self, name: str, codecs: Iterable[str]) -> int:
        """How many chapters are not mastered yet, counted once for each codec; all of them without a plan."""
        wanted = list(codecs)
        chapters = select(func.count()).select_from(CHAPTER).where(CHAPTER.c.production_id == name)
        there = select(func.count()).where(MASTERED.c.production_id == name, MASTERED.c.codec.in_(wanted))
        with self.database.read() as connection:
            planned = connection.execute(chapters).scalar_one() * len(wanted)
            return max(planned - connection.execute(there).scalar_one(), 0 if planned else 1)

    def forget_mastered(self, name: str) -> None:
        """Every chapter has to be mastered again (its gain changed)."""
        with self.database.write() as connection:
            connection.execute(delete(MASTERED).where(MASTERED.c.production_id == name))
            touch(connection, name)

    def chunk_failed(self, name: str, chapter: int, index: int, error: str) -> None:
        """The chunk is given up, and with it every chunk like it; one that is done stays done."""
        key = select(CHUNK.c.take_key).where(_these(name, chapter, [index])).scalar_subquery()
        alike = (CHUNK.c.production_id == name) & (CHUNK.c.take_key == key)
        open_ones = alike & CHUNK.c.state.not_in(KEPT)
        with self.database.write() as connection:
            connection.execute(update(CHUNK).where(open_ones).values(state=ChunkState.FAILED, error=error))
            touch(connection, name)


def _made(connection: Connection, names: list[str]) -> dict[str, Made]:
    done = CHUNK.c.state == ChunkState.DONE
    sums = (
        select(
            CHUNK.c.production_id,
            func.count(),
            func.count().filter(done),
            func.count().filter(CHUNK.c.state == ChunkState.FAILED),
            func.coalesce(func.sum(CHUNK.c.characters), 0),
            func.coalesce(func.sum(CHUNK.c.characters).filter(done), 0),
            func.coalesce(func.sum(CHUNK.c.seconds).filter(done), 0.0),
        )
        .where(CHUNK.c.production_id.in_(names))
        .group_by(CHUNK.c.production_id)
    )
    chapters = (
        select(CHAPTER.c.production_id, func.count())
        .where(CHAPTER.c.production_id.in_(names))
        .group_by(CHAPTER.c.production_id)
    )
    by_codec = (
        select(MASTERED.c.production_id, func.count())
        .where(MASTERED.c.production_id.in_(names))
        .group_by(MASTERED.c.production_id, MASTERED.c.codec)
    )
    planned: dict[str, int] = {row[0]: row[1] for row in connection.execute(chapters)}
    finished: dict[str, int] = {}
    for name, count in connection.execute(by_codec):
        finished[name] = min(count, finished.get(name, count))
    spoken = {row[0]: row[1:] for row in connection.execute(sums)}
    nothing = (0, 0, 0, 0, 0, 0.0)
    return {
        name: Made(planned.get(name, 0), finished.get(name, 0), *spoken.get(name, nothing)) for name in names
    }


def _write_spool(
    name: str, chapters: Iterable[ChapterPlan], spool: IO[str]
) -> tuple[list[Any], dict[str, int]]:
    """Write the chunks to ``spool``, a JSON list on each line; returns the chapters' rows and the sums."""
    rows: list[dict[str, Any]] = []
    for plan in chapters:
        count = characters = 0
        for batch in batches(plan.chunks, BATCH):
            lines = [
                (plan.index, count + i, chunk.take_key, chunk.engine, chunk.voice, chunk.characters)
                for i, chunk in enumerate(batch)
            ]
            json.dump(lines, spool, ensure_ascii=False, separators=(",", ":"))
            spool.write("\n")
            count += len(batch)
            characters += sum(chunk.characters for chunk in batch)
        rows.append(
            {
                "production_id": name,
                "index": plan.index,
                "title": plan.title,
                "level": plan.level,
                "script_key": plan.script_key,
                "words": plan.words,
                "chunks": count,
                "characters": characters,
            }
        )
    totals = {field: sum(row[field] for row in rows) for field in ("words", "chunks", "characters")}
    return rows, {**totals, "chapters": len(rows)}


def _replace_chapters(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    """Write the chapters, and remove the chunks that lie beyond them."""
    planned = {row["index"]: row["chunks"] for row in rows}
    mine = CHUNK.c.production_id == name
    former = select(CHAPTER.c["index"], CHAPTER.c.chunks).where(CHAPTER.c.production_id == name)
    for chapter, count in connection.execute(former).all():
        if count > planned.get(chapter, 0):
            beyond = mine & (CHUNK.c.chapter == chapter) & (CHUNK.c["index"] >= planned.get(chapter, 0))
            connection.execute(delete(CHUNK).where(beyond))
    connection.execute(delete(CHAPTER).where(CHAPTER.c.production_id == name))
    for batch in batches(rows, BATCH):
        connection.execute(insert(CHAPTER), batch)


def _replace_chunks(connection: Connection, name: str, rows: list[list[Any]]) -> None:
    """Write a run of one chapter's chunks; one that is as it was (most are, on a resume) costs a query."""
    (chapter, first), last = rows[0][:2], rows[-1][1]
    here = and_(
        CHUNK.c.production_id == name, CHUNK.c.chapter == chapter, CHUNK.c["index"].between(first, last)
    )
    columns = ("chapter", "index", "take_key", "engine", "voice", "characters")
    query = select(*(CHUNK.c[field] for field in columns)).where(here).order_by(CHUNK.c["index"])
    former = [list(row) for row in connection.execute(query)]
    if former == rows:
        return
    if former:
        connection.execute(delete(CHUNK).where(here))
    connection.execute(insert(CHUNK), [_chunk_values(name, *row) for row in rows])


def _settle(connection: Connection, name: str) -> None:
    """Chunks are done whose take is kept, and no others."""
    kept = select(ARTIFACT.c.key).where(ARTIFACT.c.key == CHUNK.c.take_key).exists()
    mine = update(CHUNK).where(CHUNK.c.production_id == name)
    there = mine.where(CHUNK.c.state.not_in(KEPT), CHUNK.c.step == "", kept)
    connection.execute(there.values(**_DONE))
    lost = mine.where(or_(CHUNK.c.state.in_(KEPT), CHUNK.c.step != ""), ~kept)
    connection.execute(lost.values(state=ChunkState.PLANNED, attempts=0, seconds=0.0, step=""))


def _chunk_values(
    name: str, chapter: int, index: int, take_key: str, engine: str, voice: str, characters: int
) -> dict[str, object]:
    return {
        "production_id": name,
        "chapter": chapter,
        "index": index,
        "take_key": take_key,
        "engine": engine,
        "voice": voice,
        "characters": characters,
        "state": ChunkState.PLANNED,
        "attempts": 0,
        "error": "",
        "seconds": 0.0,
        "step": "",
    }


def _unfinished(connection: Connection, name: str) -> dict[str, dict[str, object]]:
    """Attempts and failures by take key of the chunks that were tried and are not done."""
    query = select(CHUNK.c.take_key, CHUNK.c.state, CHUNK.c.attempts, CHUNK.c.error).where(
        CHUNK.c.production_id == name, CHUNK.c.state != ChunkState.DONE, CHUNK.c.attempts > 0
    )
    return {
        row.take_key: {"state": row.state, "attempts": row.attempts, "error": row.error}
        for row in connection.execute(query)
    }


def _forgive(connection: Connection, name: str, engine: str) -> None:
    connection.execute(delete(FAILURE).where(FAILURE.c.production_id == name, FAILURE.c.engine == engine))


def _these(name: str, chapter: int, indexes: Iterable[int]) -> Any:
    places = CHUNK.c["index"].in_(list(indexes))
    return and_(CHUNK.c.production_id == name, CHUNK.c.chapter == chapter, places)


def _like(name: str, take_key: str) -> Any:
    return and_(CHUNK.c.production_id == name, CHUNK.c.take_key == take_key)


def _finish(connection: Connection, which: Any) -> int:
    open_ones = which & CHUNK.c.state.not_in(KEPT)
    return connection.execute(update(CHUNK).where(open_ones).values(**_DONE)).rowcount


def _chunk(
    chapter: int,
    index: int,
    take_key: str,
    engine: str,
    voice: str,
    characters: int,
    state: str,
    attempts: int,
    error: str,
    step: str,
) -> ChunkRow:
    return ChunkRow(
        chapter, index, take_key, engine, voice, characters, ChunkState(state), attempts, error, step
    )
