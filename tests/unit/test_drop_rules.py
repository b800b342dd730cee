"""``voxpress.toml`` of drop folders: what it may say, what it may not, and what subfolders add."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import ProductionSettings, ReadingSettings
from storage.rows import Priority
from workers.drop.rules import RULES_BYTES, Rules, read_rules


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "in" / "german" / "slow").mkdir(parents=True)
    descriptor = os.open(tmp_path / "in", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def rules(root: int, folder: Path, *parts: str) -> Rules:
    return read_rules(
        root, folder / "in", parts, Rules(ProductionSettings(), folder / "library"), folder / "home"
    )


def test_without_a_file_the_operator_s_settings_hold(root: int, tmp_path: Path) -> None:
    found = rules(root, tmp_path, "german")
    assert found == Rules(ProductionSettings(), tmp_path / "library", Priority.NORMAL, "move")


def test_a_subfolder_adds_to_what_is_above_it(root: int, tmp_path: Path) -> None:
    (tmp_path / "in" / "voxpress.toml").write_text(
        'done = "keep"\noutput = "Family"\n[audio]\nformats = ["opus"]\nbitrate = 32\n'
        '[reading]\ninclude = ["notes"]\n'
    )
    (tmp_path / "in" / "german" / "voxpress.toml").write_text(
        'output = "Deutsch"\npriority = "idle"\n[reading]\nlanguage = "de"\n[voice]\nvoice = "espeak:de"\n'
    )
    top, inner = rules(root, tmp_path), rules(root, tmp_path, "german", "slow")
    assert (top.production.audio.formats, top.production.reading.language) == (("opus",), "")
    assert inner.production.audio.bitrate == 32
    assert inner.production.reading == ReadingSettings(language="de", include=("notes",))
    assert inner.production.voice.voice == "espeak:de"
    assert (inner.done, inner.priority, inner.output) == (
        "keep",
        Priority.IDLE,
        tmp_path / "library" / "Deutsch",
    )
    assert (top.output, top.priority) == (tmp_path / "library" / "Family", Priority.NORMAL)


def test_a_profile_of_the_operator_s_is_named(root: int, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "voxpress.toml").write_text(
        "[profiles.small]\naudio.bitrate = 24\naudio.formats = ['opus']\n"
    )
    (tmp_path / "in" / "voxpress.toml").write_text('profile = "small"\n[audio]\nbitrate = 32\n')
    audio = rules(root, tmp_path).production.audio
    assert (audio.formats, audio.bitrate) == (("opus",), 32)
    (tmp_path / "in" / "voxpress.toml").write_text('profile = "large"\n')
    with pytest.raises(SettingsError, match="no profile 'large'"):
        rules(root, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[audio]\nbitrate = 1\n", "audio.bitrate"),
        ("[audio]\nbitrat = 64\n", "audio.bitrat"),
        ("bitrate = 64\n", "no setting 'bitrate' for a drop folder"),
        ('on_done = "rm -rf /"\n', "no setting 'on_done' for a drop folder"),
        ('home = "/"\n', "no setting 'home'"),
        ("[profiles.x]\naudio.bitrate = 3\n", "profiles"),
        ('done = "burn"\n', "move, keep or delete"),
        ('priority = "soon"\n', "now, normal or idle"),
        ("priority = 0\n", "must be a text"),
        ('feed = "mine"\n', "There is no show 'mine'"),
        ('feed = "mine"\noutput = "x"\n', "goes into its show"),
        ('output = "/etc"\n', "inside the library"),
        ('output = "../elsewhere"\n', "inside the library"),
        ('output = "a/../../elsewhere"\n', "inside the library"),
        ("done = \n", "cannot be read as settings"),
    ],
)
def test_what_it_may_not_say_is_refused_by_name(root: int, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "in" / "voxpress.toml").write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        rules(root, tmp_path, "german")
    assert str(tmp_path / "in" / "voxpress.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_is_refused(root: int, tmp_path: Path) -> None:
    path = tmp_path / "in" / "voxpress.toml"
    (tmp_path / "other.toml").write_text('done = "delete"\n')
    path.symlink_to(tmp_path / "other.toml")
    with pytest.raises(SettingsError, match="it is a link"):
        rules(root, tmp_path)
    path.unlink()
    path.write_bytes(b"\xff\xfe\0")
    with pytest.raises(SettingsError, match="cannot be read"):
        rules(root, tmp_path)
    path.write_text("#" * (RULES_BYTES + 1))
    with pytest.raises(SettingsError, match="64 KB"):
        rules(root, tmp_path)


def test_what_is_made_is_known_by_content_settings_and_place(tmp_path: Path) -> None:
    plain = Rules(ProductionSettings(), tmp_path)
    locked = Rules(ProductionSettings(reading=ReadingSettings(password="x")), tmp_path)
    german = Rules(ProductionSettings(reading=ReadingSettings(language="de")), tmp_path)
    elsewhere = Rules(ProductionSettings(), tmp_path / "other")
    assert plain.work("a") == locked.work("a") == Rules(ProductionSettings(), tmp_path, done="keep").work("a")
    assert len({plain.work("a"), plain.work("b"), german.work("a"), elsewhere.work("a")}) == 4


def test_a_lexicon_is_read_with_the_folder_and_no_other_file_can_be_named(root: int, tmp_path: Path) -> None:
    (tmp_path / "in" / "lexicon.toml").write_text('[words]\na = "b"\n')
    assert [entry.word for entry in rules(root, tmp_path).lexicon] == ["a"]
    assert rules(root, tmp_path).work("x") != replace(rules(root, tmp_path), lexicon=()).work("x")
    for text in ('lexicon = ["/etc/passwd"]', '[reading]\nlexicon = "/etc/passwd"', '[lexicon]\na = "b"'):
        (tmp_path / "in" / "voxpress.toml").write_text(text)
        with pytest.raises(SettingsError, match="There is no setting"):
            rules(root, tmp_path)
    (tmp_path / "in" / "voxpress.toml").unlink()
    (tmp_path / "in" / "lexicon.toml").unlink()
    (tmp_path / "in" / "lexicon.toml").symlink_to("/etc/passwd")
    with pytest.raises(SettingsError, match=r"lexicon.*it is a link"):
        rules(root, tmp_path)


def test_the_cast_of_the_nearest_folder_holds(root: int, tmp_path: Path) -> None:
    (tmp_path / "in" / "cast.toml").write_text('narrator = "tone:a"')
    (tmp_path / "in" / "german" / "cast.toml").write_text('narrator = "tone:b"')
    top, inner = rules(root, tmp_path), rules(root, tmp_path, "german", "slow")
    assert top.cast is not None
    assert inner.cast is not None
    assert (top.cast.narrator.voice, inner.cast.narrator.voice) == ("tone:a", "tone:b")
    assert top.work("digest") != inner.work("digest")


def test_a_cast_that_cannot_be_used_is_told_and_none_is_named_by_its_path(root: int, tmp_path: Path) -> None:
    (tmp_path / "in" / "cast.toml").write_text("speaker = 1")
    with pytest.raises(SettingsError, match=r"in/cast.toml: did you mean speakers\?"):
        rules(root, tmp_path)
    (tmp_path / "in" / "cast.toml").unlink()
    (tmp_path / "in" / "voxpress.toml").write_text('[casting]\ncast = "/etc/passwd"')
    with pytest.raises(SettingsError, match="names no files"):
        rules(root, tmp_path)
