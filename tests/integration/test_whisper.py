"""faster-whisper on models with random weights: what is its own, beyond the conformance of all recognisers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.align.whisper import WhisperAligner
from pipeline.errors import AlignFailed, HearingFailed, RecogniserUnavailable
from pipeline.hear.models import RECORD, ModelRecord
from pipeline.hear.pieces import LONGEST_SECONDS, pieces
from pipeline.hear.recogniser import LISTENING_RATE, RecogniserContext
from pipeline.hear.whisper import WhisperRecogniser
from pipeline.model import Word
from pipeline.pulling.files import hash_file
from pipeline.serial import dump
from tests.hearing import make_whisper
from tests.integration.test_recogniser_conformance import noise


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper(tmp_path_factory.mktemp("whisper"))


def listening(model: Path, **more: str) -> WhisperRecogniser:
    return WhisperRecogniser(RecogniserContext(Path("none"), str(model), **more))


def test_it_knows_the_languages_that_its_model_has_tokens_for(model: Path, tmp_path: Path) -> None:
    english = listening(make_whisper(tmp_path / "en", english_only=True))

    assert [tag for tag in ("en-GB", "de-AT", "zh-Hant-TW", "fi") if listening(model).hears(tag)] == [
        "en-GB", "de-AT", "zh-Hant-TW",
    ]  # fmt: skip
    assert english.hears("en")
    assert not english.hears("de")
    with pytest.raises(HearingFailed, match="fi"):
        listening(model).transcribe(noise(1), 16_000, "fi")


def test_the_language_is_said_to_the_model(model: Path) -> None:
    here = listening(model)

    assert here.transcribe(noise(3), 16_000, "de") != here.transcribe(noise(3), 16_000, "en")


def test_its_revision_follows_weights_and_numbers(model: Path, tmp_path: Path) -> None:
    other = make_whisper(tmp_path / "other", seed=1)

    revisions = {
        listening(model).revision,
        listening(other).revision,
        listening(model, compute="float32").revision,
    }

    assert len(revisions) == 3


def test_another_kind_of_numbers_is_used_when_it_is_asked_for(model: Path) -> None:
    assert listening(model, compute="float32").transcribe(noise(2), 16_000, "en")
    with pytest.raises(RecogniserUnavailable, match="bfloat64"):
        listening(model, compute="bfloat64").transcribe(noise(1), 16_000, "en")


def test_a_pulled_model_that_was_changed_is_not_loaded(tmp_path: Path) -> None:
    folder = make_whisper(tmp_path / "whisper" / "mine")
    files = {path.name: hash_file(path) for path in folder.iterdir()}
    (folder / RECORD).write_bytes(dump(ModelRecord("here", "0" * 40, files, {})))
    here = WhisperRecogniser(RecogniserContext(tmp_path))
    with (folder / "model.bin").open("ab") as weights:
        weights.write(b"\0")

    with pytest.raises(RecogniserUnavailable, match="not what was pulled"):
        here.transcribe(noise(1), 16_000, "en")


def test_long_audio_is_cut_where_it_is_quiet() -> None:
    samples = np.random.default_rng(0).standard_normal(75 * LISTENING_RATE).astype(np.float32)
    for second in (20, 44):
        samples[second * LISTENING_RATE : (second + 1) * LISTENING_RATE] = 0

    cut = pieces(samples)

    assert [begin for begin, _ in cut[1:]] == [end for _, end in cut[:-1]]
    assert (cut[0][0], cut[-1][1]) == (0, len(samples))
    assert all(end - begin <= LONGEST_SECONDS * LISTENING_RATE for begin, end in cut)
    assert 20 <= cut[1][0] / LISTENING_RATE <= 21
    assert 44 <= cut[2][0] / LISTENING_RATE <= 45


def test_words_that_were_not_heard_are_not_timed(model: Path) -> None:
    aligner = WhisperAligner(listening(model))
    words = tuple(Word(text, text) for text in "none of these words can be heard in noise".split())

    with pytest.raises(AlignFailed, match="another text"):
        aligner.align(noise(5), 16_000, words, "en")
    with pytest.raises(AlignFailed, match="does not know"):
        aligner.align(noise(5), 16_000, words, "fi")


def test_a_gpu_that_is_not_there_is_an_error(model: Path) -> None:
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a GPU here")
    with pytest.raises(RecogniserUnavailable, match="sees 0 GPUs"):
        listening(model, device="cuda")
