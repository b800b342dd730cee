"""``[servers.NAME]``: what may stand there, where it comes from, and that keys are never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from pipeline.errors import SettingsError
from pipeline.speech import server_client
from pipeline.speech.servers import SpeechServer
from storage.servers import read_servers, written
from storage.settings import load_settings
from workers.serve import queues_here

KEY = "sesame-1234"


def table(**values: object) -> dict[str, dict[str, object]]:
    return {"openai": {"engine": "openai", "url": "http://tts:8880", **values}}


def test_a_table_of_the_file_is_a_server(tmp_path: Path) -> None:
    (tmp_path / "voxpress.toml").write_text(
        '[servers.openai]\nengine = "openai"\nurl = "http://127.0.0.1:8880"\nparallel = 4\n'
        '[servers.attic]\nengine = "openai"\nurl = "https://attic/v1"\nvoices = ["amy"]\nsample_rate = 22050\n'
    )
    loaded = load_settings(cwd=tmp_path)
    here, attic = loaded.settings.servers
    assert here == SpeechServer("openai", "http://127.0.0.1:8880", parallel=4)
    assert attic == SpeechServer("openai", "https://attic/v1", "attic", voices=("amy",), sample_rate=22_050)
    assert loaded.origins["servers"] == str(tmp_path / "voxpress.toml")


def test_the_environment_takes_the_place_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "voxpress.toml").write_text('[servers.openai]\nengine = "openai"\nurl = "http://file"\n')
    monkeypatch.setenv("VOXPRESS_SERVERS", json.dumps(table()))
    assert [one.url for one in load_settings(cwd=tmp_path).settings.servers] == ["http://tts:8880"]
    monkeypatch.setenv("VOXPRESS_SERVERS", "")
    assert load_settings(cwd=tmp_path).settings.servers == ()


def test_the_environment_may_name_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(json.dumps(table(key=KEY)))
    monkeypatch.setenv("VOXPRESS_SERVERS_FILE", str(tmp_path / "secret"))
    [server] = load_settings(cwd=tmp_path).settings.servers
    assert server.key == KEY


def test_a_key_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    [server] = read_servers(table(key_file=str(tmp_path / "key")), "a test")
    assert server.key == KEY


def test_what_a_process_of_ours_is_told_is_what_we_know() -> None:
    servers = read_servers(
        {
            **table(key=KEY, parallel=3, timeout=7),
            "attic": {"engine": "piper-http", "url": "http://attic:5000", "languages": ["de"]},
        },
        "a test",
    )
    assert read_servers(written(servers), "a test") == servers
    assert read_servers(written(()), "a test") == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            table(engine="openal"),
            "must have an engine that speaks through servers: one of chatterbox-server, ",
        ),
        (table(engine="espeak"), "must have an engine that speaks through servers"),
        (table(url="tts:8880"), r"must have a url such as http://127.0.0.1:8880"),
        (table(url="file:///etc/passwd"), "must have a url such as"),
        (table(url="http://"), "must have a url such as"),
        (table(url="http://me:sesame-1234@tts"), "has a password in its url: put it into key or key_file"),
        (table(url="http://tts/?key=sesame-1234"), "more than an address and a path"),
        (table(key="sesame-1234 x"), "has a key that is not of ASCII characters"),
        (table(key=KEY, key_file="/dev/null"), "has a key and a key_file"),
        (table(key_file="/nowhere"), "has a key_file that cannot be read"),
        (table(key_file="/dev/null"), "has a key_file without a key in it"),
        (table(parallel=0), "must have a parallel from 1 to 64"),
        (table(parallel=1.5), "must have a whole number as parallel"),
        (table(parallel=True), "must have a parallel from 1 to 64"),
        (table(timeout="sesame-1234"), "must have a timeout from 1 to 3600"),
        (table(format="aac"), "must have a format of wav, flac, mp3, opus"),
        (table(voices="amy"), "must have a list of texts as voices"),
        (table(token=KEY), "has no setting 'token'; there are: engine, url"),
        ({"Open AI": {}}, "must have a name of small letters"),
        ({"openai": KEY}, "must be a table"),
        (KEY, "must be a JSON object"),
        ([KEY], "must be tables"),
    ],
)
def test_what_makes_no_sense_is_refused_and_no_key_is_shown(value: object, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        read_servers(value, "VOXPRESS_SERVERS")
    assert "VOXPRESS_SERVERS" in str(refused.value)
    assert "sesame" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_no_profile_and_no_drop_folder_names_a_server(tmp_path: Path) -> None:
    (tmp_path / "voxpress.toml").write_text(
        '[profiles.p.servers.openai]\nengine = "openai"\nurl = "http://x"\n'
    )
    with pytest.raises(SettingsError, match="servers"):
        load_settings(cwd=tmp_path, profile="p")


def test_doctor_shows_servers_without_their_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path))
    monkeypatch.setenv("VOXPRESS_SERVERS", json.dumps(table(key=KEY, url="http://127.0.0.1:9")))
    monkeypatch.setattr(server_client, "LOOK_PATIENCE_SECONDS", 0.0)
    for options in (["--settings"], ["--json"]):
        done = CliRunner().invoke(app, ["doctor", *options])
        assert done.exit_code == 1
        assert "cannot be reached" in " ".join(done.stdout.split())
        assert KEY not in done.output
    said = json.loads(done.stdout)
    assert said["settings"]["servers"]["value"]["openai"]["key"] == "***"
    assert KEY not in repr(load_settings().settings)


def test_a_worker_serves_the_engine_of_a_server_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path))
    monkeypatch.setattr(server_client, "LOOK_PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("VOXPRESS_SERVERS", json.dumps(table(url="http://127.0.0.1:9")))
    queues = queues_here(load_settings().settings.prepare())
    assert "speak.openai" in queues
    assert "speak.gpt-sovits" not in queues


def test_consents_are_read_and_handed_on() -> None:
    line = "own voice: Ann, 2026-05-01, for her own books"
    rvc = {"engine": "rvc", "url": "http://rvc:5050", "consents": {"ann 2": line}}
    servers = read_servers({"rvc": rvc}, "a test")
    [(name, consent)] = servers[0].consents
    assert (name, consent.who, consent.own) == ("ann 2", "Ann", True)
    assert read_servers(written(servers), "a test") == servers
    for wrong, said in (
        ("Ann", "must have a table as consents"),
        ({"ann": 5}, "must have a table as consents"),
        ({"ann": "Ann said yes"}, "no good consent for 'ann': The consent names no day"),
    ):
        with pytest.raises(SettingsError, match=said):
            read_servers({"rvc": {**rvc, "consents": wrong}}, "a test")
