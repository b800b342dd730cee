"""Settings: which source wins, where a value came from, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.audio.codec import BITRATES, CODERS
from pipeline.audio.gain import NAMED_TARGETS, TARGET_RANGE
from pipeline.errors import SettingsError
from pipeline.ingest.blocks_kinds import INCLUDE_NAME
from pipeline.ingest.epub_matter import SKIPPED_TYPES
from pipeline.publish.formats import FORMATS
from pipeline.settings import INCLUDES, ProductionSettings
from pipeline.speech.espeak import FASTEST, SLOWEST
from storage.settings import VARIABLES, Settings, describe_settings, load_settings, with_table


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("VOXPRESS_HOME", str(home))
    return home


def test_without_any_source_everything_is_default(home: Path, tmp_path: Path) -> None:
    loaded = load_settings(cwd=tmp_path)
    settings = loaded.settings
    assert settings.home == home
    assert settings.catalog_url == f"sqlite:///{home}/catalog.db"
    assert settings.blob_url == f"{home}/blobs"
    assert settings.output == tmp_path / "audiobooks"
    assert settings.workers == len(os.sched_getaffinity(0))
    assert settings.production == ProductionSettings()
    assert loaded.origins["home"] == "VOXPRESS_HOME"
    assert set(loaded.origins.values()) == {"VOXPRESS_HOME", "default"}


def test_flags_beat_environment_beats_near_file_beats_far_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far, near = home / "voxpress.toml", tmp_path / "voxpress.toml"
    far.write_text("attempts = 5\nworkers = 5\n[audio]\nbitrate = 50\n[voice]\nrate = 1.5\n")
    near.write_text("workers = 6\n[audio]\nbitrate = 60\n[voice]\nrate = 1.6\n")
    monkeypatch.setenv("VOXPRESS_AUDIO_BITRATE", "70")
    monkeypatch.setenv("VOXPRESS_VOICE_RATE", "1.7")
    loaded = load_settings({"voice.rate": 1.8, "audio": {"bitrate": None}}, cwd=tmp_path)
    production = loaded.settings.production
    assert (loaded.settings.attempts, loaded.origins["attempts"]) == (5, str(far))
    assert (loaded.settings.workers, loaded.origins["workers"]) == (6, str(near))
    assert (production.audio.bitrate, loaded.origins["audio.bitrate"]) == (70, "VOXPRESS_AUDIO_BITRATE")
    assert (production.voice.rate, loaded.origins["voice.rate"]) == (1.8, "flag")


def test_the_users_file_is_read_when_the_home_was_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VOXPRESS_HOME")
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "config" / name)
    file = tmp_path / "config" / "voxpress" / "voxpress.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'home = "{tmp_path}/elsewhere"\n')
    loaded = load_settings(cwd=tmp_path)
    assert loaded.settings.home == tmp_path / "elsewhere"
    assert loaded.settings.blob_url == f"{tmp_path}/elsewhere/blobs"
    assert loaded.origins["home"] == str(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [("cover, notes", ("cover", "notes")), ("cover notes", ("cover", "notes")), ("", ())],
)
def test_lists_in_the_environment(
    text: str, value: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_READING_INCLUDE", text)
    assert load_settings().settings.production.reading.include == value


def test_numbers_and_booleans_become_what_the_setting_is(home: Path, tmp_path: Path) -> None:
    (tmp_path / "voxpress.toml").write_text(
        "offline = true\n[audio]\nloudness = -20\nformats = ['mp3', 'opus']\n"
    )
    settings = load_settings(cwd=tmp_path).settings
    assert settings.offline is True
    assert settings.production.audio.loudness == "-20"
    assert settings.production.audio.formats == ("mp3", "opus")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bitrate = 64", ["'bitrate'", "workers"]),
        ("[audio]\nbitrat = 64", ["'audio.bitrat'", "audio.bitrate"]),
        ("[audio]\nbitrate = 'high'", ["audio.bitrate", "'high'", "16 to 192"]),
        ("[audio]\nbitrate = 256", ["audio.bitrate", "256", "16 to 192"]),
        ("[audio]\nformats = ['m4b', 'flac']", ["audio.formats", "'m4b, flac'", "mp3-chapters"]),
        ("[audio]\nformats = []", ["audio.formats", "one or more of m4b"]),
        ("[audio]\ncoder = 'slow'", ["audio.coder", "'slow'", "fast or twoloop"]),
        ("[audio]\nloudness = 'loud'", ["audio.loudness", "acx"]),
        ("[audio]\nloudness = -50", ["audio.loudness", "-50 but", "LUFS from -40 to -9"]),
        ("[voice]\nrate = 3.0", ["voice.rate", "0.5 to 2.5"]),
        ("[reading]\ninclude = ['note']", ["reading.include", "'note'", "did you mean notes?"]),
        ("[reading]\ninclude = ['licence', 'License', 'x']", ["titlepage", "did you mean licence?"]),
        ("[pauses]\nsentence = -1", ["pauses.sentence", "0 to 60"]),
        ("workers = -1", ["workers", "-1"]),
        ("workers = ", ["cannot be read"]),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    line: str, expected: list[str], home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "voxpress.toml"
    file.write_text(line)
    with pytest.raises(SettingsError) as caught:
        load_settings(cwd=tmp_path)
    for part in [str(file), *expected]:
        assert part in str(caught.value)


@pytest.mark.parametrize("name", INCLUDES)
def test_what_can_be_included_can_be_said(name: str, home: Path) -> None:
    assert load_settings({"reading.include": (name,)}).settings.production.reading.include == (name,)


def test_what_can_be_included_is_what_the_readers_leave_out_by_name() -> None:
    known = {INCLUDE_NAME.get(kind, kind) for kind in SKIPPED_TYPES.values()}
    known |= {*INCLUDE_NAME.values(), "code"}
    assert set(INCLUDES) == known
    [said] = [info.doc for info in describe_settings() if info.key == "reading.include"]
    assert ", ".join(INCLUDES) in said


def test_every_value_that_the_encoders_take_is_taken(home: Path) -> None:
    for key, values in {
        "audio.bitrate": BITRATES,
        "audio.coder": CODERS,
        "audio.formats": [(name,) for name in FORMATS],
        "audio.loudness": [*NAMED_TARGETS, *map(str, TARGET_RANGE)],
        "voice.rate": (SLOWEST, FASTEST),
    }.items():
        for value in values:
            assert load_settings({key: value}).origins[key] == "flag"


def test_a_name_that_is_given_twice_counts_once(home: Path) -> None:
    settings = load_settings({"audio.formats": ("opus", "m4b", "opus")}).settings
    assert settings.production.audio.formats == ("opus", "m4b")


def test_a_refused_password_is_not_repeated(home: Path, tmp_path: Path) -> None:
    (tmp_path / "voxpress.toml").write_text("[reading]\npassword = ['hunter2']\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(cwd=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_password_that_no_request_could_carry_is_refused(home: Path, tmp_path: Path) -> None:
    """A request would fail at it, and say why with the password in it."""
    (tmp_path / "voxpress.toml").write_text('llm_password = "hunter2\\nmore"\n')
    with pytest.raises(SettingsError, match="llm_password") as caught:
        load_settings(cwd=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_value_may_be_in_a_file_that_a_variable_names(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How containers hand out secrets."""
    for name, text in (("password", "s3cret word \n"), ("workers", "3\r\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("VOXPRESS_BROKER_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("VOXPRESS_WORKERS_FILE", str(tmp_path / "workers"))
    loaded = load_settings({"broker_url": "redis://broker/0"})
    assert loaded.settings.broker_password == "s3cret word "
    assert loaded.settings.broker_url == "redis://:s3cret%20word%20@broker/0"
    assert loaded.settings.workers == 3
    assert loaded.origins["broker_password"] == "VOXPRESS_BROKER_PASSWORD_FILE"
    assert loaded.ignored == ()
    assert "s3cret" not in repr(loaded.settings)
    monkeypatch.setenv("VOXPRESS_WORKERS", "2")
    assert load_settings().settings.workers == 2  # the variable itself goes first


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "cannot be read (it is not text)"),
        (b"a\0b", "is no short text"),
        (b"x" * 100_000, "is no short text"),
    ],
)
def test_a_file_that_holds_no_value_is_named(
    content: bytes | None, said: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("VOXPRESS_CATALOG_PASSWORD_FILE", str(file))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"{file} that VOXPRESS_CATALOG_PASSWORD_FILE names {said}" in str(caught.value)


def test_a_wrong_value_in_a_file_is_told_with_its_variable(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workers").write_text("many")
    monkeypatch.setenv("VOXPRESS_WORKERS_FILE", str(tmp_path / "workers"))
    with pytest.raises(SettingsError, match=r"VOXPRESS_WORKERS_FILE is 'many'"):
        load_settings()


def test_settings_can_be_written_into_a_log(home: Path) -> None:
    flags = {
        "broker_url": "rediss://me:hunter2@h/0",
        "catalog_url": "postgresql://me@db/v",
        "catalog_password": "hunter2",
        "blob_password": "hunter2",
        "reading.password": "hunter2",
    }
    settings = load_settings(flags).settings
    assert settings.catalog_url == "postgresql://me:hunter2@db/v"
    assert "hunter2" not in repr(settings)
    assert "rediss://me:***@h/0" in repr(settings)


@pytest.mark.parametrize("url", ["amqp://me:hunter2@h/", "h:6379", "redis://"])
def test_a_broker_that_is_none_is_refused(url: str, home: Path) -> None:
    with pytest.raises(SettingsError, match="redis://, rediss://") as caught:
        load_settings({"broker_url": url})
    assert "hunter2" not in str(caught.value)


def test_a_wrong_environment_variable_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_WORKERS", "many")
    with pytest.raises(SettingsError, match=r"VOXPRESS_WORKERS.*'many'"):
        load_settings()


def test_unknown_environment_variables_are_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_PORT", "tcp://10.0.0.1:80")
    for name in (*VARIABLES, "VOXPRESS_TONE_DELAY", "VOXPRESS_TEST_SAMPLES", "VOXPRESS_WORKERS"):
        monkeypatch.setenv(name, "1")
    assert load_settings().ignored == ("VOXPRESS_PORT",)


def test_the_state_folder_is_private(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "deep" / "home").prepare()
    assert settings.home.stat().st_mode & 0o777 == 0o700
    assert settings.run_dir.stat().st_mode & 0o777 == 0o700
    assert settings.voices_dir.is_dir()
    assert settings.cache_dir.is_dir()
    assert settings.log_dir.is_dir()


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"file/home.*VOXPRESS_HOME"):
        Settings(home=tmp_path / "file" / "home").prepare()


def test_every_setting_says_what_it_is() -> None:
    described = {info.key: info for info in describe_settings()}
    assert described["audio.bitrate"].env == "VOXPRESS_AUDIO_BITRATE"
    assert described["audio.bitrate"].default == "64"
    assert described["home"].env == "VOXPRESS_HOME"
    assert all(info.doc and info.type for info in described.values())
    assert len({info.env for info in described.values()}) == len(described)


def test_presets_say_how_a_voice_speaks(tmp_path: Path) -> None:
    study = load_settings(cwd=tmp_path, profile="study").settings.production
    plain = load_settings(cwd=tmp_path).settings.production
    assert study.voice.rate < plain.voice.rate
    assert study.pauses.paragraph > plain.pauses.paragraph
    assert study.pauses.sentence > plain.pauses.sentence
    both = load_settings(cwd=tmp_path, profile="paper, study").settings.production
    assert both.reading.paper
    assert both.voice.rate == study.voice.rate


def test_parameters_of_all_places_come_together(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "voxpress.toml").write_text(
        "[voice.parameters]\ntemperature = 0.2\npitch = 0.8\n[profiles.calm.voice.parameters]\npitch = 0.9\n"
    )
    monkeypatch.setenv("VOXPRESS_VOICE_PARAMETERS", "pitch=1.5,exaggeration=0.3")
    loaded = load_settings({"voice.parameters.pitch": "1.1"}, tmp_path, "calm")
    assert loaded.settings.production.voice.parameters == (
        ("exaggeration", 0.3),
        ("pitch", 1.1),
        ("temperature", 0.2),
    )
    assert loaded.origins["voice.parameters"] == "flag"
    calm = with_table(loaded.settings.production, {"voice": {"parameters": {"pitch": 1.2}}}, "a file")
    assert dict(calm.voice.parameters) == {"exaggeration": 0.3, "pitch": 1.2, "temperature": 0.2}


@pytest.mark.parametrize("wrong", ["ptch=1", "pitch", "pitch=high", "watermark=0", "pitch=nan"])
def test_a_parameter_that_is_none_is_refused(home: Path, wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"voice\.parameters .* such as pitch=1\.1; there are .*pitch"):
        load_settings({"voice.parameters": wrong})


def test_a_built_in_profile_needs_no_file_and_gives_way_to_one(tmp_path: Path) -> None:
    assert load_settings(cwd=tmp_path, profile="paper").settings.production.reading.paper
    assert not load_settings({"reading.paper": False}, tmp_path, "paper").settings.production.reading.paper
    (tmp_path / "voxpress.toml").write_text("[profiles.paper]\naudio.bitrate = 48\n")
    own = load_settings(cwd=tmp_path, profile="paper").settings.production
    assert (own.audio.bitrate, own.reading.paper) == (48, False)
    with pytest.raises(SettingsError, match="there are: article, audiobook, paper, podcast, study"):
        load_settings(cwd=tmp_path, profile="letter")
