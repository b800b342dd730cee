"""What a model of coqui-tts may name in its files: needs none of its library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.speech.coqui_files import installed, read_model
from pipeline.speech.xtts_files import slug

NAME = "tts_models--en--ljspeech--tacotron2-DDC"


def write(folder: Path, config: dict[str, Any], name: str = NAME) -> Path:
    place = folder / name
    place.mkdir(parents=True)
    (place / "config.json").write_text(
        json.dumps({"model": "tacotron2", "audio": {"sample_rate": 22_050}} | config)
    )
    (place / "model_file.pth").write_bytes(b"weights")
    return place


def test_files_are_those_of_the_folder_or_none(tmp_path: Path) -> None:
    place = write(
        tmp_path,
        {
            "output_path": "/home/somebody/out",
            "phoneme_cache_path": "https://example.org/cache",
            "language_ids_file": "/etc/passwd",
            "test_sentences_file": None,
            "model_args": {
                "speakers_file": "s3://somewhere/speaker_ids.json",
                "use_speaker_embedding": True,
                "d_vector_file": ["/home/somebody/speakers.json"],
                "speaker_encoder_model_path": "https://example.org/model_se.pth",
            },
        },
    )
    (place / "speaker_ids.json").write_text('{"Zoë": 0, "Ann": 1}')
    (place / "model_se.pth").write_bytes(b"an encoder")
    files = read_model(place)
    arguments = files.config["model_args"]
    assert arguments["speakers_file"] == str(place / "speaker_ids.json")
    assert arguments["d_vector_file"] == []
    assert arguments["speaker_encoder_model_path"] == ""
    said = json.dumps(files.config)
    assert "://" not in said
    assert "/home/" not in said
    assert "/etc/" not in said
    assert files.speakers == {"ann": "Ann", "zoe": "Zoë"}
    assert files.languages == ("en",)


def test_a_class_that_is_not_the_librarys_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, {"characters": {"characters_class": "antigravity.Everything"}})
    assert list(installed(tmp_path)) == []
    assert "antigravity.Everything" in caplog.text


@pytest.mark.parametrize("kind", ["bark", "tortoise", "xtts", ""])
def test_kinds_that_are_not_spoken_are_left_out(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, {"model": kind})
    assert list(installed(tmp_path)) == []
    assert "is left out" in caplog.text


class Code:
    """A pickle of it runs what it likes."""

    def __reduce__(self) -> Any:
        return (print, ("this ran",))


def test_statistics_with_code_in_them_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = write(
        tmp_path, {"audio": {"sample_rate": 22_050, "stats_path": "/home/somebody/scale_stats.npy"}}
    )
    good = {"mel_mean": np.zeros(80), "mel_std": np.float64(1.5), "audio_config": {"fft_size": 1024}}
    np.save(place / "scale_stats.npy", np.array(good, dtype=object), allow_pickle=True)
    assert read_model(place).config["audio"]["stats_path"] == str(place / "scale_stats.npy")
    np.save(place / "scale_stats.npy", np.array(good | {"more": Code()}, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="more in it than numbers"):
        read_model(place)
    assert "this ran" not in capsys.readouterr().out


def test_every_file_that_is_read_is_part_of_the_digest(tmp_path: Path) -> None:
    place = write(tmp_path, {})
    digests = {read_model(place).digest}
    (place / "speaker_ids.json").write_text("{}")
    digests.add(read_model(place).digest)
    (place / "model_file.pth").write_bytes(b"other weights")
    digests.add(read_model(place).digest)
    assert len(digests) == 3
    assert read_model(place).digest in digests


def test_speakers_have_names_that_can_be_typed() -> None:
    assert slug("Zoë Ünal") == "zoe-unal"
    assert slug("female-en-5\n") == "female-en-5"
    assert len(slug("李明")) == 8
