"""Models as folders: which one is meant, how one is pulled, and that it is what it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.errors import FetchError, RecogniserUnavailable, SettingsError
from pipeline.hear.models import ModelFolder, find_model, installed
from pipeline.hear.pull import WHISPER_MODELS, pull, remove
from pipeline.hear.recogniser import RecogniserContext
from pipeline.hear.vosk import language_of
from tests.mirrors import serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 5_000
"""Bytes from which on a file of the mirror is a large one."""


def write_mirror(root: Path, repository: str = "Systran/faster-whisper-tiny", **changes: bytes) -> Path:
    """A folder with the addresses of Hugging Face: one model that is none; ``changes``: other bytes than listed."""
    files = {
        "config.json": b"{}",
        "tokenizer.json": json.dumps(
            {"added_tokens": [{"content": "<|en|>"}, {"content": "<|de|>"}]}
        ).encode(),
        "model.bin": bytes(range(256)) * 40,
        "README.md": b"not wanted",
        "vocabulary.txt": b"a\nb\n",
    }
    entries = []
    place = root / repository / "resolve" / COMMIT
    place.mkdir(parents=True)
    for name, data in files.items():
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, object] = {"type": "file", "oid": oid, "size": len(data), "path": name}
        if len(data) > LARGE:
            entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
        entries.append(entry)
        (place / name).write_bytes(changes.get(name.replace(".", "_"), data))
    api = root / "api" / "models" / repository
    for folder, name, said in (("revision", "main", {"sha": COMMIT}), ("revision", COMMIT, {"sha": COMMIT}),
                               ("tree", COMMIT, entries)):  # fmt: skip
        (api / folder).mkdir(parents=True, exist_ok=True)
        (api / folder / name).write_text(json.dumps(said))
    return root


def test_a_model_is_pulled_whole_with_what_is_known_of_it(tmp_path: Path) -> None:
    root, models = write_mirror(tmp_path / "mirror"), tmp_path / "models"
    seen: list[tuple[int, int]] = []

    model = pull("tiny", models, str(root), progress=lambda done, total: seen.append((done, total)))

    assert sorted(path.name for path in model.files) == [
        "config.json", "model.bin", "tokenizer.json", "vocabulary.txt",
    ]  # fmt: skip
    assert model.record
    assert model.record.revision == COMMIT
    assert model.record.files["model.bin"] == hashlib.sha256(bytes(range(256)) * 40).hexdigest()
    assert model.languages == {"en", "de"}
    assert seen[-1][0] == seen[-1][1] == model.size
    assert [found.name for found in installed("whisper", models)] == ["tiny"]
    model.require_unchanged()


def test_it_is_pulled_over_the_network_and_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    root, models = write_mirror(tmp_path / "mirror"), tmp_path / "models"
    with serving(root) as served:
        served.break_after = 6_000
        with pytest.raises(FetchError, match="same command goes on"):
            pull("tiny", models, served.address)
        assert not list(installed("whisper", models))
        served.break_after = None

        model = pull("tiny", models, served.address)

    assert served.ranges
    model.require_unchanged()


@pytest.mark.parametrize("name", ["model_bin", "tokenizer_json"])
def test_bytes_that_are_not_those_of_the_list_are_refused(tmp_path: Path, name: str) -> None:
    size = 256 * 40 if name == "model_bin" else 66
    root = write_mirror(tmp_path / "mirror", **{name: b"x" * size})

    with pytest.raises(FetchError, match=r"not what the list says|broke off|longer than"):
        pull("tiny", tmp_path / "models", str(root))

    assert not list(installed("whisper", tmp_path / "models"))


def test_exactly_one_commit_can_be_asked_for(tmp_path: Path) -> None:
    root = write_mirror(tmp_path / "mirror")

    assert pull("tiny", tmp_path / "models", str(root), revision=COMMIT).record

    other = COMMIT[::-1]
    (root / "api" / "models" / WHISPER_MODELS["tiny"] / "revision" / other).write_text(
        json.dumps({"sha": COMMIT})
    )
    with pytest.raises(FetchError, match="another commit"):
        pull("tiny", tmp_path / "models", str(root), revision=other)


@pytest.mark.parametrize("name", ["huge", "../../etc", "a/b/c", "-x/y", ""])
def test_what_is_no_name_is_no_address(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        pull(name, tmp_path, str(tmp_path))
    with pytest.raises(SettingsError):
        pull("tiny", tmp_path, str(tmp_path), revision="../main")


def test_a_list_with_names_that_lead_elsewhere_is_not_followed(tmp_path: Path) -> None:
    root = write_mirror(tmp_path / "mirror")
    tree = root / "api" / "models" / WHISPER_MODELS["tiny"] / "tree" / COMMIT
    entries = json.loads(tree.read_text())
    entries[0]["path"] = "../config.json"
    tree.write_text(json.dumps(entries))

    with pytest.raises(FetchError, match=r"no config\.json"):
        pull("tiny", tmp_path / "models", str(root))


def test_any_model_can_be_pulled_by_its_full_name(tmp_path: Path) -> None:
    root = write_mirror(tmp_path / "mirror", "someone/whisper-tuned")

    model = pull("someone/whisper-tuned", tmp_path / "models", str(root))

    assert model.name == "someone--whisper-tuned"
    remove(model.name, tmp_path / "models")
    assert not list(installed("whisper", tmp_path / "models"))
    with pytest.raises(RecogniserUnavailable, match="no pulled model"):
        remove(model.name, tmp_path / "models")


def test_the_names_are_those_of_the_library() -> None:
    from faster_whisper.utils import _MODELS

    assert {name: _MODELS[name] for name in WHISPER_MODELS} == dict(WHISPER_MODELS)


def test_the_largest_pulled_model_is_meant_unless_one_is_named(tmp_path: Path) -> None:
    models = tmp_path / "models"
    for name in ("tiny", "base"):
        root = write_mirror(tmp_path / f"mirror-{name}", WHISPER_MODELS[name])
        pull(name, models, str(root))
    (models / "whisper" / "base" / "more.txt").write_bytes(b"x" * 100)

    assert find_model("whisper", RecogniserContext(models)).name == "base"
    assert find_model("whisper", RecogniserContext(models, "tiny")).name == "tiny"
    own = find_model("whisper", RecogniserContext(models, str(models / "whisper" / "tiny")))
    assert own.path == models / "whisper" / "tiny"


def test_a_digest_follows_names_and_bytes(tmp_path: Path) -> None:
    for name, data in (("one", b"a"), ("two", b"b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.bin").write_bytes(data)
    one, two = (ModelFolder(tmp_path / name, "whisper").digest for name in ("one", "two"))

    assert one != two
    assert one == ModelFolder(tmp_path / "one", "whisper").digest


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("vosk-model-small-en-us-0.15", "en"),
        ("vosk-model-en-us-0.22", "en"),
        ("vosk-model-de-0.21", "de"),
        ("vosk-model-small-cn-0.22", "zh"),
        ("vosk-model-small-fr-pguyot-0.3", "fr"),
        ("vosk-model-ru-0.42", "ru"),
        ("0.15", ""),
    ],
)
def test_a_vosk_model_has_its_language_in_its_name(name: str, language: str) -> None:
    assert language_of(name) == language
