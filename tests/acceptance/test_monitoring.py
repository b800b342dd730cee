"""The exporter and the logs beside a studio at work: what they tell is what happened."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families

from tests.books import story, write_epub
from tests.faults import STORY, ended
from tests.running import Voxpress
from tests.studio import studio, submitted

BAD = "Sentence 1 of paragraph 2 in part 2"
"""In the second chapter of a story."""


@contextmanager
def exporter(voxpress: Voxpress) -> Iterator[int]:
    """``voxpress exporter`` on a port of its own."""
    process = voxpress.start("exporter", "--port", "0")
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics.* in (\S+)\.$", said.strip())
        assert found, said + process.stderr.read()
        assert found[2] == str(voxpress.home / "metrics" / "password")
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        ended(process, code=0)


def ask(port: int, password: str) -> tuple[int, str]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.request("GET", "/metrics", headers={"Authorization": f"Bearer {password}"} if password else {})
        reply = link.getresponse()
        return reply.status, reply.read().decode()
    finally:
        link.close()


def numbers(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """By metric, then by the values of its labels in the order of their names."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name.removeprefix("voxpress_"), {})[labels] = sample.value
    return found


def test_the_numbers_and_the_log_tell_what_happened(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.env["VOXPRESS_TONE_FAIL"] = BAD
    with studio(voxpress) as up:
        (job,) = submitted(voxpress, book)
        following = voxpress.start("logs", job, "--follow", "--json")
        out, err = following.communicate(timeout=120)
        assert following.returncode == 0, err
        *events, end = map(json.loads, out.splitlines())
        with exporter(voxpress) as port:
            assert ask(port, "")[0] == ask(port, "x" * 24)[0] == 401
            status, text = ask(port, (voxpress.home / "metrics" / "password").read_text())
        assert status == 200
        seen = numbers(text)
        served = up.said()

    report = json.loads(voxpress.file("report.json").read_text())
    duration = voxpress.transcript()["duration"]
    (shown,) = voxpress.json("jobs")["productions"]
    assert seen["edition_audio_seconds"][()] == shown["audio_seconds"]
    assert abs(seen["edition_audio_seconds"][()] - duration) < 0.01
    assert seen["doubts"][()] == shown["doubts"] == report["doubts_total"] > 0
    assert {state: count for (state,), count in seen["productions"].items() if count} == {
        "done_with_doubts": 1
    }
    assert seen["productions_ended_last_hour"]["done_with_doubts",] == 1
    assert seen["takes_total"]["tone",] == len(voxpress.calls()) == len(set(voxpress.calls()))
    assert seen["takes_total"]["espeak",] == 1  # the engine of last resort
    audio = sum(seen["audio_seconds_total"].values())
    assert 0.8 * duration < audio < duration  # the rest is pauses
    steps = {step: count for (_, _, step), count in seen["takes_retried_total"].items()}
    assert steps == {"new-seed": 1, "sentences": 1, "fallback": 1}
    assert seen["tasks_total"]["done", "master"] == len(STORY)
    assert seen["tasks_total"]["done", "publish"] == 1
    assert seen["workers"][()] == seen["catalog_up"][()] == seen["broker_up"][()] == 1
    assert set(seen["queue_unserved"].values()) == set(seen["tasks_in_flight"].values()) == {0}
    assert set(seen["tasks_waiting"].values()) == {0}
    (info,) = seen["worker_info"]
    assert "cpu,publish,speak.tone" in info

    assert end["state"] == "done_with_doubts"
    begun = [event["stage"] for event in events if event["message"] == "begins"]
    assert begun == ["ingest", "script", "level", "publish"]
    mastered = {event["title"] for event in events if event["stage"] == "master"}
    assert mastered == set(STORY)
    failures = [event for event in events if event["level"] == "warning"]
    assert [(event["stage"], event["chapter"], event["title"]) for event in failures] == [
        ("speak", 2, list(STORY)[1])
    ] * 3
    assert all(BAD in event["message"] for event in failures)
    for line in voxpress.run("logs", job).stdout.splitlines()[:-1]:
        assert ("warning" in line) == (f'chapter 2 "{list(STORY)[1]}": chunk ' in line)
    assert voxpress.run("logs", job, "--limit", "1").stdout.splitlines()[-1] == "done with doubts"
    assert f"{job} speak chapter 2: chunk " in served


def test_a_book_made_here_and_now_has_a_log_too(voxpress: Voxpress) -> None:
    voxpress.env["VOXPRESS_LOG_FORMAT"] = "json"
    voxpress.env["VOXPRESS_TONE_FAIL"] = BAD
    voxpress.make(write_epub(voxpress.folder / "book.epub", story(2, 2)), code=3)
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    log = [json.loads(line) for line in (voxpress.home / "logs" / "worker.log").read_text().splitlines()]
    about = [(line["level"], line["production"], line["stage"], line["chapter"]) for line in log]
    assert about == [("warning", job, "speak", 2)] * 3
    shown = voxpress.json("logs", job)
    assert (shown["state"], shown["book"]) == ("done_with_doubts", "A Test")
    warned = [event["message"] for event in shown["events"] if event["level"] == "warning"]
    assert warned == [line["message"] for line in log]

    missing = voxpress.folder / "gone.epub"
    missing.write_text("no book")
    voxpress.make(missing, code=1)
    (failed,) = (one for one in voxpress.json("jobs")["productions"] if one["state"] == "failed")
    last = voxpress.run("logs", failed["id"]).stdout.splitlines()[-1]
    assert last == f"failed: {failed['error']}"


def test_nothing_is_exported_to_everybody(voxpress: Voxpress) -> None:
    voxpress.env |= {"VOXPRESS_METRICS_ADDRESS": "0.0.0.0"}
    for command in ("exporter", "up"):
        refused = voxpress.run(command, code=2)
        (said,) = (line for line in refused.stderr.splitlines() if line.startswith("voxpress: "))
        assert "VOXPRESS_METRICS_PASSWORD_FILE" in said
    secret = voxpress.folder / "secret"
    secret.write_text("correct-horse\n")
    voxpress.env["VOXPRESS_METRICS_PASSWORD_FILE"] = str(secret)
    process = voxpress.start("exporter", "--port", "0")
    assert process.stderr is not None
    port = int(re.findall(r":(\d+)/metrics", process.stderr.readline())[0])
    assert ask(port, "correct-horse")[0] == 200
    assert ask(port, "wrong")[0] == 401
    assert not (voxpress.home / "metrics").exists()
    process.send_signal(signal.SIGINT)
    assert isinstance(process, subprocess.Popen)
    assert "correct-horse" not in ended(process, code=0)
