"""The doubts of a report, with the time at which each can be heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.publish.transcript import TimedSegment

PLACE = "place"
"""In a doubt that the caller gives: index of a chapter, and of a word in it. The report has ``start`` instead."""


class DoubtTimes:
    """Finds out, while the transcript is written, when the words begin that doubts are about."""

    def __init__(self, doubts: object) -> None:
        """``doubts`` are what ``EditionPlan.report`` has under that name."""
        given = doubts if isinstance(doubts, Iterable) else ()
        self._doubts = [dict(doubt) for doubt in given if isinstance(doubt, Mapping)]
        self._wanted = {tuple(doubt[PLACE]) for doubt in self._doubts if PLACE in doubt}
        self._starts: dict[tuple[int, int], float] = {}
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
                    self._starts[index, number] = word.start
        self._words += len(segment.words)

    def timed(self) -> list[dict[str, object]]:
        """The doubts, those about words with their ``start`` in seconds of the main file's time."""
        told = []
        for doubt in self._doubts:
            place = doubt.pop(PLACE, None)
            start = self._starts.get(tuple(place)) if place is not None else None
            told.append(doubt if start is None else {**doubt, "start": start})
        return told
