"""Models of engines are pulled from manifests: pinned, verified, written down, and no pickle that could run code."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import EngineUnavailable, FetchError, SettingsError, VoiceNotFound
from pipeline.pulling.pickles import require_harmless
from pipeline.pulling.record import read_record
from pipeline.serial import load
from pipeline.speech import chatterbox_files, kokoro_files, xtts_files
from pipeline.speech.manifest import PullableModel, WantedFile, find_model, pullable_models, read_manifest
from pipeline.speech.piper_files import VoiceRecord, record_path
from pipeline.speech.pull_model import accept, is_accepted, is_pulled, pull_model, remove_model
from tests.mirrors import serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 64
FILES = {"model.safetensors": WEIGHTS, "config.json": b"{}", "voices/ann.npy": b"numbers"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def model(**changes: object) -> PullableModel:
    files = tuple(
        WantedFile(path, sha256(data), weights=path.endswith(".safetensors")) for path, data in FILES.items()
    )
    made = PullableModel("small", "For tests.", "someone/small", COMMIT, "small", "MIT", files, engine="tone")
    return replace(made, **changes)  # type: ignore[arg-type]


def mirror(root: Path, files: dict[str, bytes]) -> Path:
    """A folder with the addresses of Hugging Face."""
    entries = []
    for path, data in files.items():
        place = root / "someone/small/resolve" / COMMIT / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, object] = {"oid": oid, "size": len(data), "path": path}
        if len(data) > 1000:
            entry["lfs"] = {"oid": sha256(data), "size": len(data)}
        entries.append(entry)
    api = root / "api/models/someone/small"
    for folder, said in (("revision", {"sha": COMMIT}), ("tree", entries)):
        (api / folder).mkdir(parents=True)
        (api / folder / COMMIT).write_text(json.dumps(said))
    return root


@pytest.mark.parametrize("over_http", [False, True])
def test_a_model_is_pulled_whole_and_written_down(tmp_path: Path, over_http: bool) -> None:
    root, voices = mirror(tmp_path / "mirror", FILES), tmp_path / "voices"
    with serving(root) as served:
        source = served.address if over_http else str(root)
        if over_http:
            served.break_after = 5_000
            with pytest.raises(FetchError, match="goes on with it"):
                pull_model(model(), voices, source)
            assert not is_pulled(model(), voices)
            served.break_after = None
        folder = pull_model(model(), voices, source)
    assert folder == voices / "tone" / "small"
    assert {path: (folder / path).read_bytes() for path in FILES} == FILES
    record = read_record(folder)
    assert record
    assert record.revision == COMMIT
    assert record.files == {path: sha256(data) for path, data in FILES.items()}
    weights = load(VoiceRecord, record_path(folder / "model.safetensors").read_bytes())
    assert weights.pulled_sha256 == sha256(WEIGHTS)
    assert weights.licence == "MIT"
    assert is_pulled(model(), voices)
    assert not list((voices / "tone").glob(".*.part"))
    remove_model(model(), voices)
    assert not folder.exists()


def test_a_mirror_with_other_files_is_refused(tmp_path: Path) -> None:
    other = mirror(tmp_path / "listed", FILES | {"model.safetensors": WEIGHTS + b"more"})
    with pytest.raises(FetchError, match="not the file that Voxpress knows"):
        pull_model(model(), tmp_path / "voices", str(other))
    swapped = mirror(tmp_path / "swapped", FILES)
    (swapped / "someone/small/resolve" / COMMIT / "config.json").write_bytes(b"[]")
    with pytest.raises(FetchError, match="not what the list says"):
        pull_model(model(), tmp_path / "voices", str(swapped))
    assert not is_pulled(model(), tmp_path / "voices")


def test_an_unknown_hash_is_given_or_trusted_once_and_never_guessed(tmp_path: Path) -> None:
    root, voices = mirror(tmp_path / "mirror", FILES), tmp_path / "voices"
    unknown = model(files=tuple(replace(file, sha256="") for file in model().files))
    with pytest.raises(SettingsError, match=r"Nobody here knows the SHA-256 of model\.safetensors"):
        pull_model(unknown, voices, str(root))
    given = {path: sha256(data) for path, data in FILES.items()}
    assert unknown.with_hashes(given) == model()
    with pytest.raises(FetchError):
        pull_model(unknown.with_hashes(given | {"config.json": "0" * 64}), voices, str(root))
    pull_model(unknown, voices, str(root), trust_first=True)
    record = read_record(voices / "tone" / "small")
    assert record
    assert record.files == given
    with pytest.raises(SettingsError, match="is known to have another"):
        model().with_hashes({"config.json": "0" * 64})
    with pytest.raises(SettingsError, match="is no file of"):
        model().with_hashes({"other.json": "0" * 64})


def test_a_licence_is_accepted_once_and_again_when_it_is_another(tmp_path: Path) -> None:
    assert is_accepted(model(), tmp_path)
    restricted = model(commercial=False, licence="CPML: non-commercial")
    assert not is_accepted(restricted, tmp_path)
    accept(restricted, tmp_path)
    assert is_accepted(restricted, tmp_path)
    assert not is_accepted(replace(restricted, licence="CPML 2"), tmp_path)


def test_the_manifests_pin_every_file() -> None:
    models = pullable_models()
    assert {one.engine for one in models} == {"chatterbox", "kokoro", "xtts"}
    for one in models:
        assert one.unknown == []
        assert one.hashes  # says how they are known
        assert one.licence
        assert any(file.weights for file in one.files)
        assert len({file.path for file in one.files}) == len(one.files)
    xtts = find_model("xtts")
    assert xtts
    assert not xtts.commercial
    assert find_model("kokoro") == find_model("kokoro:kokoro-82m")
    with pytest.raises(VoiceNotFound, match="say chatterbox:english or chatterbox:multilingual"):
        find_model("chatterbox")
    assert find_model("en_US-lessac-medium") is None


def test_what_is_pulled_is_what_the_engines_look_for() -> None:
    found = {one.id: (one.folder, {file.path for file in one.files}) for one in pullable_models()}
    for folder, wanted in chatterbox_files.FILES.items():
        assert found[f"chatterbox:{folder}"][0] == folder
        assert found[f"chatterbox:{folder}"][1] >= set(wanted)
    assert found["xtts:xtts-v2"][1] >= {"config.json", "vocab.json", xtts_files.SPEAKERS_PICKLE}
    assert found["xtts:xtts-v2"][1] & set(xtts_files.WEIGHTS)
    folder, files = found["kokoro:kokoro-82m"]
    assert folder == "."
    assert "config.json" in files
    assert len([path for path in files if path.endswith(".pth")]) == 1
    names = [path.removeprefix("voices/").removesuffix(".pt") for path in files if path.startswith("voices/")]
    assert len(names) == 54
    assert all(kokoro_files.VOICE_NAME.fullmatch(name) for name in names)


@pytest.mark.parametrize(
    "change",
    [
        {"files": [{"path": "../config.json"}]},
        {"files": [{"path": "/etc/passwd"}]},
        {"files": [{"path": "a.bin", "sha256": "short"}]},
        {"files": []},
        {"folder": "../elsewhere"},
        {"commit": "main"},
        {"repository": "nowhere"},
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused(change: dict[str, object]) -> None:
    entry: dict[str, object] = {
        "name": "a",
        "about": "b",
        "repository": "someone/small",
        "commit": COMMIT,
        "folder": "a",
        "licence": "MIT",
        "files": [{"path": "a.bin"}],
    }
    assert read_manifest("tone", json.dumps({"models": [entry]}).encode())
    with pytest.raises(EngineUnavailable, match="manifest of tone cannot be used"):
        read_manifest("tone", json.dumps({"models": [entry | change]}).encode())


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def zipped(path: Path, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/data/0", b"\0" * 16)
    return path


def weights_pickle() -> bytes:
    """What torch writes for ``{"weight": tensor of four numbers}``, but for the storage's reference."""
    import pickletools

    text = (
        b"\x80\x02ccollections\nOrderedDict\n)R(X\x06\x00\x00\x00weightctorch._utils\n_rebuild_tensor_v2\n"
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00"
        b"K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRu."
    )
    list(pickletools.genops(text))  # it is one
    return text


def test_weights_pass_and_programs_do_not(tmp_path: Path) -> None:
    require_harmless(zipped(tmp_path / "good.pth", weights_pickle()))
    require_harmless(zipped(tmp_path / "plain.pt", pickle.dumps(OrderedDict(a=1), protocol=2)))
    named = b"\x80\x02cTTS.config BaseConfig\n)R.".replace(b"config BaseConfig", b"config\nBaseConfig")
    with pytest.raises(FetchError, match=r"would call TTS\.config\.BaseConfig"):
        require_harmless(zipped(tmp_path / "own.pth", named))
    require_harmless(tmp_path / "own.pth", ("TTS.config BaseConfig",))
    (tmp_path / "config.json").write_text("{}")
    require_harmless(tmp_path / "config.json")


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_could_run_code_is_refused(tmp_path: Path, protocol: int) -> None:
    path = zipped(tmp_path / "evil.pth", pickle.dumps({"weight": Evil()}, protocol=protocol))
    with pytest.raises(FetchError, match="is refused: it is a pickle"):
        require_harmless(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"not a pickle", b"\x80\x02\x82\x01."])
def test_what_is_no_pickle_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FetchError, match="is refused"):
        require_harmless(zipped(tmp_path / "broken.pt", content))
    (tmp_path / "old.pt").write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(FetchError, match="no ZIP"):
        require_harmless(tmp_path / "old.pt")
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "empty.pt").write_bytes(empty.getvalue())
    with pytest.raises(FetchError, match="no weights"):
        require_harmless(tmp_path / "empty.pt")


def test_a_refused_pickle_is_not_kept(tmp_path: Path) -> None:
    evil = zipped(tmp_path / "evil.pth", pickle.dumps(Evil(), protocol=2)).read_bytes()
    root = mirror(tmp_path / "mirror", {"model.pth": evil})
    wanted = model(files=(WantedFile("model.pth", sha256(evil), weights=True),))
    with pytest.raises(FetchError, match=r"would call (posix|nt|os)\.system"):
        pull_model(wanted, tmp_path / "voices", str(root))
    assert not [path for path in (tmp_path / "voices").rglob("*") if path.suffix == ".pth"]
