"""Hosts of conversations in settings: tables of a profile, a list on the command line, JSON in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Host, ProductionSettings
from storage.productions import production_id
from storage.settings import load_settings, with_table

TABLES = """
[profiles.duo.conversation]
style = "dialogue"
[profiles.duo.conversation.hosts.Ada]
voice = "espeak:en-gb+f2"
temperament = "curious,  asks  briefly"
[profiles.duo.conversation.hosts]
Ben = "tone:a"
"""


def hosts(value: object, folder: Path) -> tuple[Host, ...]:
    return load_settings({"conversation.hosts": value}, folder).settings.production.conversation.hosts


def test_hosts_come_from_tables_of_a_profile(tmp_path: Path) -> None:
    (tmp_path / "voxpress.toml").write_text(TABLES)
    conversation = load_settings(cwd=tmp_path, profile="duo").settings.production.conversation
    assert conversation.style == "dialogue"
    assert conversation.hosts == (
        Host("Ada", "espeak:en-gb+f2", "curious, asks briefly"),
        Host("Ben", "tone:a"),
    )
    chosen = with_table(ProductionSettings(), {"conversation.hosts": "Ada=tone:a,Ben"}, "the show")
    assert chosen.conversation.hosts == (Host("Ada", "tone:a"), Host("Ben"))


def test_hosts_come_from_flags_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hosts(("Ada=espeak:en-gb", "Dr. Ben Ito"), tmp_path) == (
        Host("Ada", "espeak:en-gb"),
        Host("Dr. Ben Ito"),
    )
    assert hosts("Ada = a:b, Юлия", tmp_path) == (Host("Ada", "a:b"), Host("Юлия"))
    monkeypatch.setenv("VOXPRESS_CONVERSATION_HOSTS", '{"Ada": "a:b", "Ben": {"temperament": "dry"}}')
    made = load_settings(cwd=tmp_path).settings.production.conversation.hosts
    assert made == (Host("Ada", "a:b"), Host("Ben", "", "dry"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Ada", "2 to 8 hosts"),
        (",".join(f"Host{n}" for n in range(9)), "2 to 8 hosts"),
        ("Ada,ADA", "one host twice"),
        ("Ada,[x]", "must have a name"),
        ("Ada,1", "must have a name"),
        ({"Ada": {"sound": "x"}, "Ben": {}}, "no setting 'sound'; there are: voice, temperament"),
        ({"Ada": {"voice": 3}, "Ben": {}}, "short text as voice"),
        ({"Ada": {"temperament": "a | b"}, "Ben": {}}, "without bars"),
        ({"Ada": {"temperament": "x" * 501}, "Ben": {}}, "short text"),
        ({"Ada": 3, "Ben": {}}, "must be a voice, or a table"),
        ("{", "JSON object"),
        (7, "must be tables"),
    ],
)
def test_hosts_that_cannot_be_are_refused(value: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"conversation\.hosts|host '") as caught:
        hosts(value, tmp_path)
    assert message in str(caught.value)


def test_a_conversation_is_a_production_of_its_own() -> None:
    plain = ProductionSettings()
    other = with_table(plain, {"conversation.style": "interview"}, "a test")
    assert production_id("/b", "/o", plain) != production_id("/b", "/o", other)
    same = with_table(plain, {"conversation.minutes": 0}, "a test")
    assert production_id("/b", "/o", plain) == production_id("/b", "/o", same)
