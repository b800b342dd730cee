"""An engine that is not in our environment: installed into one of its own, planned with, spoken by, removed."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.errors import VoiceNotFound
from storage.settings import load_settings
from tasks.context import open_context
from tasks.offers import find_voice
from tests.books import story, write_epub
from tests.brokers import queue_server
from tests.faults import ask, ended, family, gone, until
from tests.running import Voxpress
from tests.sine_wheel import sine_wheel
from tests.studio import studio

BOOK = story(chapters=1, paragraphs=4)


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
    sample = installed.folder / "sample.wav"
    installed.run("voices", "sample", "sine:a", "Hello there.", "-o", sample)
    assert sample.stat().st_size > 10_000


def test_voices_of_environments_are_measured_and_compared(installed: Voxpress) -> None:
    measured = installed.json("bench-voice", "sine:a", "--batch", "1,4")
    assert (measured["voice"], [one["size"] for one in measured["batches"]]) == ("sine:a", [1, 4])
    assert all(one["audio_seconds"] > 16 for one in measured["batches"])
    page = installed.folder / "page.html"
    said = installed.run(
        *(
            "voices",
            "compare",
            "sine:b",
            "espeak:en-us",
            "sine:a+b",
            "--text",
            "One thing. Another one!",
            "-o",
            page,
        )
    )
    assert "3 voices" in said.stderr
    cards = re.findall(r'data-name="([^"]+)" data-starts="\[([^]]*)\]".*?base64,([^"]+)"', page.read_text())
    assert [name for name, _, _ in cards] == ["sine:b", "espeak:en-us", "sine:a+b"]
    pitches = {}
    for name, starts, audio in cards:
        assert len(starts.split(",")) == 2
        (installed.folder / "voice.mp3").write_bytes(base64.b64decode(audio))
        samples = np.concatenate(list(decode(installed.folder / "voice.mp3", 22_050)))
        pitches[name] = np.abs(np.fft.rfft(samples)).argmax() * 22_050 / len(samples)
    assert pitches["sine:a+b"] == pytest.approx(275, abs=4)  # a mixture is in no list
    assert pitches["sine:b"] == pytest.approx(330, abs=4)
    context = open_context(load_settings({"home": installed.home}).settings)
    offer = find_voice(context, "sine:b+a", "en", shared=False)
    assert (offer.voice.name, offer.limits_in("de").characters) == ("sine:b+a", 60)
    with pytest.raises(VoiceNotFound, match=r"no voice “sine:b\+x”"):
        find_voice(context, "sine:b+x", "en", shared=False)
    for command in (("bench-voice", "sine:x"), ("voices", "compare", "sine:x", "espeak:en-us")):
        assert "There is no voice “sine:x”; did you mean sine:" in installed.run(*command, code=1).stderr
    dying = Voxpress(installed.folder, {"VOXPRESS_TEST_SINE_SECONDS": "soon"})
    refused = dying.run(
        "voices", "compare", "sine:a", "espeak:en-us", "-o", installed.folder / "no.html", code=1
    )
    assert "could not convert string to float: 'soon'" in refused.stderr
    assert "engines check sine" in refused.stderr
    assert not (installed.folder / "no.html").exists()


def test_a_book_is_spoken_there_and_a_worker_that_is_killed_is_followed(installed: Voxpress) -> None:
    log = installed.folder / "sine.log"
    slow = Voxpress(
        installed.folder, {"VOXPRESS_TEST_SINE_SECONDS": "0.2", "VOXPRESS_TEST_SINE_LOG": str(log)}
    )
    process = slow.start("make", "book.epub", "--voice", "sine:a", "-o", slow.out, "--workers", "1")
    try:
        deadline = time.monotonic() + 180  # two workers are started, one after the other
        while not log.exists() or len(log.read_text().splitlines()) < 3:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        [worker] = [p for p in family(process) if _is_worker_of(p, installed.home / "engines" / "sine")]
        children = worker.children(recursive=True)
        worker.kill()
        gone(children)  # what it had in hand is lost, and its queue with nobody
        said = ended(process, 0, 200)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert "audio" in said
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    assert {revision for _, revision in lines} == {"sine 1.0"}
    assert len({pid for pid, _ in lines}) == 2  # those of the one that was killed, and of the one after it
    ((chunks,),) = ask(slow, "SELECT count(*) FROM chunk")
    assert chunks <= len(lines) <= chunks + 2  # at the most what was in hand was spoken again
    assert _voices(slow) == {"sine:a"}
    again = installed.run("make", "book.epub", "--voice", "sine:a", "-o", slow.out)
    assert "up to date" in again.stderr
    assert len(log.read_text().splitlines()) == len(lines)


def _is_worker_of(process: psutil.Process, environment: Path) -> bool:
    command = process.cmdline()
    leads = process.parent() is None or "workers.worker" not in process.parent().cmdline()
    return bool(command) and command[0].startswith(str(environment)) and "workers.worker" in command and leads


def test_a_worker_there_has_its_gpus_and_its_voices_ready(installed: Voxpress, tmp_path: Path) -> None:
    """It is told nothing but the settings: what the driver's program says, and what the engine can use, it finds."""
    log = tmp_path / "devices.log"
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.parent.mkdir()
    driver.write_text("#!/bin/sh\nfor n in 0 1; do echo $n, T4, 0, 15360, 0, 550.54, GPU-$n; done\n")
    driver.chmod(0o755)
    settings = {
        "PATH": f"{driver.parent}{os.pathsep}{os.environ['PATH']}",
        "VOXPRESS_DEVICE": "auto",
        "VOXPRESS_GPUS": "0,GPU-1",
        "VOXPRESS_PRECISION": "float16",
        "VOXPRESS_WARM_UP": "sine:b,espeak:en-us",
        "VOXPRESS_TEST_SINE_DEVICES": str(log),
    }
    host = Voxpress(installed.folder, settings)
    with queue_server(tmp_path / "broker") as broker:
        host.env["VOXPRESS_BROKER_URL"] = broker.url
        with studio(host, "worker", (), "--engine", "sine"):
            until(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
    spoken = [line.split() for line in log.read_text().splitlines()]
    assert len({process for process, *_ in spoken}) == 2
    assert {tuple(rest) for _, *rest in spoken} == {("cuda", "float16", "0"), ("cuda", "float16", "GPU-1")}


def test_a_host_without_the_engine_plans_for_one_that_has_it(installed: Voxpress, tmp_path: Path) -> None:
    """The second host shares catalog, blobs and broker, and knows nothing of the environment of the first."""
    folder = tmp_path / "other"
    folder.mkdir()
    book = write_epub(folder / "book.epub", BOOK)
    with studio(installed, "up", ("cpu", "publish", "speak.sine")):
        until(lambda: _offered(installed))
        other = Voxpress(folder, {
            "VOXPRESS_CATALOG_URL": f"sqlite:///{installed.home}/catalog.db",
            "VOXPRESS_BLOB_URL": str(installed.home / "blobs"),
            "VOXPRESS_BROKER_URL": _broker(installed),
        })  # fmt: skip
        voices = {v["name"]: v["where"] for v in other.json("voices", "list")["voices"]}
        assert voices["sine:b"] == socket.gethostname()
        refused = other.make(book, "--voice", "sine:b", code=1)
        assert "voxpress submit" in refused.stderr
        [one] = other.json("submit", book, "--voice", "sine:b", "-o", other.out)["productions"]
        ended(installed.start("follow", one["id"]), 0, 200)
        assert "in use" in installed.run("engines", "remove", "sine", code=1).stderr
    assert _voices(other) == {"sine:b"}


def test_it_is_removed_and_its_books_stay(installed: Voxpress) -> None:
    """The last one of the module."""
    installed.run("engines", "remove", "sine")
    assert list((installed.home / "engines").iterdir()) == []
    assert "sine" in installed.make("book.epub", "--voice", "sine:b", code=1).stderr
    assert list(installed.out.rglob("*.m4b"))


def _voices(voxpress: Voxpress) -> set[str]:
    chapters = voxpress.transcript()["chapters"]
    return {segment["voice"] for chapter in chapters for segment in chapter["segments"]}


def _offered(voxpress: Voxpress) -> bool:
    return bool(ask(voxpress, "SELECT 1 FROM offer WHERE engine = 'sine'"))


def _broker(voxpress: Voxpress) -> str:
    return str(json.loads((voxpress.home / "run" / "up.json").read_text())["broker_url"])
