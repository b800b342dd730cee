"""Whole recordings against whole texts: every word that is read, timed; all that differs, found and told.

    files --decode--> samples on disk, sketch          lines --espeak--> sketch
                             \\___ anchors (long_anchors) ___/
                                          |
                       path with gaps between anchors (long_path)
                                          |
                runs of words, what is missing, added, moved (long_runs)
                                          |
              windows of a minute (long_windows) --fine aligner--> times

Memory does not grow with the length but for the sketches: 3 MB for each hour, 1 MB of words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.align.long_anchors import PASSAGE_ROWS, AnchorFinder, find_anchors, worst_of
from pipeline.align.long_recording import Recording
from pipeline.align.long_runs import LEAST_ADDED, Ground, Run, find_moved, place, runs_of
from pipeline.align.long_search import search
from pipeline.align.long_sound import FRAMES_PER_SECOND, HOP, Index, Sketch, stretches
from pipeline.align.long_text import Line, Text, read_text
from pipeline.align.long_windows import Window, windows_of
from pipeline.align.registry import align
from pipeline.errors import AlignFailed
from pipeline.model import Timing, Word

VARIANTS = ("", "f2")
"""espeak's ways to sound that are tried: the one that is nearer to the narrator is compared with."""
SAMPLES = 5
"""Places of the text at which they are."""
LEAST_SHARE = 0.1
"""Of the text, or of what sounds in the recording, that must be found in the other: else the two do not match."""
WORST_UNANCHORED = 0.51
"""Where no passage could be told from chance, as with a single sentence: a path that costs more for each frame is one
through other words (from 0.52 on; sentences that are read have up to 0.50, with human narrators)."""
ADDED_SECONDS = 1.0
"""What sounds between words and is shorter is a breath, a cough, a page."""
ESTIMATED = "estimate"


@dataclass(frozen=True, slots=True)
class Missing:
    """Words of the text that are not read."""

    first: int
    stop: int
    after: float
    """Seconds: when what stands before them in the text has been read."""


@dataclass(frozen=True, slots=True)
class Added:
    """Something that sounds in the recording and is not in the text."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Words that are read elsewhere than the text has them."""

    first: int
    stop: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class LongAlignment:
    """When each word is heard."""

    lines: tuple[Line, ...]
    timings: tuple[Timing | None, ...]
    """Seconds from the recording's start, for each word of all lines; None for those that are not read."""
    estimated: tuple[tuple[int, int], ...]
    """Words (first, one after the last) that the fine aligner refused: their times are shared out."""
    missing: tuple[Missing, ...]
    added: tuple[Added, ...]
    moved: tuple[Moved, ...]
    cost: float
    """How unlike reading and recording are, for each frame: 0.40 to 0.50 with human narrators."""
    aligners: tuple[str, ...]
    """Who timed the windows."""

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.estimated or self.missing or self.added or self.moved)


@dataclass(frozen=True, slots=True)
class Stage:
    """How far it is."""

    name: str
    share: float
    """From 0 to 1."""


def align_long(
    recording: Recording,
    lines: Sequence[Line],
    told: Callable[[Stage], None] = lambda _: None,
    anchors: AnchorFinder = find_anchors,
) -> LongAlignment:
    """Time the words of ``lines`` in ``recording``.

    Raises ``AlignFailed`` when the two do not match, when nothing can be said of the lines, or when espeak has no
    voice for their language.
    """
    if not any(word.spoken for line in lines for word in line.words):
        raise AlignFailed(
            "The text has nothing that can be said: there are no words to be found in the audio."
        )
    sound = recording.sketch
    text = read_text(lines, _nearest(lines, sound), lambda share: told(Stage("reading", share)))
    ground = Ground(text, sound)
    pins = anchors(text, sound, lambda share: told(Stage("searching", share)))
    if not pins and len(text.sketch) > 2 * PASSAGE_ROWS:
        raise AlignFailed(_no_match(0.0))
    at = place(ground, pins, lambda share: told(Stage("comparing", share)))
    runs = runs_of(text, sound, at)
    moved, at = _with_moved(ground, at, runs, worst_of(pins))
    runs = _whole(text, sorted([*runs, *moved], key=lambda run: run.first))
    cost = _cost(text, sound, at)
    if not pins and cost > WORST_UNANCHORED:
        raise AlignFailed(_no_match(0.0))
    _must_match(text, sound, runs)
    timings, estimated, aligners = _time(recording, text, at, runs, told)
    return LongAlignment(
        lines=text.lines,
        timings=tuple(timings),
        estimated=tuple(estimated),
        missing=tuple(_missing(text.words, timings)),
        added=tuple(_added(sound, runs)),
        moved=tuple(
            Moved(run.first, run.stop, sound.second(run.begin), sound.end_second(run.end - 1))
            for run in runs
            if run.moved
        ),
        cost=cost,
        aligners=aligners,
    )


def _nearest(lines: Sequence[Line], sound: Sketch) -> str:
    """The way to sound in which passages of the text are found best."""
    step = max(1, len(lines) // SAMPLES)
    best = dict.fromkeys(VARIANTS, 0.0)
    for start in range(0, len(lines), step):
        passage: list[Line] = []
        for line in lines[start:]:
            if sum(len(word.spoken) + 1 for one in passage for word in one.words) >= 150:
                break
            passage.append(line)
        if not any(word.spoken for line in passage for word in line.words):
            continue
        for variant in VARIANTS:
            rows = read_text(passage, variant).sketch.rows[:PASSAGE_ROWS]
            hit = search(rows, sound.rows)
            if hit:
                best[variant] += max(0.0, hit.null - hit.cost) * len(rows)
    return max(VARIANTS, key=lambda variant: best[variant])


def _with_moved(ground: Ground, at: Index, runs: list[Run], worst: float) -> tuple[list[Run], Index]:
    """Runs that are read elsewhere; and the path with them."""
    moved = find_moved(ground, runs, worst)
    for run, path in moved:
        rows = slice(ground.text.row_of(run.first), ground.text.row_of(run.stop))
        at[rows] = path[rows]
    return [run for run, _ in moved], at


def _whole(text: Text, runs: Sequence[Run]) -> list[Run]:
    """Runs with the words beside them that are not heard by themselves: dashes, and what is swallowed."""
    sounding = set(text.word_of_row.tolist())
    result: list[Run] = []
    for number, run in enumerate(runs):
        line = text.lines[text.line_of(run.stop - 1)]
        limit = min(line.stop, runs[number + 1].first if number + 1 < len(runs) else line.stop)
        stop = run.stop
        while stop < limit and stop not in sounding:
            stop += 1
        first = run.first
        limit = max(text.lines[text.line_of(first)].first, result[-1].stop if result else 0)
        while first > limit and first - 1 not in sounding:
            first -= 1
        result.append(Run(first, stop, run.begin, run.end, run.moved))
    return result


def _must_match(text: Text, sound: Sketch, runs: Sequence[Run]) -> None:
    read = sum(text.row_of(run.stop) - text.row_of(run.first) for run in runs) / len(text.sketch)
    explained = sum(run.end - run.begin for run in runs) / len(sound)
    if max(read, explained) < LEAST_SHARE:
        raise AlignFailed(_no_match(read))


def _no_match(share: float) -> str:
    found = f"only {share:.0%} of its words were found" if share else "none of its words were found"
    return (
        f"The audio does not match the text ({found}): hand in the text that is read, and name its language with"
        " --language if it is not as declared."
    )


def _cost(text: Text, sound: Sketch, at: Index) -> float:
    read = np.flatnonzero(at >= 0)
    total = 0.0
    for begin in range(0, len(read), 50_000):
        rows = read[begin : begin + 50_000]
        total += float(np.einsum("ij,ij->", text.sketch.rows[rows], sound.rows[at[rows]]))
    return 1 - total / len(read) if len(read) else 1.0


def _time(
    recording: Recording, text: Text, at: Index, runs: Sequence[Run], told: Callable[[Stage], None]
) -> tuple[list[Timing | None], list[tuple[int, int]], tuple[str, ...]]:
    """Times of all words in ``runs``, those that were estimated, and who timed."""
    timings: list[Timing | None] = [None] * len(text.words)
    estimated: list[tuple[int, int]] = []
    aligners: dict[str, None] = {}
    done, count = 0, sum(run.stop - run.first for run in runs)
    for run in sorted(runs, key=lambda one: one.begin):
        for window in windows_of(text, recording.sketch, at, run):
            words = text.words[window.first : window.stop]
            try:
                found, name = align(
                    recording.piece(window.start, window.end), recording.rate, words, window.language
                )
                found = tuple(Timing(window.start + one.start, window.start + one.end) for one in found)
            except AlignFailed:
                found, name = _rough(text, recording.sketch, at, window), ESTIMATED
                estimated.append((window.first, window.stop))
            aligners[name] = None
            timings[window.first : window.stop] = found
            done += len(words)
            told(Stage("timing", done / count))
    return timings, sorted(estimated), tuple(aligners)


def _rough(text: Text, sound: Sketch, at: Index, window: Window) -> tuple[Timing, ...]:
    """Times by the path alone, to a tenth of a second or so: what there is where the fine aligner refuses."""
    rows = slice(text.row_of(window.first), text.row_of(window.stop))
    owners, places = text.word_of_row[rows], at[rows]
    owners, places = owners[places >= 0], places[places >= 0]
    result: list[Timing] = []
    latest = window.start
    for word in range(window.first, window.stop):
        inside = places[np.searchsorted(owners, word) : np.searchsorted(owners, word, "right")]
        if len(inside):
            start = min(max(latest, sound.second(int(inside[0]))), window.end)
            latest = min(max(start, sound.end_second(int(inside[-1]))), window.end)
        else:
            start = latest
        result.append(Timing(start, latest))
    return tuple(result)


def _missing(words: Sequence[Word], timings: Sequence[Timing | None]) -> list[Missing]:
    unread = np.asarray([timing is None for timing in timings])
    result = []
    for first, stop in stretches(unread):
        if any(word.spoken for word in words[first:stop]):
            before = timings[first - 1] if first else None
            result.append(Missing(first, stop, before.end if before else 0.0))
    return result


def _added(sound: Sketch, runs: Sequence[Run]) -> list[Added]:
    free = np.ones(len(sound), np.bool_)
    for run in runs:
        free[run.begin : run.end] = False
    return [
        Added(sound.second(begin), sound.end_second(end - 1))
        for begin, end in stretches(free)
        if end - begin > max(LEAST_ADDED, ADDED_SECONDS * FRAMES_PER_SECOND)
    ]


__all__ = ["HOP", "Added", "LongAlignment", "Missing", "Moved", "Stage", "align_long"]
