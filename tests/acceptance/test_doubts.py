"""A chunk that cannot be spoken never sinks a book, never passes silently, and can be retried."""

from __future__ import annotations

import json
from typing import Any

from pipeline.audio.ffmpeg import find_ffmpeg
from tests.books import story, write_epub
from tests.faults import ask
from tests.running import Voxpress

CURSED = "the cursed sentence of this book"
LIMIT = 2
"""Attempts, so that the tests are quick."""


def cursed_book() -> dict[str, list[str]]:
    text = story(chapters=2, paragraphs=3)
    text["Chapter 2"][1] = f"Here stands {CURSED}. Another one follows it."
    return text


def doubtful(transcript: dict[str, Any]) -> list[str]:
    """The words that are marked."""
    return [
        word["text"]
        for chapter in transcript["chapters"]
        for segment in chapter["segments"]
        for word in segment["words"]
        if word.get("doubt")
    ]


def report(voxpress: Voxpress) -> dict[str, Any]:
    """The edition's report."""
    return json.loads(voxpress.file("report.json").read_text())  # type: ignore[no-any-return]


def test_a_chunk_that_kills_its_process_is_left_to_another_engine(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", cursed_book())
    voxpress.env |= {"VOXPRESS_TONE_KILL": CURSED, "VOXPRESS_ATTEMPTS": str(LIMIT)}
    done = voxpress.make(book, "--voice", "tone:16k", code=3)
    assert "1 thing is in doubt" in done.stderr
    (doubt,) = report(voxpress)["doubts"]
    assert doubt["chapter"] == "Chapter 2"
    assert doubt["text"] == f"Here stands {CURSED}. Another one follows it."
    assert "espeak" in doubt["said"]
    assert "killed" in doubt["said"]
    assert " ".join(doubtful(voxpress.transcript())) == f"Here stands {CURSED}. Another one follows it."
    assert ask(voxpress, "SELECT max(attempts) FROM chunk") == [(LIMIT + 1,)]
    # Two chapters of a heading and three paragraphs; the cursed one was spoken by espeak.
    assert len(voxpress.calls()) == len(set(voxpress.calls())) == 7

    again = voxpress.make(book, "--voice", "tone:16k", code=3)
    assert "is up to date; 1 thing is in doubt" in again.stderr
    assert len(voxpress.calls()) == 7

    del voxpress.env["VOXPRESS_TONE_KILL"]
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    voxpress.run("retry", job, code=3)  # what was spoken stays, whoever spoke it
    assert len(voxpress.calls()) == 7
    voxpress.run("retry", job, "--doubts")
    assert len(voxpress.calls()) == len(set(voxpress.calls())) == 8
    assert report(voxpress)["doubts"] == []
    assert doubtful(voxpress.transcript()) == []
    assert voxpress.json("status", job)["state"] == "done"


def test_an_engine_that_kills_its_process_at_every_chunk_is_given_up(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=3, paragraphs=6))
    voxpress.env |= {"VOXPRESS_TONE_KILL": "e", "VOXPRESS_ATTEMPTS": str(LIMIT)}
    (said,) = voxpress.make(book, "-q", code=1).stderr.splitlines()
    assert "The engine “tone” was killed at each of the last 3 passages" in said
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    assert f"voxpress retry {job}" in said
    # Not a book in another engine's voice, after hundreds of deaths: most of it was never begun.
    ((left, of),) = ask(voxpress, "SELECT count(*) FILTER (WHERE state = 'planned'), count(*) FROM chunk")
    assert left > of / 2

    del voxpress.env["VOXPRESS_TONE_KILL"]
    voxpress.run("retry", job, "--doubts")
    assert len(voxpress.calls()) == len(set(voxpress.calls())) == of
    assert report(voxpress)["doubts"] == []


def test_a_chunk_that_nobody_can_speak_is_a_silence_and_a_doubt(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", cursed_book(), language="vo")  # espeak knows no Volapük
    voxpress.env["VOXPRESS_TONE_FAIL"] = CURSED
    done = voxpress.json("make", book, "--voice", "tone:a", "-o", voxpress.out, code=3)
    (production,) = done["productions"]
    assert (production["state"], production["chunks_failed"]) == ("done_with_doubts", 1)
    (doubt,) = report(voxpress)["doubts"]
    assert doubt["fault"] == "not-spoken"
    assert "told to fail" in doubt["said"]
    assert CURSED.split()[0] in doubtful(voxpress.transcript())
    words = [
        word
        for chapter in voxpress.transcript()["chapters"]
        for s in chapter["segments"]
        for word in s["words"]
    ]
    times = [(word["start"], word["end"]) for word in words if word.get("doubt")]
    assert (doubt["start"], doubt["end"]) == (times[0][0], times[-1][1])
    page = voxpress.file("report.html").read_text(encoding="utf-8")
    assert f'A%20Test.m4b#t={doubt["start"]:.3f},{doubt["end"]:.3f}"' in page
    assert report(voxpress)["timed_by"]["none"] == len(times)
    others = set(voxpress.calls())

    voxpress.env["VOXPRESS_TONE_FAIL"] = ""
    voxpress.run("retry", production["id"])
    assert len(set(voxpress.calls()) - others) == 1
    assert report(voxpress)["doubts"] == []


def test_a_stage_that_kills_its_process_is_given_up(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1, paragraphs=2))
    deadly = voxpress.folder / "ffmpeg"
    deadly.write_text(
        f'#!/bin/sh\ncase "$*" in *-version|*-encoders) exec "{find_ffmpeg()}" "$@";; esac\nkill -9 $PPID\n'
    )
    deadly.chmod(0o755)
    voxpress.env |= {"VOXPRESS_FFMPEG": str(deadly), "VOXPRESS_ATTEMPTS": str(LIMIT)}
    said = voxpress.make(book, "-q", code=1).stderr
    assert f"killed {LIMIT} times at the stage 'master'" in said
    assert len(said.splitlines()) == 1
    calls = voxpress.calls()
    del voxpress.env["VOXPRESS_FFMPEG"]
    voxpress.make(book)
    assert voxpress.calls() == calls
