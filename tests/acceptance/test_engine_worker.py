"""Engines in environments of their own: a worker starts, speaks one chunk, and stops; somebody is imitated, by
cloning and by conversion, and the edition says with whose consent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import mutagen
import pytest

from pipeline.speech.registry import facts_of
from tests.brokers import queue_server
from tests.engines import subjects
from tests.faults import until
from tests.running import Voxpress
from tests.speech_clips import recording
from tests.studio import finished, state_of, studio, submitted, takes

ROOT = Path(__file__).parents[2]
APART = sorted(name for name in subjects() if facts_of(name).extra and not facts_of(name).server)
"""Those whose library is no part of the base install."""


PATIENCE = 280.0
"""Seconds until a heavy library is imported in each process that needs it."""


@pytest.mark.parametrize("name", APART)
def test_its_worker_starts_speaks_one_chunk_and_stops(name: str, tmp_path: Path) -> None:
    subject = subjects()[name]
    if subject.missing:
        pytest.skip(f"{name}: {', '.join(subject.missing)} not installed here")
    source = tmp_path / "one.txt"
    source.write_text("Nobody saw the lamp go out.\n")
    voxpress = Voxpress(tmp_path)
    with subject.prepare(voxpress.home / "voices"), queue_server(tmp_path / "broker") as broker:
        voxpress.env |= {
            "VOXPRESS_BROKER_URL": broker.url,
            "VOXPRESS_WORKERS": "1",
            "PYTHONPATH": f"{subject.path}{os.pathsep}{ROOT}",
            "VOXPRESS_CHECK_BY": "off",  # random weights do not say their words
        }
        with studio(voxpress, "worker", ("cpu", "publish", f"speak.{name}")):
            (job,) = submitted(voxpress, source, "--voice", subject.voice)
            until(lambda: finished(voxpress) == [job], seconds=PATIENCE)
            assert state_of(voxpress, job).startswith("done"), voxpress.run("status", job, code=None).stdout
            assert len(takes(voxpress)) == 1
            assert voxpress.transcript()["duration"] > 0.3


CONSENT = "Ann Reader, 2026-05-01, for reading her own stories"


def imitating(engine: str, base: Path) -> Voxpress:
    """A studio with the engine's tiny model, and in it the voice ``ENGINE:ann``, made of a recording."""
    if missing := subjects()[engine].missing:
        pytest.skip(f"{engine}: {', '.join(missing)} not installed here")
    voxpress = Voxpress(base, env={"VOXPRESS_CHECK_BY": "off"})
    clip = recording(base / "ann.flac")
    voxpress.run("voices", "add", "ann", "--engine", engine, "--reference", clip, "--consent", CONSENT)
    return voxpress


def told_of(voxpress: Voxpress, voice: str, engine: str) -> None:
    """The edition names the voice and the consent wherever it should."""
    tags = {
        key.lower().rpartition(":")[2]: str(value)
        for key, value in mutagen.File(voxpress.file(".m4b")).items()
    }
    assert f"cloned voice {voice}, engine {engine}" in tags["synthetic-speech"]
    assert CONSENT in tags["voice-consent"]
    [entry] = voxpress.transcript()["cloned_voices"]
    assert (entry["voice"], entry["who"], entry["when"]) == (voice, "Ann Reader", "2026-05-01")
    [told] = json.loads(voxpress.file("report.json").read_text())["voices"]
    assert (told["name"], told["consent"]["purpose"]) == (voice, "for reading her own stories")
    assert f"Consent: {CONSENT}." in voxpress.file("report.html").read_text()


def test_xtts_clone_reads_an_article_that_says_whose_voice_it_is(tmp_path: Path) -> None:
    voxpress = imitating("xtts", tmp_path)
    from tests.helpers_xtts import write_model

    write_model(voxpress.home / "voices" / "xtts" / "tiny")
    source = tmp_path / "one.txt"
    source.write_text("Nobody saw the lamp go out.\n")
    voxpress.make(source, "--voice", "xtts:ann", code=None)
    assert voxpress.transcript()["duration"] > 0.5
    told_of(voxpress, "xtts:ann", "xtts")


def test_coqui_converts_what_another_engine_says_into_who_allowed_it(tmp_path: Path) -> None:
    """The worker of ``speak.coqui`` speaks with espeak, which every environment has, and converts."""
    voxpress = imitating("coqui", tmp_path)
    from tests.helpers_coqui_conversion import write_openvoice

    write_openvoice(voxpress.home / "voices" / "coqui")
    source = tmp_path / "one.txt"
    source.write_text("The lamp of the old mill went out, and nobody saw who had done it.\n")
    with queue_server(tmp_path / "broker") as broker:
        voxpress.env |= {"VOXPRESS_BROKER_URL": broker.url, "VOXPRESS_WORKERS": "1"}
        with studio(voxpress, "worker", ("cpu", "publish", "speak.coqui")):
            (job,) = submitted(voxpress, source, "--voice", "espeak:en-us+openvoice-v2:ann")
            until(lambda: finished(voxpress) == [job], seconds=PATIENCE)
            assert state_of(voxpress, job).startswith("done"), voxpress.run("status", job, code=None).stdout
    told_of(voxpress, "espeak:en-us+openvoice-v2:coqui/ann", "espeak")
    [voice] = {one["voice"] for chapter in voxpress.transcript()["chapters"] for one in chapter["segments"]}
    assert voice == "espeak:en-us+openvoice-v2:coqui/ann"
