"""A batch of chunks becomes takes: each is kept the moment it is there, and no failure sinks the rest."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from pipeline.audio.prepare import prepare
from pipeline.audio.wav import wav_bytes
from pipeline.check.policy import Step, best_of, first_step, is_good, next_step
from pipeline.check.reference import Reference
from pipeline.check.signal import check_samples_of
from pipeline.errors import (
    EngineUnavailable,
    ProductionCancelled,
    SpeechError,
    SpeechFailed,
    VoxpressError,
)
from pipeline.model import Chunk, Doubt, PreparedTake, SpeakingOptions, Take, Voice
from pipeline.script.sentences import primary_language
from pipeline.serial import dump
from pipeline.speech.engine import Engine
from pipeline.speech.registry import engine_for, find_voice
from storage.catalog import Catalog
from storage.rows import ChunkRow, Production
from tasks import counters
from tasks.breaker import broken, is_broken
from tasks.claims import Claims, claims_folder
from tasks.context import Context
from tasks.lookahead import ahead
from tasks.offers import speaker
from tasks.options import options_of, told
from tasks.references import is_usual, reference_of
from tasks.renditions import (
    ProcessKilled,
    Rendition,
    TakeDoubted,
    by_another,
    faults_of,
    joined,
    reason_of,
    unexpected,
)
from tasks.retakes import key_at, step_of
from tasks.rounds import SEEDS, rounds_of
from tasks.shelf import read_script
from tasks.warming import wait_for_warmth

log = logging.getLogger(__name__)

CANCEL_SECONDS = 1.0
"""How often a batch looks whether somebody cancelled it."""
LEAST_ATTEMPTS = 2
"""Once with its batch, once alone: only then is it known which chunk of the batch kills its process."""
AHEAD = 3
"""Takes that a GPU or a server makes while those before are checked and stored; all of them are spoken once more
when the process is killed."""
FALLBACK_VOICE = "espeak"
"""The engine of last resort: it speaks everything and is part of every installation."""

Tried = tuple[ChunkRow, SpeechFailed | None]
"""A chunk that was spoken as planned, and why its take is none; None where it was kept."""
_NEXT = {
    Step.NEW_SEED: "another seed",
    Step.SENTENCES: "sentence by sentence",
    Step.FALLBACK: "another engine",
    Step.KEEP_BEST: "the best take is kept, with its doubts",
    Step.GIVE_UP: "silence and a doubt",
}


def speak_batch(context: Context, production: Production, chapter: int, first: int, count: int) -> None:
    """Speak the chunks ``first`` to ``first + count - 1`` of a chapter that have the first one's voice and no take.

    Raises ``ProductionCancelled``, ``VoiceNotFound``, ``VoiceChanged`` and ``EngineUnavailable``.
    """
    catalog = context.store.catalog
    rows = [row for row in batch_of(catalog, production, chapter, first, count) if row.state == "planned"]
    unique = list({row.take_key: row for row in reversed(rows)}.values())[::-1]
    rows = [row for row in unique if not _adopt(context, production, row)]
    if not rows:
        return
    wait_for_warmth()
    script = read_script(context.store, catalog.chapter(production.id, chapter).script_key)
    batch = _Batch(context, production, chapter, script.chunks)
    with Claims(claims_folder(context.settings.run_dir)) as claims:
        ours = claims.take(row.take_key for row in rows)
        batch.speak([row for row in rows if row.take_key in ours and row.attempts == 0 and not row.step])
        # A chunk that was begun before and has no end may be what killed its process: each of these is begun
        # alone, so that the count of the guilty one rises and the innocent are spoken.
        for row in rows:
            if row.take_key in ours and row.step:
                batch.speak_again(row)
            elif row.take_key in ours and row.attempts > 0:
                batch.speak([row])
    for row in rows:
        if row.take_key not in ours:
            with Claims(claims_folder(context.settings.run_dir)) as claims:
                claims.wait(row.take_key)
                if _adopt(context, production, row):
                    continue
                if row.step:
                    batch.speak_again(row)
                else:
                    batch.speak([row])


def batch_of(
    catalog: Catalog, production: Production, chapter: int, first: int, count: int
) -> list[ChunkRow]:
    """The chunks ``first`` to ``first + count - 1`` of a chapter that have the voice of the first."""
    rows = [row for row in catalog.chunks(production.id, chapter) if first <= row.index < first + count]
    return [row for row in rows if row.voice == rows[0].voice]


def _adopt(context: Context, production: Production, row: ChunkRow) -> bool:
    """Use a take that is there: made for an equal chunk, or kept by a process that was killed before it could
    book it."""
    if context.store.recall(key_at(row.take_key, step_of(row))) is None:
        return False
    if row.step:
        context.store.catalog.set_needs(production.id, [key_at(row.take_key, step_of(row))], replace=False)
        context.store.catalog.spoken_again(production.id, row.take_key, row.step)
        return True
    context.store.catalog.mark_done_by_key(row.take_key)
    return True


class _Batch:
    """The chunks of one chapter, and the engine that speaks them."""

    def __init__(
        self, context: Context, production: Production, chapter: int, chunks: Sequence[Chunk]
    ) -> None:
        self.context, self.production, self.chapter, self.chunks = context, production, chapter, chunks
        self.limit = max(LEAST_ATTEMPTS, context.settings.attempts)
        self.references: dict[str, Reference | None] = {}
        self.rounds = rounds_of(context, production)
        self._looked = 0.0

    def speak(self, rows: Sequence[ChunkRow]) -> None:
        """Speak these chunks in order; what fails goes down the ladder of ``pipeline.check.policy``."""
        pending = list(rows)
        if not pending:
            return
        self._stop_if_cancelled()
        attempts = self.context.store.catalog.begin_attempts(
            self.production.id, self.chapter, [row.index for row in pending]
        )
        if len(pending) == 1 and attempts[pending[0].index] > self.limit:
            self._take_care(pending[0], attempts[pending[0].index])
            return
        while pending:
            self._stop_if_cancelled()
            (options, _), alike = next(groupby(pending, key=lambda row: (self._options(row), row.voice)))
            tried = self._run(list(alike), options)
            self._climb_all(tried)
            pending = pending[len(tried) :]

    def _climb_all(self, tried: Sequence[Tried]) -> None:
        """Find another way for each chunk that has no take, as if it had been done before the next was spoken."""
        spoke = failed = False
        for row, error in tried:
            if error is None:
                spoke = True
                continue
            if spoke:
                self.context.store.catalog.engine_spoke(self.production.id, row.engine)
            spoke, failed = False, True
            self._climb(row, error)
        if spoke and failed:
            self.context.store.catalog.engine_spoke(self.production.id, tried[-1][0].engine)

    def speak_again(self, row: ChunkRow) -> None:
        """Speak a chunk that ears refused in the way its ``step`` says; where that fails, ears choose another."""
        self._stop_if_cancelled()
        self._voice(row.voice)  # one that is not here, or another one, is not the failure of a chunk
        chunk, step = self.chunks[row.index], step_of(row)
        attempts = self.context.store.catalog.begin_attempts(self.production.id, self.chapter, [row.index])
        rendition = None
        if attempts[row.index] <= self.limit:  # else it kills its process in this way
            try:
                rendition = self._rendition(row, chunk, step)
            except SpeechError as error:
                log.warning("chunk %s, %s: %s", row.index + 1, step.value, error)
            except (VoxpressError, OSError):
                raise
            except Exception:
                log.exception("chunk %s, %s", row.index + 1, step.value)
        if rendition is None:
            self.context.store.catalog.spoken_again(self.production.id, row.take_key, step.value)
            return
        prepared = rendition.prepared
        self.context.store.keep_retake(
            *(self.production.id, row.take_key, step.value, key_at(row.take_key, step)),
            *(wav_bytes(rendition.pcm, prepared.sample_rate), dump(prepared), prepared.duration),
        )
        counters.add("retries", row.engine, "unlike", step.value)
        counters.add("takes", rendition.voice.engine)

    def _rendition(self, row: ChunkRow, chunk: Chunk, step: Step) -> Rendition:
        fallback = self._fallback(chunk, row) if step is Step.FALLBACK else None
        voice = fallback or self._voice(row.voice)
        rendition = self._prepared(chunk, self._retake(row, chunk, voice, step), voice)
        if not fallback:
            return rendition
        unlike = SpeechFailed(f"The voice {row.voice} did not say its words.")
        other = by_another(rendition, unlike)
        return replace(other, prepared=replace(other.prepared, voice=fallback.name))

    def _is_kept(self, prepared: PreparedTake) -> bool:
        """Whether a take is not spoken again: nothing is, for its doubts, where checks are off."""
        return self.production.settings.check.by == "off" or is_good(prepared.doubts)

    def _take_care(self, row: ChunkRow, attempts: int) -> None:
        """A chunk that was begun too often must be what kills its process: leave it to the fallback."""
        fallback = self._fallback(self.chunks[row.index], row)
        error = ProcessKilled("Its process was killed every time it was tried.")
        if first_step(attempts, self.limit, fallback=fallback is not None) is Step.FALLBACK:
            self._climb(row, error, Step.SENTENCES)
        else:
            self._give_up(row, str(error))
            self._stop_if_broken(row, error)

    def _run(self, rows: Sequence[ChunkRow], options: SpeakingOptions) -> list[Tried]:
        """Speak as planned, up to where something fails; return what became of each chunk until then."""
        voice = self._voice(rows[0].voice)
        engine = engine_for(voice, self.context.engines)
        chunks, depth = [self.chunks[row.index] for row in rows], self._depth(engine)
        tried: list[Tried] = []
        began = time.monotonic()
        try:
            spoken = engine.speak(chunks, voice, told(options, voice))
            with ahead(spoken, depth) as takes:
                for row, chunk, take in zip(rows, chunks, takes, strict=True):
                    tried.append((row, self._keep_or_refuse(row, chunk, take, voice)))
                    began = _spent(voice, began)
                    self._stop_if_cancelled()
                    if tried[-1][1] and not depth:
                        break  # else those after it are made already, and may be good
        except (VoxpressError, OSError) as error:
            if not isinstance(error, SpeechFailed):
                raise
            tried += [(row, error) for row in rows[len(tried) :][:1]]
        except Exception as error:
            # Also zip(strict=True): the engine gave fewer or more takes than it was given chunks.
            log.exception("after %s of %s chunks", len(tried), len(rows))
            tried += [(row, unexpected(voice, error)) for row in rows[len(tried) :][:1]]
        finally:
            _spent(voice, began)
        return tried

    def _keep_or_refuse(self, row: ChunkRow, chunk: Chunk, take: Take, voice: Voice) -> SpeechFailed | None:
        """Keep a take that is good; returns why one that is not is none."""
        try:
            rendition = self._prepared(chunk, take, voice)
            if not self._is_kept(rendition.prepared):
                return TakeDoubted(chunk, rendition)
            self._keep(row, rendition)
        except SpeechFailed as error:
            return error
        except (VoxpressError, OSError):
            raise
        except Exception as error:
            log.exception("chunk %s", row.index + 1)
            return unexpected(voice, error)
        return None

    def _depth(self, engine: Engine) -> int:
        """How many takes are made ahead: on a core that speaks itself it would only cost."""
        return AHEAD if engine.facts.server or self.context.engines.device != "cpu" else 0

    def _climb(self, row: ChunkRow, error: SpeechFailed, step: Step = Step.AS_PLANNED) -> None:
        """Try the other ways to speak one chunk, after ``step``, until one is good; then the best that there is is
        kept, or silence and a doubt."""
        chunk, cause = self.chunks[row.index], error
        fallback = self._fallback(chunk, row)
        made: list[Rendition] = []
        faults: list[Doubt] = []
        while True:
            if isinstance(error, TakeDoubted):
                made.append(error.rendition)
            faults += faults_of(error)
            cause = cause if step is Step.FALLBACK else error  # why the planned engine failed
            best = made[best_of([one.prepared.doubts for one in made])] if made else None
            step = next_step(
                step,
                sentences=len(chunk.sentences),
                fallback=fallback is not None,
                best=best.prepared.doubts if best else None,
            )
            log.warning("chunk %s: %s Next: %s.", row.index + 1, error, _NEXT[step])
            counters.add("retries", row.engine, reason_of(error), step.value)
            if step is Step.GIVE_UP:
                self._give_up(row, str(error))
                break
            if step is Step.KEEP_BEST and best:
                self._keep(row, best, faults)
                if best.voice.name == row.voice:
                    return
                break
            voice = fallback if step is Step.FALLBACK and fallback else self._voice(row.voice)
            try:
                rendition = self._prepared(chunk, self._retake(row, chunk, voice, step), voice)
                if step is Step.FALLBACK:
                    rendition = by_another(rendition, cause)
                if not self._is_kept(rendition.prepared):
                    raise TakeDoubted(chunk, rendition)
                self._keep(row, rendition, faults)
                if step is Step.FALLBACK:
                    break
                return
            except SpeechFailed as failure:
                error = failure
            except SpeechError as failure:
                error = SpeechFailed(str(failure))
            except (VoxpressError, OSError):
                raise
            except Exception as failure:
                log.exception("chunk %s", row.index + 1)
                error = unexpected(voice, failure)
        self._stop_if_broken(row, cause)

    def _stop_if_broken(self, row: ChunkRow, cause: SpeechFailed) -> None:
        """The planned engine could not speak a chunk. Raises ``EngineUnavailable`` when that goes on and on."""
        chunk, production = self.chunks[row.index], self.production
        if primary_language(chunk.language) != primary_language(production.language):
            return  # a passage in another language says nothing about the engine
        catalog = self.context.store.catalog
        in_row = catalog.count_engine_failure(production.id, row.engine)
        killed = isinstance(cause, ProcessKilled)
        if is_broken(in_row, row.engine, catalog.engine_chunks(production.id), killed=killed):
            raise EngineUnavailable(broken(row.engine, production.id, in_row, str(cause), killed=killed))

    def _options(self, row: ChunkRow, step: Step = Step.AS_PLANNED) -> SpeakingOptions:
        more = 1 if step is Step.NEW_SEED else 0
        options = options_of(self.production.settings, self.chunks[row.index])
        return replace(options, seed=options.seed + SEEDS * self.rounds.get(row.take_key, 0) + more)

    def _retake(self, row: ChunkRow, chunk: Chunk, voice: Voice, step: Step) -> Take:
        engine = engine_for(voice, self.context.engines)
        options = self._options(row, step)
        pieces = [chunk]
        if step is Step.SENTENCES:
            pieces = [replace(chunk, sentences=(sentence,)) for sentence in chunk.sentences]
        began = time.monotonic()
        try:
            takes = list(engine.speak(pieces, voice, told(options, voice)))
        finally:
            _spent(voice, began)
        for piece, take in zip(pieces, takes, strict=False):
            check_samples_of(take, piece, voice.sample_rate)  # one silent sentence would pass between others
        return takes[0] if len(takes) == 1 else joined(takes, self.production.settings.pauses.sentence)

    def _prepared(self, chunk: Chunk, take: Take, voice: Voice) -> Rendition:
        """A take, checked. Raises ``TakeRefused``."""
        known = voice.name == chunk.voice and is_usual(self.production, chunk)
        pcm, prepared = prepare(
            take,
            chunk,
            options_of(self.production.settings, chunk).rate,
            sample_rate=voice.sample_rate,
            reference=self._reference(voice.name) if known else None,
        )
        return Rendition(pcm, prepared, voice)

    def _keep(self, row: ChunkRow, rendition: Rendition, faults: Sequence[Doubt] = ()) -> None:
        """Keep a take; ``faults`` are those of what was tried before it."""
        prepared, engine = rendition.prepared, rendition.voice.engine
        own = {doubt.fault for doubt in prepared.doubts}
        mended = tuple(dict.fromkeys(fault for fault in faults if fault.fault not in own))
        fallback = rendition.voice.name != row.voice
        voice = rendition.voice.name if fallback else ""
        prepared = replace(prepared, voice=voice, mended=mended)
        self.context.store.keep_take(
            self.production.id,
            self.chapter,
            row.index,
            row.take_key,
            wav_bytes(rendition.pcm, prepared.sample_rate),
            dump(prepared),
            prepared.duration,
            spoke="" if fallback else row.engine,
        )
        counters.add("takes", engine)
        counters.add("audio_seconds", engine, amount=prepared.duration)
        counters.send(now=False)

    def _give_up(self, row: ChunkRow, reason: str) -> None:
        self.context.store.catalog.chunk_failed(self.production.id, self.chapter, row.index, reason)

    def _reference(self, voice: str) -> Reference | None:
        if voice not in self.references:
            self.references[voice] = reference_of(self.context, self.production, voice)
        return self.references[voice]

    def _voice(self, name: str) -> Voice:
        return speaker(self.context, self.production, name)

    def _fallback(self, chunk: Chunk, row: ChunkRow) -> Voice | None:
        if row.voice.startswith(f"{FALLBACK_VOICE}:"):
            return None
        try:
            return find_voice(FALLBACK_VOICE, chunk.language, self.context.engines)
        except SpeechError:
            return None

    def _stop_if_cancelled(self) -> None:
        if time.monotonic() - self._looked < CANCEL_SECONDS:
            return
        self._looked = time.monotonic()
        if self.context.store.catalog.cancelled(self.production.id):
            raise ProductionCancelled(f"The production {self.production.id} was cancelled.")


def _spent(voice: Voice, since: float) -> float:
    """Count the seconds of a slot that an engine took; returns until when."""
    now = time.monotonic()
    counters.add("speaking_seconds", voice.engine, amount=now - since)
    return now
