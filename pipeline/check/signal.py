"""What the samples alone tell of a take: does it sound like a recording of its chunk at all?

Success is never proof: engines answer "done" with a second of zeros, with noise, with half of a sentence or
with a minute of mumbling. Each check is a function from a ``Subject`` to doubts, and one line in ``CHECKS``. A take
with a fault whose remedy is ``REFUSE`` cannot be right, and is refused; all other doubts stay with it, and
``pipeline.check.policy`` decides what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.check.faults import Remedy, remedy_of
from pipeline.check.level import check_level
from pipeline.check.noise import check_noise
from pipeline.check.pace import check_bounds, check_pace
from pipeline.check.pauses import check_after_end, check_gaps
from pipeline.check.repeats import check_repeats
from pipeline.check.samples import check_samples, refused, usable
from pipeline.check.sound import Sound, Subject, samples_of
from pipeline.model import Chunk, Doubt, Take

Check = Callable[[Subject], Iterator[Doubt]]

CHECKS: tuple[Check, ...] = (
    check_bounds,
    check_noise,
    check_gaps,
    check_after_end,
    check_repeats,
    check_pace,
    check_level,
)
"""In the order in which their doubts are told."""


def check_samples_of(take: Take, chunk: Chunk, rate: int | None = None) -> tuple[Doubt, ...]:
    """Is it audio, at the voice's ``rate`` (Hz)? The doubts; raises ``TakeRefused`` for what can never be kept."""
    return check_sound(Sound(samples_of(usable(take, chunk, rate)), take.sample_rate), chunk)


def check_sound(sound: Sound, chunk: Chunk) -> tuple[Doubt, ...]:
    """The same of what is known to be audio, and whose features are there."""
    return _kept(chunk, check_samples(sound))


def check_signal(subject: Subject) -> tuple[Doubt, ...]:
    """The doubts of all checks. Raises ``TakeRefused`` for a take that cannot be what its chunk says."""
    return _kept(subject.chunk, (doubt for check in CHECKS for doubt in check(subject)))


def _kept(chunk: Chunk, doubts: Iterator[Doubt]) -> tuple[Doubt, ...]:
    found = []
    for doubt in doubts:
        if remedy_of(doubt) is Remedy.REFUSE:
            raise refused(doubt.fault, chunk, doubt.text[:1].lower() + doubt.text[1:].rstrip("."))
        found.append(doubt)
    return tuple(found)
