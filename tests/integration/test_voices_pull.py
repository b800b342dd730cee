"""Pulling voices from a mirror: whole or not at all, resumed, verified, and never out of the folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import AddressRefused, EngineUnavailable, FetchError, VoiceNotFound
from pipeline.model import SpeakingOptions
from pipeline.pulling.files import Checksum, MirroredFile
from pipeline.speech.catalogue import PullableVoice
from pipeline.speech.engine import EngineContext
from pipeline.speech.piper import PiperEngine
from pipeline.speech.pull import add, available, pull, remove
from pipeline.speech.recommend import propose, ranked
from tests.helpers_piper import write_voice
from tests.helpers_speech import chunk_of
from tests.mirrors import NAME, PLACE, Served, serving, write_list, write_mirror


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder laid out as the public repository is."""
    return write_mirror(tmp_path / "mirror")


@pytest.fixture
def served(mirror: Path) -> Iterator[Served]:
    with serving(mirror) as state:
        yield state


@pytest.fixture
def context(tmp_path: Path) -> EngineContext:
    return EngineContext(tmp_path / "voices")


def installed(context: EngineContext) -> list[str]:
    return [voice.id for voice in PiperEngine(context).voices()]


def leftovers(context: EngineContext) -> list[str]:
    return sorted(path.name for path in (context.voices_dir / "piper").iterdir() if path.suffix == ".part")


@pytest.mark.parametrize("over_http", [False, True])
def test_a_pulled_voice_speaks(context: EngineContext, mirror: Path, served: Served, over_http: bool) -> None:
    source = served.address if over_http else mirror
    steps: list[tuple[int, int]] = []
    voice = pull("en-us-test-low", context, source, lambda done, total: steps.append((done, total)))
    assert voice.name == f"piper:{NAME}"
    assert voice.licence == "CC0 1.0"
    assert installed(context) == [NAME]
    assert leftovers(context) == []
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (available(mirror)[0].size, available(mirror)[0].size)
    [take] = PiperEngine(context).speak([chunk_of("It works.")], voice, SpeakingOptions())
    assert take.duration > 0.3


def test_a_download_that_breaks_off_is_gone_on_with(
    context: EngineContext, mirror: Path, served: Served
) -> None:
    served.break_after = 700
    with pytest.raises(FetchError, match="goes on with it"):
        pull(NAME, context, served.address)
    assert installed(context) == []
    served.break_after = None
    pull(NAME, context, served.address)
    assert "bytes=700-" in served.ranges
    assert (context.voices_dir / "piper" / f"{NAME}.onnx").read_bytes() == (mirror / PLACE).read_bytes()


def test_a_server_that_does_not_resume_is_begun_again(
    context: EngineContext, mirror: Path, served: Served
) -> None:
    served.break_after = 700
    with pytest.raises(FetchError):
        pull(NAME, context, served.address)
    served.break_after, served.ignore_ranges = None, True
    pull(NAME, context, served.address)
    assert (context.voices_dir / "piper" / f"{NAME}.onnx").read_bytes() == (mirror / PLACE).read_bytes()


@pytest.mark.parametrize("damage", [b"\0", b""], ids=["flipped", "longer"])
def test_a_file_that_is_not_what_the_list_says_is_deleted(
    context: EngineContext, mirror: Path, damage: bytes
) -> None:
    model = mirror / PLACE
    data = model.read_bytes()
    model.write_bytes(damage + data[1:] if damage else data + b"more")
    with pytest.raises(FetchError, match="size or checksum"):
        pull(NAME, context, mirror)
    assert installed(context) == []
    assert not [name for name in leftovers(context) if ".onnx." in name and ".json" not in name]


def test_a_shorter_file_is_a_broken_download(context: EngineContext, mirror: Path) -> None:
    (mirror / PLACE).write_bytes((mirror / PLACE).read_bytes()[:-1])
    with pytest.raises(FetchError, match="broke off"):
        pull(NAME, context, mirror)
    assert installed(context) == []


def test_pulling_again_replaces_the_voice(context: EngineContext, mirror: Path) -> None:
    before = pull(NAME, context, mirror)
    write_voice((mirror / PLACE).parent, random=False)
    write_list(mirror)
    after = pull(NAME, context, mirror)
    assert before.revision != after.revision
    assert installed(context) == [NAME]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (NAME, f"../../{NAME}.onnx"),
        (NAME, f"/etc/{NAME}.onnx"),
        (NAME, f"en//{NAME}.onnx"),
        (NAME, f"en\\{NAME}.onnx"),
        ("../evil", "evil.onnx"),
        ("..", "x"),
        ("a/b", "b.onnx"),
        (".hidden", ".hidden.onnx"),
    ],
)
def test_names_that_lead_elsewhere_are_not_believed(mirror: Path, name: str, path: str) -> None:
    facts = {"size_bytes": 1, "md5_digest": "0" * 32}
    base = name.rpartition("/")[2]
    entry = {
        "language": {"code": "en_US"},
        "files": {path: facts, f"en/{base}.onnx.json": facts, f"en/{base}.onnx": facts},
    }
    (mirror / "voices.json").write_text(json.dumps({name: entry}))
    assert available(mirror) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"size_bytes": 1 << 50, "md5_digest": "0" * 32},
        {"size_bytes": -1, "md5_digest": "0" * 32},
        {"size_bytes": "1", "md5_digest": "0" * 32},
        {"size_bytes": 1, "md5_digest": ""},
        {"size_bytes": 1},
        None,
    ],
)
def test_files_without_believable_size_and_checksum_are_left_out(mirror: Path, facts: object) -> None:
    write_list(mirror, files={PLACE: facts, f"{PLACE}.json": facts})
    assert available(mirror) == []


def test_names_with_other_letters_are_fine(mirror: Path) -> None:
    facts = {"size_bytes": 1, "md5_digest": "0" * 32}
    name = "pt_PT-tugão-medium"
    files = {f"pt/{name}.onnx": facts, f"pt/{name}.onnx.json": facts}
    entry = {"language": {"code": "pt_PT"}, "quality": "medium", "files": files}
    (mirror / "voices.json").write_text(json.dumps({name: entry}))
    assert [(voice.id, voice.languages) for voice in available(mirror)] == [(name, ("pt-PT",))]


@pytest.mark.parametrize("text", ["[]", "nonsense", ""])
def test_a_list_that_is_none_is_said_so(mirror: Path, text: str) -> None:
    (mirror / "voices.json").write_text(text)
    with pytest.raises(FetchError, match=r"voices\.json"):
        available(mirror)


def test_a_place_without_a_list_is_said_so(tmp_path: Path, served: Served) -> None:
    with pytest.raises(FetchError, match=r"There is no voices\.json"):
        available(tmp_path)
    with pytest.raises(FetchError, match="HTTP 404"):
        available(f"{served.address}/elsewhere")


@pytest.mark.parametrize("address", ["http://example.org/voices", "http://10.0.0.1/voices", "http://[::2]/v"])
def test_only_https_leaves_this_machine(address: str) -> None:
    with pytest.raises(AddressRefused, match="https"):
        available(address)


def test_a_redirect_to_something_unsafe_is_not_followed(served: Served) -> None:
    served.redirect = "http://example.org/voices.json"
    with pytest.raises(AddressRefused, match=r"example\.org"):
        available(served.address)


def test_offline_means_folders_only(mirror: Path) -> None:
    assert available(mirror, offline=True)
    with pytest.raises(FetchError, match="offline"):
        available(None, offline=True)


def test_an_unknown_voice_names_those_that_are_near(context: EngineContext, mirror: Path) -> None:
    with pytest.raises(VoiceNotFound, match=NAME):
        pull("en_US-tset-low", context, mirror)


def test_a_voice_that_cannot_be_used_is_refused_before_its_model_is_fetched(
    context: EngineContext, mirror: Path
) -> None:
    write_voice((mirror / PLACE).parent, phoneme_type="pinyin")
    write_list(mirror)
    (mirror / PLACE).unlink()
    with pytest.raises(EngineUnavailable, match="pinyin"):
        pull(NAME, context, mirror)


def test_ones_own_voice_is_added_and_removed(context: EngineContext, tmp_path: Path) -> None:
    own = write_voice(tmp_path / "own", "de_DE-mine-medium", espeak="de")
    voice = add(own, context)
    assert voice.name == "piper:de_DE-mine-medium"
    assert own.exists()
    remove("piper:de_DE-mine-medium", context)
    assert installed(context) == []
    with pytest.raises(VoiceNotFound):
        remove("piper:de_DE-mine-medium", context)


def test_adding_half_a_voice_names_the_missing_file(context: EngineContext, tmp_path: Path) -> None:
    own = write_voice(tmp_path / "own", "de_DE-mine-medium", espeak="de")
    own.with_name(f"{own.name}.json").unlink()
    with pytest.raises(VoiceNotFound, match=r"de_DE-mine-medium\.onnx\.json"):
        add(own, context)


# -- which one to propose ----------------------------------------------------------------------------------


def listed(name: str, quality: str, speakers: int = 1) -> PullableVoice:
    language = name.partition("-")[0].replace("_", "-")
    file = MirroredFile(f"{name}.onnx", 1, "0" * 32, Checksum.MD5)
    return PullableVoice(name, (language,), quality, speakers, file, file, None)


def test_the_best_of_the_voices_for_a_language_comes_first() -> None:
    offered = [
        listed("de_DE-karl-medium", "medium"),
        listed("en_GB-anna-medium", "medium"),
        listed("en_US-many-medium", "medium", speakers=900),
        listed("en_US-odd-huge", "huge"),
        listed("en_US-slow-high", "high"),
        listed("en_US-fine-medium", "medium"),
        listed("en_US-poor-x_low", "x_low"),
    ]
    assert [voice.id for voice in ranked(offered, "en")] == [
        "en_US-fine-medium",
        "en_US-slow-high",
        "en_US-poor-x_low",
        "en_US-odd-huge",
        "en_US-many-medium",
        "en_GB-anna-medium",
    ]
    assert ranked(offered, "en-GB")[0].id == "en_GB-anna-medium"
    assert ranked(offered, "fr") == []


def test_a_voice_is_proposed_with_its_licence_and_only_if_it_can_be_used(
    mirror: Path, served: Served
) -> None:
    found = propose("en", served.address)
    assert found is not None
    assert (found.voice.id, found.licence) == (NAME, "CC0 1.0")
    assert not [path for path in served.asked if path.endswith(".onnx")]
    assert propose("de", mirror) is None
    write_voice((mirror / PLACE).parent, phoneme_type="pinyin")
    write_list(mirror)
    assert propose("en", mirror) is None
