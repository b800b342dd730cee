"""The doubts of a report, with the time at which each can be heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.publish.transcript import TimedSegment

PLACE = "place"
"""In a doubt that the caller gives: index of a chapter, of a word in it, and of the one after the last that is meant.
The report has ``start``, ``end`` and ``chapter_index`` instead."""


class DoubtTimes:
    """Finds out, while the transcript is written, when the words begin that doubts are about."""

    def __init__(self, doubts: object) -> None:
        """``doubts`` are what ``EditionPlan.report`` has under that name."""
        given = doubts if isinstance(doubts, Iterable) else ()
        self._doubts = [dict(doubt) for doubt in given if isinstance(doubt, Mapping)]
        places = [doubt[PLACE] for doubt in self._doubts if PLACE in doubt]
        self._wanted = {
            (index, word) for index, first, after in places for word in (first, max(first, after - 1))
        }
        self._times: dict[tuple[int, int], tuple[float, float]] = {}
        self._chapter, self._words = "", 0

    def add(self, segment: TimedSegment) -> None:
        """The next segment of the main file, whose ``id`` names its chapter."""
        chapter = segment.id.partition("s")[0]
        if chapter != self._chapter:
            self._chapter, self._words = chapter, 0
        if self._wanted:
            index = int(chapter[1:]) - 1
            for number, word in enumerate(segment.words, start=self._words):
                if (index, number) in self._wanted:
                    self._times[index, number] = word.start, word.end
        self._words += len(segment.words)

    def timed(self) -> list[dict[str, object]]:
        """The doubts, those about words with ``start`` and ``end`` in seconds of the main file's time."""
        told = []
        for doubt in self._doubts:
            if (place := doubt.pop(PLACE, None)) is not None:
                index, first, after = place
                begin = self._times.get((index, first))
                end = self._times.get((index, max(first, after - 1)))
                doubt["chapter_index"] = index
                if begin and end:
                    doubt |= {"start": begin[0], "end": max(begin[0], end[1])}
            told.append(doubt)
        return told
