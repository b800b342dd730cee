"""A batch of takes is listened to: what is right is done, what is not is spoken again or kept with its doubts.

What was heard is kept under the take's own bytes and who listened: a second run, or a stricter policy, listens to
nothing twice. What is made of it (``pipeline.check.words``) is quick and is found anew each time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pydantic import ValidationError

from pipeline.audio.wav import open_wav
from pipeline.check.faults import badness
from pipeline.check.policy import Step, is_good
from pipeline.check.words import WORD_FAULTS, Policy, Verdict, check_words
from pipeline.errors import HearingFailed, ProductionCancelled
from pipeline.hear.recogniser import Clip, Heard, Recogniser
from pipeline.model import Chunk, Doubt, PreparedTake
from pipeline.serial import dump, load
from storage.rows import Artifact, ChunkRow, ChunkState, Production
from tasks import counters
from tasks.context import Context
from tasks.ears import recogniser_of
from tasks.keys import hearing_key
from tasks.retakes import after as step_after
from tasks.retakes import key_at, steps_until
from tasks.shelf import read_script

log = logging.getLogger(__name__)

TOGETHER_SECONDS = 120.0
"""Audio that is handed to the recogniser at once: several of its batches, and nothing that fills the memory."""
UNHEARD = "not-heard"
"""The fault of a take that the recogniser failed on."""


@dataclass(frozen=True, slots=True)
class _Rendition:
    """One take of a chunk, and what the ears say of it."""

    step: Step
    take: Artifact
    verdict: Verdict

    @property
    def heard(self) -> bool:
        """Whether the recogniser could listen to it."""
        return all(fault.fault != UNHEARD for fault in self.verdict.faults)


def hear_batch(
    context: Context, production: Production, chapter: int, first: int, count: int
) -> list[ChunkRow]:
    """Listen to the chunks ``first`` to ``first + count - 1`` of a chapter that were spoken.

    Returns those that are to be spoken again: the catalog knows how. Raises ``ProductionCancelled`` and
    ``RecogniserUnavailable``.
    """
    catalog = context.store.catalog
    rows = [
        row
        for row in catalog.chunks(production.id, chapter)
        if first <= row.index < first + count and row.state == ChunkState.SPOKEN
    ]
    rows = list({row.take_key: row for row in reversed(rows)}.values())[::-1]
    if not rows:
        return []
    script = read_script(context.store, catalog.chapter(production.id, chapter).script_key)
    ears = _Ears(context, production, recogniser_of(context))
    ears.listen([(row, script.chunks[row.index]) for row in rows])
    return [row for row in rows if not ears.settle(row, script.chunks[row.index])]


class _Ears:
    """A recogniser at work on one production."""

    def __init__(self, context: Context, production: Production, recogniser: Recogniser) -> None:
        self.context, self.production, self.recogniser = context, production, recogniser
        self.store, self.policy = context.store, Policy(production.ears or Policy.NORMAL)

    def listen(self, chunks: Sequence[tuple[ChunkRow, Chunk]]) -> None:
        """See to it that what is to be heard in the last take of each chunk is kept."""
        for language, run in groupby(chunks, key=lambda pair: pair[1].language):
            if not self.recogniser.hears(language):
                log.info(
                    "passages in %s are not listened to: %s does not know it", language, self.recogniser.name
                )
                continue
            for some in self._together(take for row, _ in run if (take := self._last(row))):
                self._listen(some, language)

    def settle(self, row: ChunkRow, chunk: Chunk) -> bool:
        """Decide what becomes of a chunk; False when it is to be spoken again."""
        catalog = self.store.catalog
        if not self.recogniser.hears(chunk.language):
            catalog.heard(self.production.id, [row.take_key])
            return True
        made = [
            _Rendition(step, take, self._judge(take, chunk))
            for step in steps_until(row)
            if (take := self.store.recall(key_at(row.take_key, step))) is not None
        ]
        if not made:  # the takes are gone from the store
            catalog.speak_again(self.production.id, row.take_key, "")
            return False
        accepted = is_good(made[-1].verdict.faults)
        best = made[-1] if accepted else min(made, key=_wrong)
        if not accepted:
            fault = made[-1].verdict.faults[0]
            counters.add("takes_refused", row.engine, fault.fault)
            step = step_after(self.context, row, chunk, _doubts(best))
            if step not in (Step.KEEP_BEST, Step.GIVE_UP):
                log.info("chunk %s: %s Next: %s.", row.index + 1, fault.text, step.value)
                catalog.speak_again(self.production.id, row.take_key, step.value)
                return False
        self._keep(row, best, [one for one in made if one is not best])
        catalog.heard(self.production.id, [row.take_key])
        return True

    def _keep(self, row: ChunkRow, best: _Rendition, others: Sequence[_Rendition]) -> None:
        """The best rendition becomes the chunk's take, with what is still in doubt, and what was not kept."""
        before = load(PreparedTake, best.take.detail)
        mended = dict.fromkeys((*before.mended, *(doubt for one in others for doubt in one.verdict.faults)))
        heard_by = self.recogniser.revision if best.heard else ""
        after = replace(before, doubts=_doubts(best), mended=tuple(mended), heard_by=heard_by)
        detail = dump(after).decode()
        if best.take.key != row.take_key or detail != best.take.detail:
            self.store.put_in_place(replace(best.take, key=row.take_key, detail=detail))

    def _judge(self, take: Artifact, chunk: Chunk) -> Verdict:
        try:
            heard = self._heard(take, chunk.language)
        except HearingFailed as error:
            return Verdict(len(chunk.words), 0, 0, (Doubt(UNHEARD, str(error)),))
        return check_words(chunk.words, heard, chunk.language, self.policy)

    def _last(self, row: ChunkRow) -> Artifact | None:
        """The take that was made last; None where there is none that was not listened to."""
        kept = (self.store.recall(key_at(row.take_key, step)) for step in reversed(steps_until(row)))
        return next((take for take in kept if take is not None), None)

    def _together(self, takes: Iterator[Artifact]) -> Iterator[list[Artifact]]:
        batch: list[Artifact] = []
        seconds = 0.0
        for take in takes:
            batch.append(take)
            seconds += take.seconds
            if seconds >= TOGETHER_SECONDS:
                yield batch
                batch, seconds = [], 0.0
        if batch:
            yield batch

    def _listen(self, takes: Sequence[Artifact], language: str) -> None:
        """Listen to those that nobody has listened to; each is kept as it comes."""
        missing = [take for take in takes if self.store.recall(self._key(take, language)) is None]
        if not missing:
            return
        if self.store.catalog.cancelled(self.production.id):
            raise ProductionCancelled(f"The production {self.production.id} was cancelled.")
        try:
            clips = [self._clip(take) for take in missing]
            for take, heard in zip(missing, self.recogniser.transcribe_all(clips, language), strict=True):
                self._remember(take, language, heard)
        except HearingFailed as error:
            log.warning("%s They are listened to one by one.", error)

    def _heard(self, take: Artifact, language: str) -> tuple[Heard, ...]:
        kept = self.store.recall(self._key(take, language))
        if kept is not None:
            try:
                return load(tuple[Heard, ...], self.store.blobs.local_path(kept.digest).read_bytes())
            except ValidationError:
                self.store.forget(kept.key)
        clip = self._clip(take)
        heard = self.recogniser.transcribe(clip.audio, clip.sample_rate, language)
        self._remember(take, language, heard)
        return heard

    def _remember(self, take: Artifact, language: str, heard: tuple[Heard, ...]) -> None:
        key = self._key(take, language)
        self.store.keep(key, "hearing", dump(heard, tuple[Heard, ...]))
        self.store.catalog.set_needs(self.production.id, [key], replace=False)
        counters.add("heard_seconds", self.recogniser.name, amount=take.seconds)

    def _clip(self, take: Artifact) -> Clip:
        rate, pcm = open_wav(self.store.blobs.local_path(take.digest))
        return Clip(pcm, rate)

    def _key(self, take: Artifact, language: str) -> str:
        return hearing_key(take.digest, self.recogniser.revision, language)


def _wrong(one: _Rendition) -> tuple[float, tuple[int, ...]]:
    """Orders renditions, the best first: by what is wrong to the ear, then by all else."""
    return one.verdict.wrong, badness(_doubts(one))


def _doubts(one: _Rendition) -> tuple[Doubt, ...]:
    """All that is in doubt of a rendition: what the samples say, and what was heard."""
    samples = load(PreparedTake, one.take.detail).doubts
    return *(doubt for doubt in samples if doubt.fault not in WORD_FAULTS), *one.verdict.faults
