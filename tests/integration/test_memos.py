"""Voice memos: their sound as it is published, and the words at the times at which they sound in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import integrated, measure
from pipeline.errors import (
    AudioError,
    HearingFailed,
    RecogniserUnavailable,
    SourceTooLarge,
    SourceUnsupported,
)
from pipeline.hear.recogniser import Heard
from pipeline.hear.registry import forget_recognisers
from pipeline.hear.tone import LANGUAGE, LOG, VOCABULARY, ToneRecogniser
from pipeline.hear.whisper import WhisperRecogniser
from pipeline.model import Pcm
from pipeline.notes import recording, told
from pipeline.publish.podcast.checks.findings import Severity
from pipeline.publish.podcast.show import Show
from pipeline.publish.podcast.validate import validate
from storage.rows import ProductionState
from storage.settings import load_settings
from storage.show_rows import EpisodeState, Making, ShowRow
from tasks.adding import Added
from tasks.context import Context, open_context
from tasks.episodes import rebuild, remove, settle
from tasks.memos import add_memo
from tasks.music import score_in
from tasks.notes import add_note, keep_note
from tasks.shows import create_show, production_settings
from tasks.submission import retry
from tests.hearing import make_whisper
from tests.integration.test_recogniser_conformance import noise
from tests.memos import RATE, memo, write
from tests.publishing import run_ffmpeg

SAID = ("Um, I I went to the lake today. It was, uh, cold.", 2.0, "Nobody swam.")
KEPT = "I went to the lake today. It was cold. Nobody swam."


@pytest.fixture(autouse=True)
def ears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stand-in knows the words of the memo; each section that it listens to is logged."""
    (tmp_path / "words").write_text(" ".join(part for part in SAID if isinstance(part, str)))
    monkeypatch.setenv(VOCABULARY, str(tmp_path / "words"))
    monkeypatch.setenv(LOG, str(tmp_path / "ears.log"))
    forget_recognisers()
    yield
    forget_recognisers()


def a_show(folder: Path, **more: object) -> tuple[Context, ShowRow]:
    given = {"home": folder / "home", "recogniser": "tone", **more}
    context = open_context(load_settings(given).settings)
    show = Show("diary", "5f0e2a3c-0000-5000-8000-000000000001", "My diary", author="Ann")
    return context, create_show(context, show, folder / "diary", Making())


def add(context: Context, row: ShowRow, path: Path, **more: Any) -> Added:
    return add_memo(context, row, path, production_settings(context.settings, row), **more)


def transcript(row: ShowRow, added: Added) -> list[dict[str, Any]]:
    episode = added.episode.episode
    assert episode
    return list(json.loads((Path(row.folder) / f"{episode.stem}.json").read_bytes())["segments"])


def listened(folder: Path) -> int:
    path = folder / "ears.log"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.mark.parametrize(("suffix", "codec"), [("m4a", "aac"), ("opus", "libopus"), ("wav", "pcm_s16le")])
def test_the_sound_is_the_memos_own_and_its_words_are_where_they_sound(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    memo(tmp_path / "said.wav", SAID, before=6.0, level=0.03, rumble=0.005)
    source = tmp_path / f"2026-03-02 lake.{suffix}"
    if suffix == "wav":
        (tmp_path / "said.wav").rename(source)
    else:
        run_ffmpeg("-i", str(tmp_path / "said.wav"), "-c:a", codec, "-b:a", "128k", str(source))
    context, row = a_show(tmp_path)

    added = add(context, row, source)

    episode = added.episode.episode
    assert episode
    assert (episode.title, f"{episode.published:%Y-%m-%d}") == ("I went to the lake today", "2026-03-02")
    words = transcript(row, added)
    assert " ".join(word["body"] for word in words) == KEPT
    samples = np.concatenate(list(decode(Path(row.folder) / episode.audio.name, RATE)))
    assert abs(integrated(measure(samples, RATE)) + 16) < 1
    assert measure(samples, RATE).true_peak <= -1
    assert abs(episode.duration - len(samples) / RATE) < 0.1
    assert episode.duration < 10  # of the ten seconds of silence around it hardly any is left
    heard = ToneRecogniser(context.ears).transcribe(samples, RATE, "en")
    sounds, told = {one.text: one for one in heard}, {"was": "was,"}
    for word in words:
        assert 0 <= word["startTime"] < word["endTime"] <= episode.duration
        assert abs(word["startTime"] - sounds[told.get(word["body"], word["body"])].start) < 0.03
    turns = np.exp(-2j * np.pi * 25 * np.arange(len(samples)) / RATE)
    hum = 2 * abs(np.dot(samples.astype(np.float64), turns)) / len(samples)
    assert hum / np.abs(samples.astype(np.float64)).max() < 0.005 / 0.03 / 6  # as it was, less 16 dB
    assert not [one for one in validate(Path(row.folder)) if one.severity is Severity.ERROR]


def chord(path: Path, seconds: float) -> str:
    """Music below and above the words."""
    time = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * hertz * time) for hertz in (110, 8100))
    write(path, np.rint(7000 * sound).astype(np.int16))
    return str(path)


def only(samples: Pcm, lowest: float, highest: float) -> Pcm:
    """What sounds between two frequencies (Hz)."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    places = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(places < lowest) | (places > highest)] = 0
    return np.rint(np.fft.irfft(spectrum, len(samples))).astype(np.int16)


def test_music_of_the_show_is_around_and_under_a_memo_and_its_words_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "LONG", 5.0)
    monkeypatch.setattr(told, "SHORTEST_CHAPTER", 2.0)
    memo(tmp_path / "said.wav", [*SAID, 4.0, *SAID], level=0.03)
    context, row = a_show(tmp_path)
    files = {
        "music.intro": chord(tmp_path / "intro.wav", 6.0),
        "music.outro": chord(tmp_path / "outro.wav", 5.0),
        "music.bed": chord(tmp_path / "bed.wav", 4.0),
    }
    plain = transcript(row, add(context, row, tmp_path / "said.wav"))
    with_music = replace(row, making=replace(row.making, settings=files))

    added = add(context, with_music, tmp_path / "said.wav")

    episode, words = added.episode.episode, transcript(row, added)
    assert episode
    assert listened(tmp_path) == 1
    assert len(context.store.catalog.episodes("diary")) == 1
    samples = np.concatenate(list(decode(Path(row.folder) / episode.audio.name, RATE)))
    heard = ToneRecogniser(context.ears).transcribe(only(samples, 300, 2000), RATE, "en")
    for word, sounds in zip(words, kept(heard), strict=True):
        assert word["startTime"] == pytest.approx(sounds.start, abs=0.03)
        assert word["endTime"] == pytest.approx(sounds.end, abs=0.06)
    assert words[0]["startTime"] - plain[0]["startTime"] == pytest.approx(6.0 - 3.0, abs=0.01)
    assert episode.duration == pytest.approx(len(samples) / RATE, abs=0.1)
    (chapters,) = Path(row.folder).glob(f"{episode.stem}*chapters.json")
    begins = [one["startTime"] for one in json.loads(chapters.read_bytes())["chapters"]]
    assert len(begins) == 2
    half = len(words) // 2
    assert begins[1] == pytest.approx((words[half - 1]["endTime"] + words[half]["startTime"]) / 2, abs=0.4)

    music = only(samples, 7000, 9000)

    def level(start: float, end: float) -> float:
        piece = music[round(start * RATE) : round(end * RATE)].astype(float)
        return float(20 * np.log10(np.sqrt(np.mean(piece**2)) + 1e-9))

    alone, under = level(1.0, 1.5), level(words[4]["startTime"], words[5]["endTime"])
    pause = next(
        one["endTime"] for one, after in pairwise(words) if after["startTime"] - one["endTime"] > 1.5
    )
    assert alone - level(pause + 0.8, pause + 1.2) == pytest.approx(14, abs=2)
    assert alone - under == pytest.approx(20, abs=3)
    assert level(episode.duration - 2, episode.duration - 1) == pytest.approx(alone, abs=2)
    assert abs(integrated(measure(samples, RATE)) + 16) < 1
    assert measure(samples, RATE).true_peak <= -1
    assert not [one for one in validate(Path(row.folder)) if one.severity is Severity.ERROR]
    assert add(context, with_music, tmp_path / "said.wav").episode.edition_key == added.episode.edition_key


def kept(heard: Sequence[Heard]) -> list[Heard]:
    """The words that the text has: no fillers, and of a start that is repeated the last one."""
    said = [one for one in heard if one.text not in ("Um,", "uh,")]
    return [
        one for one, after in zip(said, [*said[1:], None], strict=True) if not after or one.text != after.text
    ]


def test_a_note_that_is_read_has_the_music_of_the_show(tmp_path: Path) -> None:
    context, row = a_show(tmp_path)
    music = {"music.intro": chord(tmp_path / "intro.wav", 6.0), "voice.voice": "tone:a"}
    row = replace(row, making=replace(row.making, settings=music))
    settings = production_settings(context.settings, row)
    added = add_note(context, row, keep_note(context, row.show, "It was cold."), settings)
    score = score_in(context, added.production.settings, 0, 1)
    assert score
    assert score.intro
    assert score.intro.track.seconds == pytest.approx(6.0)


def test_the_same_memo_is_the_same_episode_wherever_it_lies(tmp_path: Path) -> None:
    context, row = a_show(tmp_path)
    memo(tmp_path / "one.wav", SAID)
    first = add(context, row, tmp_path / "one.wav")
    (tmp_path / "one.wav").rename(tmp_path / "two.wav")
    before = listened(tmp_path)

    again = add(context, row, tmp_path / "two.wav")
    named = add(context, row, tmp_path / "two.wav", title="The lake")

    assert [one.episode.guid for one in (again, named)] == [first.episode.guid] * 2
    assert named.episode.title == "The lake"
    assert (before, listened(tmp_path)) == (1, 1)
    assert [one.number for one in context.store.catalog.episodes("diary")] == [1]
    memo(tmp_path / "two.wav", ["It was cold."])  # another recording of that name
    other = add(context, row, tmp_path / "two.wav")
    assert other.episode.guid != first.episode.guid


def test_what_was_heard_is_kept_section_by_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "SECTION_SECONDS", 6.0)
    memo(tmp_path / "long.wav", [part for _ in range(4) for part in (*SAID, 2.0)])
    context, row = a_show(tmp_path)
    real, calls = ToneRecogniser.transcribe, []

    def killed(self: ToneRecogniser, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(ToneRecogniser, "transcribe", killed)
    with pytest.raises(KeyboardInterrupt):
        add(context, row, tmp_path / "long.wav")
    assert not context.store.catalog.episodes("diary")

    added = add(context, row, tmp_path / "long.wav")

    words = transcript(row, added)
    assert " ".join(word["body"] for word in words) == " ".join([KEPT] * 4)
    assert len(calls) == listened(tmp_path) + 1
    times = [word[name] for word in words for name in ("startTime", "endTime")]
    assert times == sorted(times)


def test_a_memo_is_rebuilt_removed_and_brought_back_like_any_episode(tmp_path: Path) -> None:
    context, row = a_show(tmp_path)
    memo(tmp_path / "one.wav", SAID)
    added = add(context, row, tmp_path / "one.wav")
    audio = Path(row.folder) / added.episode.episode.audio.name  # type: ignore[union-attr]
    audio.unlink()

    assert not rebuild(context, row)
    assert audio.exists()
    remove(context, row, added.episode)
    assert not audio.exists()
    assert not settle(context, row)
    again = add(context, row, tmp_path / "one.wav")
    assert audio.exists()
    assert again.episode.state is EpisodeState.PUBLISHED
    assert again.production.state is ProductionState.DONE
    with pytest.raises(SourceUnsupported, match="voice memo"):
        retry(context, again.production)


def test_the_language_is_what_is_heard_or_what_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, row = a_show(tmp_path)
    monkeypatch.setenv(LANGUAGE, "de")
    memo(tmp_path / "one.wav", SAID)

    assert add(context, row, tmp_path / "one.wav").production.language == "de"
    assert add(context, row, tmp_path / "one.wav", language="fr").production.language == "fr"
    with pytest.raises(HearingFailed, match="does not know"):
        add(context, row, tmp_path / "one.wav", language="la")


def test_what_is_no_recording_of_speech_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    context, row = a_show(tmp_path)
    (tmp_path / "text.mp3").write_text("This is a text. " * 100)
    (tmp_path / "list.m4a").write_text("#EXTM3U\n/etc/passwd\n")
    write(tmp_path / "silent.wav", np.zeros(RATE * 3, np.int16))
    for name in ("text.mp3", "list.m4a", "silent.wav"):
        with pytest.raises(AudioError, match=name):
            add(context, row, tmp_path / name)
    short = replace(row, making=replace(row.making, max_minutes=0.1))
    memo(tmp_path / "long.wav", SAID)
    with pytest.raises(SourceTooLarge, match="--max-minutes"):
        add(context, short, tmp_path / "long.wav")
    assert not list((context.settings.notes_dir / "diary").iterdir())
    assert not context.store.catalog.productions()


def test_a_memo_is_heard_by_whisper(tmp_path: Path) -> None:
    write(tmp_path / "noise.wav", noise(8, RATE))
    with pytest.raises(RecogniserUnavailable, match="voxpress models pull small"):
        add(*a_show(tmp_path / "none", recogniser="whisper"), tmp_path / "noise.wav")
    model = make_whisper(tmp_path / "model")
    forget_recognisers()
    context, row = a_show(tmp_path / "some", recogniser="whisper", asr_model=str(model))

    added = add(context, row, tmp_path / "noise.wav", language="en")

    assert added.production.state is ProductionState.DONE_WITH_DOUBTS  # it is nonsense
    words = transcript(row, added)
    assert words
    times = [word[name] for word in words for name in ("startTime", "endTime")]
    assert times == sorted(times)
    assert times[-1] <= added.episode.episode.duration  # type: ignore[union-attr]
    here = WhisperRecogniser(context.ears)
    tag, sure = here.language_of(noise(4), 16_000)
    assert here.hears(tag)
    assert 0 < sure <= 1
