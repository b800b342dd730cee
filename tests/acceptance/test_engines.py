"""An engine that is not in our environment: installed into one of its own, planned with, spoken by, removed."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.books import story, write_epub
from tests.faults import ended, family, gone, until
from tests.running import Voxpress, words_of
from tests.sine_wheel import sine_wheel
from tests.studio import Studio, state_of, studio

BOOK = story(chapters=2, paragraphs=4)
CHUNKS = 10
"""Of the book: headings and paragraphs."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Voxpress:
    """A state folder in which the engine ``sine`` has an environment. No test may leave it without."""
    voxpress = Voxpress(tmp_path_factory.mktemp("engines"))
    wheel = sine_wheel(voxpress.folder / "wheels")
    # Its libraries are taken from ours, and so nothing needs the network.
    done = voxpress.run("engines", "install", "sine", "--package", wheel, "--share", "--offline")
    assert "with 2 voices" in done.stderr
    write_epub(voxpress.folder / "book.epub", BOOK)
    return voxpress


def test_an_engine_in_its_own_environment_is_listed_with_its_voices(installed: Voxpress) -> None:
    with pytest.raises(ImportError):
        import voxpress_sine  # noqa: F401  not here
    engines = {row["engine"]: row for row in installed.json("engines", "list")["engines"]}
    assert (engines["espeak"]["where"], engines["sine"]["where"]) == ("here", "environment")
    assert engines["sine"]["voices"] == 2
    voices = {v["name"]: v["where"] for v in installed.json("voices", "list", "--language", "en")["voices"]}
    assert voices["sine:a"] == voices["sine:b"] == "environment"
    assert voices["espeak:en-us"] == "here"
    assert installed.json("voices", "show", "sine:b")["revision"] == "sine 1.0"
    checked = installed.json("engines", "check", "sine")
    assert checked["voices"] == ["sine:a", "sine:b"]
    assert Path(checked["python"]).is_relative_to(installed.home)
    found = {one["what"]: one for one in installed.json("doctor", code=None)["findings"]}
    assert found["sine"]["state"] == "ok"
    sample = installed.folder / "sample.wav"
    installed.run("voices", "sample", "sine:a", "Hello there.", "-o", sample)
    assert sample.stat().st_size > 10_000


def test_a_book_is_spoken_there_and_a_worker_that_is_killed_is_followed(installed: Voxpress) -> None:
    log = installed.folder / "sine.log"
    slow = Voxpress(
        installed.folder, {"VOXPRESS_TEST_SINE_SECONDS": "0.4", "VOXPRESS_TEST_SINE_LOG": str(log)}
    )
    process = slow.start("make", "book.epub", "--voice", "sine:a", "-o", slow.out, "--workers", "1")
    try:
        until(lambda: log.exists() and len(log.read_text().splitlines()) >= 3, process)
        [worker] = [p for p in family(process) if _is_worker_of(p, installed.home / "engines" / "sine")]
        children = worker.children(recursive=True)
        worker.kill()
        gone(children)  # what it had in hand is lost, and its queue with nobody
        said = ended(process, 0, 120)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert "audio" in said
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    assert {revision for _, revision in lines} == {"sine 1.0"}
    assert len({pid for pid, _ in lines}) == 2  # those of the one that was killed, and of the one after it
    assert CHUNKS <= len(lines) <= CHUNKS + 2  # at the most what was in hand was spoken again
    transcript = slow.transcript()
    assert {segment["voice"] for segment in transcript["segments"]} == {"sine:a"}
    assert [len(chapter) for chapter in words_of(transcript)] == [
        len(c["text"].split()) for c in slow.json("inspect", "book.epub")["chapters"]
    ]
    again = installed.run("make", "book.epub", "--voice", "sine:a", "-o", slow.out)
    assert "up to date" in again.stderr
    assert len(log.read_text().splitlines()) == len(lines)


def _is_worker_of(process: psutil.Process, environment: Path) -> bool:
    command = process.cmdline()
    leads = process.parent() is None or "workers.worker" not in process.parent().cmdline()
    return bool(command) and command[0].startswith(str(environment)) and "workers.worker" in command and leads


def test_a_host_without_the_engine_plans_for_one_that_has_it(installed: Voxpress, tmp_path: Path) -> None:
    """The second host shares catalog, blobs and broker, and knows nothing of the environment of the first."""
    folder = tmp_path / "other"
    folder.mkdir()
    book = write_epub(folder / "book.epub", BOOK)
    with studio(installed, "up", ("cpu", "publish")) as first:
        other = Voxpress(folder, {
            "VOXPRESS_CATALOG_URL": f"sqlite:///{installed.home}/catalog.db",
            "VOXPRESS_BLOB_URL": str(installed.home / "blobs"),
            "VOXPRESS_BROKER_URL": _broker(installed),
        })  # fmt: skip
        # Nobody ever offered it: it is refused before anything is begun.
        asked = other.run("submit", book, "--voice", "sine:a", "-o", other.out, code=1)
        assert "sine:a" in asked.stderr
        worker = Studio(installed, "worker", (), "--engine", "sine")
        try:
            until(lambda: "sine" in _offered(installed))
        finally:
            worker.process.send_signal(signal.SIGTERM)
            worker.process.wait(60)
        voices = {v["name"]: v["where"] for v in other.json("voices", "list")["voices"]}
        assert voices["sine:a"] not in ("here", "environment")  # but the host's name
        done = other.json("submit", book, "--voice", "sine:b", "-o", other.out)
        [job] = [one["id"] for one in done["productions"]]
        # Its worker is away: it is planned all the same, and says what it waits for.
        until(lambda: state_of(installed, job) == "speaking")
        until(lambda: "worker --engine sine" in other.json("status", job)["notice"])
        refused = other.make(book, "--voice", "sine:b", code=1)
        assert "voxpress submit" in refused.stderr
        with studio(installed, "worker", (), "--engine", "sine"):
            until(lambda: state_of(installed, job).startswith("done"))
        assert first.alive()
    assert {s["voice"] for s in other.transcript()["segments"]} == {"sine:b"}


def _offered(voxpress: Voxpress) -> set[str]:
    with closing(sqlite3.connect(voxpress.home / "catalog.db")) as catalog:
        return {name for (name,) in catalog.execute("SELECT engine FROM offer")}


def _broker(voxpress: Voxpress) -> str:
    return str(json.loads((voxpress.home / "run" / "up.json").read_text())["broker_url"])


def test_the_engine_of_up_is_served_by_its_environment(installed: Voxpress) -> None:
    with studio(installed, "up", ("cpu", "publish", "speak.sine")) as running:
        until(lambda: "sine" in _offered(installed))
        refused = installed.run("engines", "remove", "sine", code=1)
        assert "in use" in refused.stderr
        assert running.alive()


def test_what_makes_no_sense_is_refused_and_leaves_nothing(voxpress: Voxpress, tmp_path: Path) -> None:
    install = ("engines", "install")
    wheel = sine_wheel(tmp_path / "wheels")
    other = sine_wheel(tmp_path / "others", engine="cosine")
    for arguments, reason, code in (
        (("sine",), "--package", 2),
        (("../sine", "--package", wheel), "no name of an engine", 2),
        (("sine", "--package", wheel, "--offline"), "--offline forbids the network", 2),
        (("espeak",), "runs here already", 2),
        (("sine", "--package", "no/such.whl"), "neither a file nor the name", 2),
        (("sine", "--package", other, "--share", "--offline"), "brings no engine “sine”", 1),
        (("sine", "--package", "no-such-thing", "--share", "--from", tmp_path), "could not be installed", 1),
    ):
        refused = voxpress.run(*install, *arguments, code=code)
        assert reason in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr
    engines = voxpress.home / "engines"
    assert [path.name for path in engines.iterdir()] == []
    refused = voxpress.run("worker", "--engine", "xyz", code=1)
    assert "There is no engine “xyz”" in refused.stderr
    assert "not installed" in voxpress.run("engines", "check", "xyz", code=1).stderr


def test_an_installation_that_is_killed_leaves_nothing_that_counts(
    voxpress: Voxpress, tmp_path: Path
) -> None:
    wheel = sine_wheel(tmp_path / "wheels")
    install = ("engines", "install", "sine", "--package", wheel, "--share", "--offline")
    voxpress.run(*install)
    record = voxpress.home / "engines" / "sine" / "environment.json"
    process = voxpress.start(*install)
    started = []
    until(lambda: not record.exists(), process)  # the old one is aside, the new one is not there
    started = family(process)
    process.kill()
    process.communicate()
    gone(started)
    # The next command finds the old one again, whole.
    engines = {row["engine"]: row for row in voxpress.json("engines", "list")["engines"]}
    assert engines["sine"]["where"] == "environment"
    assert [path.name for path in (voxpress.home / "engines").iterdir()] == ["sine"]
    # Made for another Voxpress, it is not used.
    record.write_text(record.read_text().replace('"version":"', '"version":"0.0.'))
    (row,) = [r for r in voxpress.json("engines", "list")["engines"] if r["engine"] == "sine"]
    assert "makes it anew" in row["note"]
    source = write_epub(voxpress.folder / "book.epub", BOOK)
    assert "makes it anew" in voxpress.make(source, "--voice", "sine:a", code=1).stderr
    voxpress.run(*install)
    assert voxpress.json("engines", "check", "sine")["voices"] == ["sine:a", "sine:b"]
    voxpress.run("engines", "remove", "sine")
    assert list((voxpress.home / "engines").iterdir()) == []
    assert "sine" in voxpress.make(source, "--voice", "sine:a", code=1).stderr
    assert "no environment" in voxpress.run("engines", "remove", "sine", code=1).stderr
