"""A conversation from a page to what is heard: written by a model that makes a mistake, edited, spoken, published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.speech.tone import pitch_of
from tests.integration.test_conversations import ANSWER, PAGE
from tests.language_models import serving
from tests.publishing import decode
from tests.running import Voxpress


def loudness_at(pcm: np.ndarray, rate: int, hertz: float, start: float, end: float) -> float:
    """How much of a pitch there is between two times (s), as an amplitude."""
    part = pcm[int(start * rate) : int(end * rate)].astype(float)
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / rate)
    return 2 * float(np.abs(np.mean(part * wave)))


def words_by(transcript: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (segment["speaker"], segment["words"])
        for chapter in transcript["chapters"]
        for segment in chapter["segments"]
    ]


def test_a_dialogue_is_written_edited_and_heard_with_two_voices_at_once(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    voxpress = Voxpress(tmp_path)
    talk = tmp_path / "talk.md"
    voxpress.run("feed", "create", "warm", "-o", tmp_path / "show")
    with serving("I cannot do that.", json.dumps(ANSWER)) as server:
        voxpress.env |= {"VOXPRESS_LLM_URL": server.url, "VOXPRESS_LLM_MODEL": "small"}
        hosts = ["--host=Ada=tone:a", "--host=Ben=tone:b"]
        voxpress.run("feed", "script", "warm", "page.html", "-o", talk, *hosts, code=3)
    text = talk.read_text()
    doubtful = next(line for line in text.split("\n") if line.startswith("? "))
    talk.write_text(text.replace("900 litres", "400 litres").replace(f"{doubtful}\n", ""))
    (episode,) = voxpress.json("feed", "speak", "warm", talk)["episodes"]
    assert episode["state"] == "published"
    assert {person["name"] for person in episode["persons"]} >= {"Ada", "Ben"}

    (edition,) = (voxpress.home / "episodes").rglob("*.transcript.json")
    said = words_by(json.loads(edition.read_text()))
    (beside,) = edition.parent.glob("*.talk.md")
    assert beside.read_text() == talk.read_text()
    assert {speaker for speaker, _ in said} == {"Ada", "Ben"}
    place = next(n for n, (_, words) in enumerate(said) if [word["text"] for word in words] == ["I", "see."])
    (before, told), (by, reaction), (after, resumed) = said[place - 1 : place + 2]
    assert (before, by, after) == ("Ben", "Ada", "Ben")
    assert told[0]["start"] < reaction[0]["start"] < told[-1]["end"] < resumed[0]["start"]
    wanted = float(text.split("Ada [reaction, enters ")[1].split("]")[0])
    assert abs(told[-1]["end"] - reaction[0]["start"] - wanted) < 0.05

    pcm, rate = decode(tmp_path / "show" / episode["audio"]["name"])
    pcm = pcm.reshape(-1)
    together = [(word, "a") for word in reaction]
    together += [(word, "b") for word in told if word["end"] > reaction[0]["start"]]
    assert len(together) > 2
    for word, voice in together:
        times = word["start"], word["end"]
        heard = loudness_at(pcm, rate, pitch_of(word["text"], voice), *times)
        assert heard > 4 * loudness_at(pcm, rate, pitch_of("", voice) + 700, *times), word
    assert np.abs(pcm).max() < (1.0 if pcm.dtype.kind == "f" else 32767)
    names = {Path(one["name"]).suffix: one["name"] for one in episode["transcripts"]}
    shown = json.loads((tmp_path / "show" / names[".json"]).read_text())
    assert {segment["speaker"] for segment in shown["segments"]} == {"Ada", "Ben"}
    assert "<v Ada>" in (tmp_path / "show" / names[".vtt"]).read_text()
