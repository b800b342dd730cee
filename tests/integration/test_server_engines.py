"""What speech servers do wrong, by name: each trap that an engine's page tells of."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from pipeline.audio.wav import wav_bytes
from pipeline.errors import EngineUnavailable, SpeechFailed, TakeRefused
from pipeline.model import Chunk, SpeakingOptions, Take, Voice, Word
from pipeline.speech import server_client
from pipeline.speech.engine import Engine, EngineContext
from pipeline.speech.registry import all_voices, engine_problems, find_voice, forget_engines, open_engine
from pipeline.speech.server_engine import LAST
from pipeline.speech.server_look import look_at
from pipeline.speech.servers import SpeechServer
from tests.helpers_speech import chunk_of
from tests.sites import running
from tests.speech_servers import Asked, SpeechSite, as_json
from tests.speech_servers.chatterbox import ChatterboxServer
from tests.speech_servers.cloned import TEXT, write_clone
from tests.speech_servers.gpt_sovits import GptSovitsServer, requests_of
from tests.speech_servers.openai import KokoroServer, PlainServer
from tests.speech_servers.piper import PiperServer, config
from tests.speech_servers.reading import spoken

LINE = "The lamp of the old mill went out, and nobody saw who had done it."
SHORT = "Never again!"
S = TypeVar("S", bound=SpeechSite)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(server_client, "LOOK_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(server_client, "PATIENCE_SECONDS", 2.0)
    monkeypatch.setattr(server_client, "FIRST_PAUSE", 0.02)
    yield
    forget_engines()


class Studio:
    """A machine with servers."""

    def __init__(self, folder: Path, *servers: SpeechServer) -> None:
        self.context = EngineContext(folder / "voices", servers=servers, locks_dir=folder / "locks")

    def engine(self, name: str) -> Engine:
        return open_engine(name, self.context)

    def voice(self, name: str) -> Voice:
        return find_voice(name, "en", self.context)

    def speak(self, name: str, *texts: str | Chunk, **options: object) -> list[Take]:
        voice = self.voice(name)
        chunks = [text if isinstance(text, Chunk) else chunk_of(text, voice=name) for text in texts]
        manner = replace(SpeakingOptions(), **options)  # type: ignore[arg-type]
        return list(self.engine(voice.engine).speak(chunks, voice, manner))

    def fault(self, name: str, text: str = SHORT) -> tuple[str, str]:
        """Name of the fault, and what is said of it."""
        with pytest.raises(TakeRefused) as refused:
            self.speak(name, text)
        return refused.value.fault, str(refused.value)


@contextmanager
def studio(site: S, place: Path, engine: str, **settings: object) -> Iterator[tuple[S, Studio]]:
    with running(site):
        yield site, Studio(place, SpeechServer(engine, site.url, **settings))  # type: ignore[arg-type]


@pytest.fixture
def kokoro(tmp_path: Path) -> Iterator[tuple[KokoroServer, Studio]]:
    with studio(KokoroServer(), tmp_path, "openai") as made:
        yield made


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[tuple[PlainServer, Studio]]:
    with studio(PlainServer(), tmp_path, "openai", voices=("alloy",)) as made:
        yield made


@pytest.fixture
def chatterbox(tmp_path: Path) -> Iterator[tuple[ChatterboxServer, Studio]]:
    with studio(ChatterboxServer(), tmp_path, "chatterbox-server", parallel=8) as made:
        yield made


@pytest.fixture
def sovits(tmp_path: Path) -> Iterator[tuple[GptSovitsServer, Studio]]:
    write_clone(tmp_path / "voices", "gpt-sovits", "mine")
    with studio(GptSovitsServer(), tmp_path, "gpt-sovits", parallel=8) as made:
        yield made


@pytest.fixture
def piper(tmp_path: Path) -> Iterator[tuple[PiperServer, Studio]]:
    with studio(PiperServer(), tmp_path, "piper-http", parallel=8) as made:
        yield made


# -- openai ----------------------------------------------------------------------------------------------


def test_kokoro_is_found_out_and_asked_for_times_without_streaming_and_without_its_normaliser(
    kokoro: tuple[KokoroServer, Studio],
) -> None:
    site, here = kokoro
    [take] = here.speak("openai:af_bella", LINE)
    assert take.timing_source == "engine"
    [asked] = site.posts("/dev/captioned_speech")
    assert asked.json["stream"] is False
    assert asked.json["return_timestamps"] is True
    assert not any(asked.json["normalization_options"].values())
    assert asked.json["lang_code"] == "a"
    assert site.posts("/v1/audio/speech") == []


def test_kokoros_words_are_ours_at_their_times(kokoro: tuple[KokoroServer, Studio]) -> None:
    _, here = kokoro
    words = (Word("Mr.", "Mister"), Word("Smith", "Smith"), Word("—", ""), Word("paid", "paid"),
             Word("$3.50,", "three dollars and fifty cents,"), Word("twice.", "twice."))  # fmt: skip
    [take] = here.speak("openai:af_bella", chunk_of(words, voice="openai:af_bella"))
    truth = spoken("Mister Smith paid three dollars and fifty cents, twice.", 24_000).words
    assert take.timings is not None
    starts = [time.start for time in take.timings]
    assert starts[0] == pytest.approx(truth[0][1], abs=0.02)
    assert starts[3] == pytest.approx(truth[2][1], abs=0.02)
    assert starts[4] == pytest.approx(truth[3][1], abs=0.02)
    assert starts[5] == pytest.approx(truth[8][1], abs=0.02)
    assert take.timings[4].end == pytest.approx(truth[7][2], abs=0.05)


def test_null_timestamps_are_no_times(kokoro: tuple[KokoroServer, Studio]) -> None:
    site, here = kokoro
    site.null_timestamps = True
    [take] = here.speak("openai:af_bella", LINE)
    assert take.timing_source == "estimate"  # which is aligned before it is kept


def test_words_without_a_time_lie_between_their_neighbours(kokoro: tuple[KokoroServer, Studio]) -> None:
    site, here = kokoro
    site.unnamed = {"mill", "nobody"}
    [take] = here.speak("openai:af_bella", LINE)
    assert take.timing_source == "engine"
    assert take.timings is not None
    truth = spoken(LINE, 24_000).words
    for time_, (word, start, _) in zip(take.timings, truth, strict=True):
        assert time_.start == pytest.approx(start, abs=0.02 if word not in site.unnamed else 0.2)


def test_square_brackets_are_no_orders(kokoro: tuple[KokoroServer, Studio]) -> None:
    site, here = kokoro
    here.speak("openai:af_bella", "He said [pause:9s] and [Kokoro](/kˈOkəɹO/) left.")
    assert not set("[]") & set(site.posts("/dev/captioned_speech")[0].json["input"])


def test_a_server_that_lists_no_voices_has_those_of_the_settings(plain: tuple[PlainServer, Studio]) -> None:
    site, here = plain
    [take] = here.speak("openai:alloy", LINE)
    assert take.sample_rate == 24_000
    assert take.timing_source == "estimate"
    [asked] = site.posts("/v1/audio/speech")
    assert set(asked.json) == {"model", "input", "voice", "response_format", "speed"}
    nobody = Studio(Path("none"), SpeechServer("openai", site.url))
    with pytest.raises(EngineUnavailable, match="does not list its voices: name them in the settings"):
        nobody.voice("openai:alloy")


@pytest.mark.parametrize(
    ("instead", "fault", "says"),
    [
        (b'{"error": {"message": "CUDA out of memory"}}', "no-audio", "CUDA out of memory"),
        (b"", "no-audio", "cannot be read"),
        (b"<html>login</html>", "no-audio", "cannot be read"),
        (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd\n", "no-audio", "cannot be read"),
        (b"ID3" + bytes(400), "no-audio", "cannot be read"),
        (wav_bytes(np.zeros(24_000, np.int16), 24_000), "silence", "nothing but zeros"),
        (
            wav_bytes(np.full(22_050, 900, np.int16), 22_050),
            "rate",
            "at 22050 Hz instead of 24000 Hz: either it",
        ),
        (wav_bytes(np.full(400, 900, np.int16), 24_000), "impossibly-short", "0.02 s"),
        (wav_bytes(np.full(100 * 24_000, 900, np.int16), 24_000), "impossibly-long", "100 s"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "no-audio", "no samples"),
    ],
    ids=["json", "empty", "page", "playlist", "no-mp3", "zeros", "rate", "short", "long", "no-wav"],
)
def test_a_reply_with_status_200_is_no_proof(
    plain: tuple[PlainServer, Studio], instead: bytes, fault: str, says: str
) -> None:
    site, here = plain
    site.instead = instead
    found, said = here.fault("openai:alloy")
    assert found == fault
    assert says in said


@pytest.mark.parametrize("form", ["flac", "mp3", "opus"])
def test_compressed_replies_are_decoded_at_the_voices_rate(tmp_path: Path, form: str) -> None:
    with studio(PlainServer(), tmp_path, "openai", voices=("alloy",), format=form) as (_, here):
        [take] = here.speak("openai:alloy", LINE)
    truth = spoken(LINE, 24_000).pcm
    assert take.sample_rate == 24_000
    assert len(take.audio) == pytest.approx(len(truth), rel=0.05)
    if form == "flac":
        assert np.array_equal(take.audio, truth)


def test_captions_that_are_no_captions_are_refused(
    kokoro: tuple[KokoroServer, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, here = kokoro
    for body in (
        b'{"audio": "@@@", "timestamps": []}',
        b"[]",
        b'{"detail": {"error": "x", "message": "no GPU"}}',
    ):
        monkeypatch.setattr(site, "_captioned", lambda _, body=body: (200, "application/json", body))
        assert here.fault("openai:af_bella")[0] == "no-audio"
    odd = base64.b64encode(wav_bytes(spoken(SHORT, 24_000).pcm, 24_000))
    times = b'[{"word": "Never", "start_time": null, "end_time": 1}, 7, {"word": "a", "start_time": "NaN"}]'
    for told in (times, b"7", b'{"word": 1}'):
        body = b'{"audio": "' + odd + b'", "timestamps": ' + told + b"}"
        monkeypatch.setattr(site, "_captioned", lambda _, body=body: (200, "application/json", body))
        assert here.speak("openai:af_bella", SHORT)[0].timing_source == "estimate"


def test_takes_come_in_order_and_no_more_are_asked_for_than_allowed(tmp_path: Path) -> None:
    texts = [
        f"This is line number {name}." for name in ("one", "two", "three", "four", "five", "six", "seven")
    ]
    truth = [spoken(text, 24_000).pcm for text in texts]
    with studio(PlainServer(), tmp_path, "openai", voices=("alloy",), parallel=3) as (site, here):
        site.delay = 0.1
        takes = here.speak("openai:alloy", *texts)
    assert all(np.array_equal(take.audio, pcm) for take, pcm in zip(takes, truth, strict=True))
    assert 2 <= site.most_at_once <= 3


def test_the_voices_of_a_second_server_have_its_name_and_one_that_is_away_takes_none_away(
    tmp_path: Path,
) -> None:
    with running(KokoroServer()) as one, running(PlainServer()) as two:
        servers = (
            SpeechServer("openai", one.url),
            SpeechServer("openai", two.url, "attic", voices=("alloy",)),
            SpeechServer("openai", "http://127.0.0.1:9", "dead"),
        )
        here = Studio(tmp_path, *servers)
        names = [voice.name for voice in here.engine("openai").voices()]
        assert names == ["openai:af_bella", "openai:bm_george", "openai:ef_dora", "openai:attic/alloy"]
        here.speak("openai:attic/alloy", SHORT)
        assert len(two.posts("/v1/audio/speech")) == 1
        dead = Studio(tmp_path, servers[2])
        assert "cannot be reached" in engine_problems(dead.context)["openai"]


def test_a_server_that_restarts_keeps_its_voices_meanwhile(
    kokoro: tuple[KokoroServer, Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, here = kokoro
    before = here.voice("openai:af_bella")
    monkeypatch.setattr("pipeline.speech.server_engine.LISTED_SECONDS", 0.0)
    answer = site.answer
    monkeypatch.setattr(site, "answer", lambda asked: (503, "text/plain", b"loading"))
    assert here.voice("openai:af_bella") == before
    monkeypatch.setattr(site, "answer", answer)
    assert here.speak("openai:af_bella", SHORT)


def test_what_a_voice_is_follows_from_what_the_server_says_and_not_from_where_it_is(tmp_path: Path) -> None:
    def revision(**settings: object) -> str:
        with studio(KokoroServer(), tmp_path, "openai", **settings) as (_, here):
            return here.voice("openai:af_bella").revision

    assert revision() == revision(timeout=7.0, parallel=4)  # and on another port
    others = [revision(), revision(model="v2"), revision(revision="2026-11"), revision(format="mp3")]
    assert len(set(others)) == 4


def test_auto_sends_nothing_elsewhere_where_a_voice_here_can_read_it(
    kokoro: tuple[KokoroServer, Studio],
) -> None:
    _, here = kokoro
    assert find_voice("auto", "en", here.context).engine == "espeak"
    assert {voice.quality for voice in all_voices(here.context) if voice.engine == "openai"} == {LAST}


# -- chatterbox-server -----------------------------------------------------------------------------------


def test_chatterbox_is_told_everything_never_seed_0_and_never_to_divide(
    chatterbox: tuple[ChatterboxServer, Studio],
) -> None:
    site, here = chatterbox
    voice = "chatterbox-server:Abigail.wav"
    long = f"{LINE} {LINE} {LINE}"
    [first], [other] = here.speak(voice, long), here.speak(voice, long, seed=1)
    [again] = here.speak(voice, long)
    assert np.array_equal(first.audio, again.audio)
    assert not np.array_equal(first.audio, other.audio)
    for asked in site.posts("/tts"):
        assert asked.json["split_text"] is False
        assert asked.json["seed"] > 0
        assert {"temperature", "exaggeration", "cfg_weight", "speed_factor", "language"} <= set(asked.json)
    here.speak(voice, SHORT, parameters=(("exaggeration", 1.5), ("pitch", 7.0)))
    assert site.posts("/tts")[-1].json["exaggeration"] == 1.5


def test_chatterbox_is_asked_for_one_text_at_a_time(chatterbox: tuple[ChatterboxServer, Studio]) -> None:
    site, here = chatterbox
    site.delay = 0.05
    here.speak("chatterbox-server:Abigail.wav", *[SHORT, LINE] * 3)
    assert site.most_at_once == 1


def test_chunks_for_chatterbox_stay_under_what_it_fails_at(
    chatterbox: tuple[ChatterboxServer, Studio],
) -> None:
    _, here = chatterbox
    voice = here.voice("chatterbox-server:Abigail.wav")
    assert here.engine("chatterbox-server").limits(voice, "en").characters <= 280


def test_what_chatterbox_cut_at_40_s_is_refused(chatterbox: tuple[ChatterboxServer, Studio]) -> None:
    _, here = chatterbox
    assert here.fault("chatterbox-server:Abigail.wav", f"It goes on for forty. {LINE}")[0] == "cut-off"


def test_names_that_lead_elsewhere_are_no_voices(chatterbox: tuple[ChatterboxServer, Studio]) -> None:
    _, here = chatterbox
    assert [voice.id for voice in here.engine("chatterbox-server").voices()] == ["Abigail.wav"]


def test_a_cloned_voice_is_uploaded_once_by_its_hash(chatterbox: tuple[ChatterboxServer, Studio]) -> None:
    site, here = chatterbox
    clone = write_clone(here.context.voices_dir, "chatterbox-server", "mine")
    here.speak("chatterbox-server:mine", SHORT, LINE)
    assert list(site.references) == [f"{clone.sha256}.wav"]
    assert len(site.posts("/upload_reference")) == 1
    assert site.posts("/tts")[0].json["voice_mode"] == "clone"
    site.references.clear()  # it was installed anew
    here.speak("chatterbox-server:mine", SHORT)
    assert list(site.references) == [f"{clone.sha256}.wav"]


# -- gpt-sovits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [16_000, 32_000])
def test_a_second_of_zeros_is_a_failure_and_another_try_may_do(
    sovits: tuple[GptSovitsServer, Studio], rate: int
) -> None:
    site, here = sovits
    site.fail, site.zeros_at = 1, rate
    fault, said = here.fault("gpt-sovits:mine")
    assert fault == "silence"
    assert ("at 16000 Hz" in said) == (rate == 16_000)
    assert here.speak("gpt-sovits:mine", SHORT, seed=1)


def test_sovits_gets_small_letters_a_seed_a_recording_by_its_content_and_nothing_to_divide(
    sovits: tuple[GptSovitsServer, Studio],
) -> None:
    site, here = sovits
    clone = write_clone(
        here.context.voices_dir,
        "gpt-sovits",
        "other",
        text="Nobody knows how I came to be here, and least of all the two who let me in.",
    )
    here.speak("gpt-sovits:mine", replace(chunk_of(LINE), language="EN-GB"))
    here.speak("gpt-sovits:other", replace(chunk_of(LINE), language="zh"))
    first, second = requests_of(site)
    assert (first["text_lang"], second["text_lang"]) == ("en", "all_zh")
    assert first["prompt_lang"] == "en"
    assert first["prompt_text"] == TEXT
    assert int(str(first["seed"])) > 0
    assert first["text_split_method"] == "cut0"
    assert first["streaming_mode"] is False
    assert clone.sha256 in str(second["ref_audio_path"])
    assert first["ref_audio_path"] != second["ref_audio_path"]
    assert not [asked for asked in site.asked if "weights" in asked.path or "control" in asked.path]


def test_a_voice_that_was_added_anew_has_another_path_and_revision(
    sovits: tuple[GptSovitsServer, Studio],
) -> None:
    site, here = sovits
    here.speak("gpt-sovits:mine", SHORT)
    before = here.voice("gpt-sovits:mine").revision
    folder = here.context.voices_dir / "gpt-sovits" / "mine.clone"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    write_clone(
        here.context.voices_dir,
        "gpt-sovits",
        "mine",
        text="Nobody knows how I came to be here, and least of all the two who let me in.",
    )
    forget_engines()
    here.speak("gpt-sovits:mine", SHORT)
    assert here.voice("gpt-sovits:mine").revision != before
    paths = [Path(str(request["ref_audio_path"])) for request in requests_of(site)]
    assert [path.is_file() for path in paths] == [False, True]  # of what was removed nothing stays


def test_the_server_may_see_recordings_in_another_folder(tmp_path: Path) -> None:
    clone = write_clone(tmp_path / "voices", "gpt-sovits", "mine")
    with studio(GptSovitsServer(), tmp_path, "gpt-sovits", folder="/data/clips") as (site, here):
        with pytest.raises(SpeechFailed, match="HTTP 400: tts failed"):
            here.speak("gpt-sovits:mine", SHORT)
        assert requests_of(site)[0]["ref_audio_path"] == f"/data/clips/{clone.sha256}-en.wav"
    kept = tmp_path / "voices" / "gpt-sovits" / "references" / f"{clone.sha256}-en.wav"
    assert kept.is_file()  # what is to be shown to the server there


@pytest.mark.parametrize("seconds", [2.0])
def test_recordings_that_it_would_refuse_are_refused_here(tmp_path: Path, seconds: float) -> None:
    write_clone(tmp_path / "voices", "gpt-sovits", "mine", seconds=seconds)
    with studio(GptSovitsServer(), tmp_path, "gpt-sovits") as (site, here):
        with pytest.raises(EngineUnavailable, match=r"has 2\.0 s, and GPT-SoVITS takes 3 to 10 s"):
            here.speak("gpt-sovits:mine", SHORT)
        assert requests_of(site) == []


def test_a_language_that_sovits_has_not_is_refused_by_name(sovits: tuple[GptSovitsServer, Studio]) -> None:
    _, here = sovits
    with pytest.raises(SpeechFailed, match="does not speak the language “ru”"):
        here.speak("gpt-sovits:mine", replace(chunk_of(LINE), language="ru"))


def test_sovits_is_asked_for_one_text_at_a_time(sovits: tuple[GptSovitsServer, Studio]) -> None:
    site, here = sovits
    site.delay = 0.05
    here.speak("gpt-sovits:mine", *[SHORT, LINE] * 2)
    assert site.most_at_once == 1


# -- piper-http ------------------------------------------------------------------------------------------


def test_a_voice_that_the_server_lost_is_not_spoken_by_its_default_one(
    piper: tuple[PiperServer, Studio],
) -> None:
    site, here = piper
    voice = here.voice("piper-http:en_US-test-low")
    del site.files["en_US-test-low"]
    with pytest.raises(
        EngineUnavailable, match="has no voice “en_US-test-low” any more, and would speak with another"
    ):
        list(here.engine("piper-http").speak([chunk_of(SHORT)], voice, SpeakingOptions()))
    assert site.posts("/synthesize") == []


def test_names_that_its_list_has_cut_are_whole_again(piper: tuple[PiperServer, Studio]) -> None:
    site, here = piper
    listed = site.answer(Asked("GET", "/voices", {}, b""))[2]
    assert b'"en_US-ja"' in listed
    [take] = here.speak("piper-http:en_US-jason", LINE)
    assert np.array_equal(take.audio, spoken(LINE, 22_050, voice="en-us").pcm)  # its default one is British


def test_speakers_go_by_their_numbers_and_scales_are_said(piper: tuple[PiperServer, Studio]) -> None:
    site, here = piper
    ann, ben = (
        here.speak("piper-http:en_GB-two-medium#ann", LINE),
        here.speak("piper-http:en_GB-two-medium#ben", LINE),
    )
    assert not np.array_equal(ann[0].audio, ben[0].audio)
    assert [asked.json["speaker_id"] for asked in site.posts("/synthesize")] == [0, 1]
    here.speak("piper-http:en_US-test-low", "He said [[h@loU]].", rate=2.0)
    asked = site.posts("/synthesize")[-1].json
    assert "[[" not in asked["text"]
    assert asked["length_scale"] == 0.5
    assert {"noise_scale", "noise_w_scale"} <= set(asked)


def test_piper_is_asked_for_one_text_at_a_time(piper: tuple[PiperServer, Studio]) -> None:
    site, here = piper
    site.delay = 0.05
    here.speak("piper-http:en_US-test-low", *[SHORT, LINE] * 2)
    assert site.most_at_once == 1


# -- entries of lists that are no voices ------------------------------------------------------------------


def listed(here: Studio, engine: str, caplog: pytest.LogCaptureFixture) -> tuple[list[str], str]:
    """The voices of a list, by id, and what was said of the rest."""
    caplog.clear()
    found = [voice.id for voice in here.engine(engine).voices()]
    return found, caplog.text


def test_a_piper_voice_without_a_language_hides_no_other(
    piper: tuple[PiperServer, Studio], caplog: pytest.LogCaptureFixture
) -> None:
    site, here = piper
    odd: dict[str, Any] = {
        "mute": config("mute", "", "low", 16_000, num_speakers=2, speaker_id_map={"a": 0, "b": 1}),
        "none": config("none", "en", "low", 16_000, language=None, espeak=[]),
        "far": config("far", "en" * 40, "low", 16_000),
        "bare": {"audio": {}, "language": {"code": "en"}},
        "fast": config("fast", "en", "low", 10**9),
        "list": ["en"],
        "odd": config("odd", "en_US", "low", 16_000, inference=["?"], speaker_id_map={"a": "?", "b": 1}),
        "to\nb": config("tob", "en_US", "low", 16_000),
    }
    site.files |= odd
    names, said = listed(here, "piper-http", caplog)
    good = [
        "en_GB-two-medium",
        "en_GB-two-medium#ann",
        "en_GB-two-medium#ben",
        "en_US-jason",
        "en_US-test-low",
    ]
    assert sorted(names) == sorted([*good, "odd", "odd#b"])
    assert "“mute” is left out, because it does not say what its language is: name that" in said
    assert said.count("“mute”") == said.count("“none”") == 1
    for name, why in {
        "far": "is no language", "bare": "names no sample rate", "fast": "1000000000 Hz is no sample rate",
        "list": "no configuration", "to�b": "no name of 1 to 200 printable characters",
    }.items():  # fmt: skip
        assert f"“{name}” is left out, because" in said
        assert why in said
    [take] = here.speak("piper-http:odd#b", SHORT)  # and what is odd about it is no matter
    assert len(take.audio)
    again = list(here.engine("piper-http").voices_of(here.context.servers[0]))  # type: ignore[attr-defined]
    assert len(again) == len(names)
    assert "left out" not in caplog.text.removeprefix(said), "it is said once"


def test_a_language_of_the_settings_is_that_of_voices_that_tell_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with studio(PiperServer(), tmp_path, "piper-http", languages=("fi",)) as (site, here):
        site.files = {"mute": config("mute", "", "low", 16_000)}
        assert listed(here, "piper-http", caplog)[0] == ["mute"]
        assert here.voice("piper-http:mute").languages == ("fi",)
        assert "left out" not in caplog.text


def test_a_hundred_bad_entries_are_told_in_a_few_lines(
    piper: tuple[PiperServer, Studio], caplog: pytest.LogCaptureFixture
) -> None:
    site, here = piper
    site.files |= {f"mute {number}": config("mute", "", "low", 16_000) for number in range(100)}
    names, said = listed(here, "piper-http", caplog)
    assert len(names) == 5
    assert said.count("is left out, because") == 20
    assert "80 more of its voices are left out" in said


def test_odd_entries_of_other_servers_hide_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(KokoroServer):
        def answer(self, asked: Asked) -> tuple[int, str, bytes]:
            if asked.path == "/v1/audio/voices":
                return as_json(
                    {"voices": ["one", {"id": "two"}, {"name": "three"}, None, 7, {"id": 8}, {}, "t\tb", ""]}
                )
            return super().answer(asked)

    with studio(Odd(), tmp_path / "openai", "openai") as (_, here):
        names, said = listed(here, "openai", caplog)
        assert names == ["one", "two", "three"]
        assert said.count("because nothing says what it is called") == 5
        assert "“t�b” is left out, because that is no name" in said

    class Strange(ChatterboxServer):
        def answer(self, asked: Asked) -> tuple[int, str, bytes]:
            if asked.path == "/get_predefined_voices":
                return as_json(
                    [{"filename": "Abigail.wav"}, {"display_name": "nobody"}, 3, {"filename": "../x.wav"}]
                )
            if asked.path == "/api/model-info":
                return as_json(["multilingual"])
            return super().answer(asked)

    with studio(Strange(), tmp_path / "chatterbox", "chatterbox-server") as (_, here):
        names, said = listed(here, "chatterbox-server", caplog)
        assert names == ["Abigail.wav"]
        assert here.voice("chatterbox-server:Abigail.wav").languages == ("en",)
        assert said.count("because that is no name of a WAV or MP3 file") == 3

    place = tmp_path / "sovits"
    for name, language in {"mine": "en", "theirs": "fi"}.items():
        write_clone(place / "voices", "gpt-sovits", name, language)
    with studio(GptSovitsServer(), place, "gpt-sovits") as (_, here):
        names, said = listed(here, "gpt-sovits", caplog)
        assert names == ["mine"]
        assert "“theirs” is left out, because its recording is in none of zh, en, ja, ko, yue" in said


def test_what_is_left_out_is_said_where_a_server_is_looked_at(piper: tuple[PiperServer, Studio]) -> None:
    site, here = piper
    site.files["mute"] = config("mute", "", "low", 16_000)
    said = look_at(here.context.servers[0], here.context)
    assert "5 voices" in said
    assert "its voice “mute” is left out, because it does not say what its language is" in said


# -- all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["openai", "chatterbox-server", "gpt-sovits", "piper-http"])
def test_another_kind_of_server_is_told_from_the_right_one(tmp_path: Path, engine: str) -> None:
    class Other(SpeechSite):
        def answer(self, asked: Asked) -> tuple[int, str, bytes]:
            return 404, "text/html", b"<h1>nothing here</h1>"

    with (
        studio(Other(), tmp_path, engine) as (_, here),
        pytest.raises(EngineUnavailable, match="The speech server"),
    ):
        list(here.engine(engine).voices())


def test_who_names_no_server_is_told_how(tmp_path: Path) -> None:
    with pytest.raises(
        EngineUnavailable, match=r"write \[servers.gpt-sovits\] with engine and url into voxpress.toml"
    ):
        Studio(tmp_path).engine("gpt-sovits")


def test_a_key_reaches_its_server_and_no_other(tmp_path: Path) -> None:
    with running(KokoroServer()) as one, running(PlainServer()) as two:
        one.key = "sesame-1234"
        here = Studio(
            tmp_path,
            SpeechServer("openai", one.url, key="sesame-1234"),
            SpeechServer("openai", two.url, "attic", voices=("alloy",)),
        )
        here.speak("openai:af_bella", SHORT)
        here.speak("openai:attic/alloy", SHORT)
        assert not [asked for asked in two.asked if "Authorization" in asked.headers]


def test_what_is_under_way_when_a_text_fails_is_not_waited_for(tmp_path: Path) -> None:
    with studio(PlainServer(), tmp_path, "openai", voices=("alloy",), parallel=2) as (site, here):
        voice = here.voice("openai:alloy")
        nothing = chunk_of((Word("—", ""),))
        takes = iter(
            here.engine("openai").speak(
                [chunk_of(LINE), nothing, *[chunk_of(SHORT)] * 6], voice, SpeakingOptions()
            )
        )
        assert len(next(takes).audio)
        with pytest.raises(SpeechFailed):
            next(takes)
        time.sleep(0.2)
        assert len(site.posts("/v1/audio/speech")) <= 3
