"""Takes that an engine spoils are caught by name, spoken again, and told; somebody goes through what remains."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.speech.tone_orders import ORDERS
from tests.books import write_epub
from tests.running import Voxpress

WORDS = (
    "a harbour at night is an odd and quiet place for gulls who own it until the boats return with their lanterns "
    "or somebody comes to wind up that enormous clock beside my only window and goes home by himself"
).split()
RATE = "0.5"
"""Slow, so that a passage of the tone engine lasts longer than the ten seconds after which it is cut."""
FAULTS = {
    "drop": {"too-short", "cut-off"},
    "repeat": {"repeated"},
    "noise": {"noise"},
    "zeros": {"silence"},
    "other-rate": {"rate"},
    "cut": {"too-short", "cut-off"},
}
"""What the engine does, and by which name it is to be caught."""
PLACES = {
    "drop": "Drop",
    "repeat": "Repeat",
    "noise": "Noise",
    "zeros": "Zeros",
    "other-rate": "Rate",
    "cut": "Cut",
}


def paragraphs(names: list[str], words: int = 50) -> list[str]:
    """A paragraph that begins with each name: words by chance, hardly a passage twice; long enough to be cut."""
    chance = random.Random(5)
    return [" ".join([name, *(chance.choice(WORDS) for _ in range(words))]) + "." for name in names]


def book(voxpress: Voxpress, spoilt: list[str]) -> Path:
    text = {"One": paragraphs(["First", "Second", "Third", "Fourth"]), "Two": paragraphs([*spoilt, "Last"])}
    return write_epub(voxpress.folder / "book.epub", text)


def order(voxpress: Voxpress, *lines: str) -> None:
    """What the engine does wrong from now on."""
    path = voxpress.folder / "orders"
    path.write_text("\n".join(lines))
    voxpress.env[ORDERS] = str(path)


def report(voxpress: Voxpress) -> dict[str, Any]:
    return json.loads(voxpress.file("report.json").read_text())  # type: ignore[no-any-return]


def doubtful(voxpress: Voxpress) -> list[str]:
    """The first words of the sentences that have words in doubt."""
    return [
        segment["text"].split()[0]
        for chapter in voxpress.transcript()["chapters"]
        for segment in chapter["segments"]
        if any(word.get("doubt") for word in segment["words"])
    ]


def review(voxpress: Voxpress, job: str, typed: str, code: int) -> str:
    """What a review shows to somebody who types that."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "review", job],
        input=typed,
        capture_output=True,
        text=True,
        env=voxpress.environment(),
        cwd=voxpress.folder,
        check=False,
        timeout=240,
    )
    assert done.returncode == code, done.stdout + done.stderr + voxpress.worker_log()
    return done.stdout


def test_what_goes_wrong_once_is_caught_by_name_and_mended(voxpress: Voxpress) -> None:
    source = book(voxpress, list(PLACES.values()))
    order(voxpress, *(f"once-{kind} {name} " for kind, name in PLACES.items()))
    voxpress.make(source, "--rate", RATE)
    made = report(voxpress)
    assert made["doubts"] == []
    caught = {entry["text"].split()[0]: set() for entry in made["mended"]}
    for entry in made["mended"]:
        caught[entry["text"].split()[0]].add(entry["fault"])
    assert set(caught) == set(PLACES.values())
    for kind, name in PLACES.items():
        assert caught[name] & FAULTS[kind], (name, caught[name])
    assert doubtful(voxpress) == []


def test_what_stays_wrong_is_told_and_gone_through(voxpress: Voxpress) -> None:
    source = book(voxpress, ["Noise", "Repeat", "Again"])
    order(voxpress, "garbage-noise Noise ", "garbage-repeat Repeat ", "garbage-repeat Again ")
    voxpress.make(source, "--rate", RATE, code=3)
    # Words are drowned in noise: another engine. A repetition is borne with, in the voice that was chosen.
    assert [entry["fault"] for entry in report(voxpress)["doubts"]] == ["other-voice", "repeated", "repeated"]
    assert "noise" in {entry["fault"] for entry in report(voxpress)["mended"]}
    assert doubtful(voxpress) == ["Noise", "Repeat", "Again"]
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    calls = len(voxpress.calls())

    listed = voxpress.json("review", job)["doubts"]
    assert [entry["fault"] for entry in listed] == ["other-voice", "repeated", "repeated"]
    assert Path(listed[1]["audio"]).read_bytes()[:4] == b"RIFF"
    shown = review(voxpress, job, "s\na\nq\n", 0)
    assert "2 of 3" in shown
    assert "Fault: repeated." in shown

    # What was accepted is accepted, though the edition was not made anew.
    assert len(voxpress.json("review", job)["doubts"]) == 2
    voxpress.run("retry", job, code=3)
    assert len(voxpress.calls()) == calls
    assert doubtful(voxpress) == ["Noise", "Again"]

    order(voxpress)
    voxpress.run("retry", job, "--doubts")
    assert len(voxpress.calls()) == calls + 2
    assert report(voxpress)["doubts"] == []
    assert voxpress.json("status", job)["state"] == "done"


def test_how_a_word_is_said_can_be_mended(voxpress: Voxpress) -> None:
    source = book(voxpress, ["Noise"])
    order(voxpress, "garbage-repeat Noise ")
    voxpress.make(source, "--rate", RATE, code=3)
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    order(voxpress)
    review(voxpress, job, "e\nNoise\nNoyze\n", 0)
    assert 'say = "Noyze"' in (voxpress.folder / "book.lexicon.toml").read_text()
    assert report(voxpress)["doubts"] == []
    # The next command finds the file by itself: there is nothing left to do.
    assert "up to date" in voxpress.make(source, "--rate", RATE).stderr


def test_what_is_in_doubt_of_the_whole_book_can_be_accepted(voxpress: Voxpress) -> None:
    source = write_epub(voxpress.folder / "book.epub", {"いち": ["これは ほん です。"]}, language="ja")
    made = voxpress.make(source, "--voice", "espeak:ja", code=3)
    assert "No passage was listened to: " in made.stderr
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    (doubt,) = voxpress.json("review", job)["doubts"]
    assert (doubt["fault"], doubt["audio"]) == ("voice", None)
    assert "kanji" in doubt["said"]

    skipped = review(voxpress, job, "s\n", 0)
    assert "The book as a whole" in skipped
    assert voxpress.json("status", job)["state"] == "done_with_doubts"

    review(voxpress, job, "a\n", 0)
    assert voxpress.json("status", job)["state"] == "done"
    told = report(voxpress)
    assert told["doubts"] == []
    assert [one["said"] for one in told["accepted"]] == [doubt["said"]]
    assert "accepted by somebody" in voxpress.file("report.html").read_text(encoding="utf-8")

    assert "Nothing is in doubt." in voxpress.run("review", job).stderr
    voxpress.make(
        source, "--voice", "espeak:ja", "--companion", "report"
    )  # published anew: it stays accepted
    assert report(voxpress)["doubts"] == []
