"""The program's settings: from flags, environment, ``voxpress.toml`` and defaults, and where each came from.

Order, the first that names a value wins: flags of the command line, the profile that was asked for (a table
``[profiles.NAME]`` of a ``voxpress.toml``, for what an audiobook is to be), ``VOXPRESS_*`` environment variables,
``voxpress.toml`` in the current folder, ``voxpress.toml`` in the user's configuration folder (in the state
folder itself when that was moved by ``VOXPRESS_HOME`` or a flag), defaults.

A setting's key is its name (``workers``), or section and name (``audio.bitrate``). In the environment these
are ``VOXPRESS_WORKERS`` and ``VOXPRESS_AUDIO_BITRATE``; in the file ``workers``, and ``bitrate`` under
``[audio]``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from pipeline.errors import SettingsError
from pipeline.settings import ProductionSettings
from storage.allowed import check_audio
from storage.defaults import Settings, default_home
from storage.schema import (
    WHOLE,
    SettingInfo,
    describe_settings,
    schema,
    sections,
    tables,
    together,
    validated,
)

FILE_NAME = "voxpress.toml"
PROFILES = "profiles"
"""Table of ``voxpress.toml`` whose tables are profiles."""
IN_FILE = "_FILE"
"""Ends the name of a variable that names the file which the setting's value is in: how containers hand out
secrets. The variable without it goes first."""
BUILT_IN: Mapping[str, Mapping[str, object]] = {
    "paper": {"reading": {"paper": True}},
    "audiobook": {
        "voice": {"rate": 0.95, "parameters": {"exaggeration": 0.6, "pitch": 0.94}},
        "pauses": {
            "sentence": 0.3,
            "paragraph": 0.75,
            "heading_before": 1.2,
            "heading": 1.2,
            "chapter_end": 2.0,
        },
    },
    "article": {
        "voice": {"rate": 1.08, "parameters": {"exaggeration": 0.4}},
        "pauses": {
            "sentence": 0.2,
            "paragraph": 0.45,
            "heading_before": 0.6,
            "heading": 0.6,
            "chapter_end": 0.8,
        },
    },
    "podcast": {
        "reading": {
            "byline": True,
            "count_lists": True,
            "announce_quotes": True,
            "announce_pictures": True,
            "summarise_skipped": True,
            "shorten_links": True,
            "chapter_words": 400,
        },
        "audio": {"formats": "mp3", "loudness": "podcast", "true_peak": -1.0},
        "publish": {"companions": "vtt,srt"},
        "pauses": {"chapter_end": 1.0},
    },
    "study": {
        "voice": {"rate": 0.8, "parameters": {"exaggeration": 0.3, "temperature": 0.6}},
        "pauses": {"sentence": 0.7, "clause": 0.25, "line": 0.6, "paragraph": 1.4, "heading": 1.6},
    },
}
"""Profiles that need no file; one of the same name in a ``voxpress.toml`` takes the place of it. What an engine does
not have, such as a pitch, it is not told."""
BUILT_IN_PLACE = Path("built in")
SECRET_BYTES = 64 * 1024
"""A file with more is none with a setting's value in it."""
DEFAULT = "default"
VARIABLES: Mapping[str, str] = {
    "VOXPRESS_FFMPEG": "Path of the ffmpeg to use instead of the one that is found.",
    "VOXPRESS_ESPEAK_LIBRARY": "Path of the libespeak-ng to use instead of the one that is found.",
    "VOXPRESS_ESPEAK_DATA": "Path of its espeak-ng-data folder, where the library does not find it itself.",
    "VOXPRESS_PIPER_THREADS": "Threads of one Piper process; 1 unless set, because many processes beat many "
    "threads.",
    "VOXPRESS_XTTS_WIDTH": "Chunks that one XTTS process speaks at once; unless set, what a GPU's memory allows, "
    "and 4 on a CPU.",
}
"""Environment variables about the machine rather than the audiobook: no settings, and in no file."""
FOR_TESTS = ("VOXPRESS_TONE_", "VOXPRESS_TEST_")
"""Begin the names of variables that tests set."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings and, by dotted key, where each value came from."""

    settings: Settings
    origins: Mapping[str, str]
    """``flag``, ``VOXPRESS_...``, ``VOXPRESS_..._FILE``, the path of a ``voxpress.toml``, or ``default``."""
    ignored: tuple[str, ...] = ()
    """Environment variables that begin with ``VOXPRESS_`` and that nobody reads."""


def load_settings(
    flags: Mapping[str, object] | None = None, cwd: Path | None = None, profile: str | None = None
) -> LoadedSettings:
    """Read the settings from every place.

    ``flags`` holds dotted keys (``"audio.bitrate"``) or tables within tables; a value of None counts as not
    given. ``profile`` may name several, separated by commas: the first that says something counts. ``cwd`` stands in
    for the current folder. Raises ``SettingsError`` naming the key, where it was
    written, and what is allowed.
    """
    here = (cwd or Path.cwd()).absolute()
    values: dict[str, object] = {}
    origins: dict[str, str] = dict.fromkeys(schema(), DEFAULT)

    def take(source: Iterator[tuple[str, object, str]]) -> None:
        for key, value, origin in source:
            if origins[key] == DEFAULT:
                values[key] = validated(key, value, origin)
                origins[key] = origin
            elif key in tables():
                values[key] = together(validated(key, value, origin), values[key])

    take(_from_flags(flags or {}))
    moved = values.get("home") or os.environ.get("VOXPRESS_HOME")
    own = here / Path(str(moved)) if moved else platformdirs.user_config_path("voxpress")
    places = (here / FILE_NAME, own / FILE_NAME)
    for name in _names(profile or ""):
        take(_from_profile(name, places))
    take(_from_environment())
    for place in places:
        take(_from_file(place))
    known = {name for spec in schema().values() for name in (spec.env, spec.env + IN_FILE)} | VARIABLES.keys()
    ignored = sorted(
        n for n in os.environ if n.startswith("VOXPRESS_") and n not in known and not n.startswith(FOR_TESTS)
    )
    return LoadedSettings(_assemble(values, here), origins, tuple(ignored))


def with_table(base: ProductionSettings, table: Mapping[str, object], origin: str) -> ProductionSettings:
    """``base`` with what a table of a file says (``{"audio": {"bitrate": 48}}``), which ``origin`` names.

    Raises ``SettingsError`` for what is no choice about an audiobook.
    """
    chosen: dict[str, dict[str, Any]] = {}
    for key, value in _flat(table):
        _known(key, origin)
        section, _, name = key.rpartition(".")
        if not section:
            raise SettingsError(
                f"{origin} sets {key!r}, which is not for it to say: it says what an audiobook is to be, for "
                "example voice.voice or audio.bitrate."
            )
        given = validated(key, value, origin)
        if key in tables():
            given = together(getattr(getattr(base, section), name), given)
        chosen.setdefault(section, {})[name] = given
    changed = {name: replace(getattr(base, name), **values) for name, values in chosen.items()}
    if "audio" in changed:
        check_audio(changed["audio"])
    return replace(base, **changed)


def with_profile(base: ProductionSettings, name: str, home: Path) -> ProductionSettings:
    """``base`` with a profile of the ``voxpress.toml`` here, in the user's folder, or in the state folder ``home``.

    Raises ``SettingsError``.
    """
    places = (Path.cwd() / FILE_NAME, user_folder(home) / FILE_NAME)
    for one in reversed(_names(name)):
        said = list(_from_profile(one, places))
        table: dict[str, dict[str, object]] = {}
        for key, value, _ in said:
            section, _, field_name = key.rpartition(".")
            table.setdefault(section, {})[field_name] = value
        base = with_table(base, table, said[0][2] if said else FILE_NAME)
    return base


def _names(profiles: str) -> list[str]:
    """The profiles that are named, separated by commas."""
    return [name.strip() for name in profiles.split(",") if name.strip()]


def user_folder(home: Path) -> Path:
    """Where the user's own files are, for a state folder: in the state folder itself when that was moved."""
    return home if home != default_home() else platformdirs.user_config_path("voxpress")


def _from_flags(flags: Mapping[str, object]) -> Iterator[tuple[str, object, str]]:
    for key, value in _flat(flags):
        if value is not None:
            _known(key, "the command line")
            yield key, value, "flag"


def _from_environment() -> Iterator[tuple[str, object, str]]:
    # Unknown names are not refused: orchestrators put VOXPRESS_PORT and the like beside ours.
    for key, spec in schema().items():
        if spec.env in os.environ:
            yield key, os.environ[spec.env], spec.env
        elif path := os.environ.get(spec.env + IN_FILE):
            yield key, _secret(spec.env + IN_FILE, Path(path)), spec.env + IN_FILE


def _secret(variable: str, path: Path) -> str:
    """What the file says that a variable names; the line's end is not part of it."""
    try:
        with path.open("rb") as file:
            text = file.read(SECRET_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(
            f"The file {path} that {variable} names cannot be read ({reason}): check its name and its permissions."
        ) from error
    if len(text) > SECRET_BYTES or not text.strip() or "\0" in text:
        wrong = "is empty" if not text.strip() else "is no short text"
        raise SettingsError(
            f"The file {path} that {variable} names {wrong}: put the setting's value into it."
        )
    return text.rstrip("\r\n")


def _from_profile(name: str, places: Sequence[Path]) -> Iterator[tuple[str, object, str]]:
    profiles: dict[str, tuple[object, Path]] = {
        key: (table, BUILT_IN_PLACE) for key, table in BUILT_IN.items()
    }
    for path in reversed(places):
        found = _table(path).get(PROFILES, {})
        if isinstance(found, Mapping):
            profiles.update({key: (value, path) for key, value in found.items()})
    table, path = profiles.get(name, (None, places[0]))
    if not isinstance(table, Mapping):
        there = ", ".join(sorted(profiles)) or "none"
        raise SettingsError(
            f"There is no profile {name!r}: write [{PROFILES}.{name}] into {FILE_NAME}; there are: {there}."
        )
    for key, value in _flat(table):
        _known(key, f"the profile {name!r} of {path}")
        if "." not in key:
            raise SettingsError(
                f"The profile {name!r} of {path} sets {key!r}: a profile says what an audiobook is to be, "
                "for example voice.voice or audio.bitrate."
            )
        yield key, value, f"{path} [{PROFILES}.{name}]"


def _from_file(path: Path) -> Iterator[tuple[str, object, str]]:
    table = {key: value for key, value in _table(path).items() if key != PROFILES}
    for key, value in _flat(table):
        _known(key, str(path))
        yield key, value, str(path)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as settings: {error}.") from error


def _flat(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """By dotted key; what is in a table of numbers is one setting."""
    of_tables: dict[str, dict[str, object]] = {}
    for key, value in _leaves(table):
        place = next((one for one in tables() if key.startswith(f"{one}.")), None)
        if place is None:
            yield key, value
        else:
            of_tables.setdefault(place, {})[key.removeprefix(f"{place}.")] = value
    yield from of_tables.items()


def _leaves(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping) and prefix + name not in WHOLE:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _known(key: str, where: str) -> None:
    if key in schema():
        return
    section = key.rpartition(".")[0]
    there = [k for k in schema() if k.rpartition(".")[0] == section] or list(schema())
    raise SettingsError(f"There is no setting {key!r}, named in {where}; there are: {', '.join(there)}.")


def _assemble(values: Mapping[str, object], here: Path) -> Settings:
    top = {key: value for key, value in values.items() if "." not in key}
    for name, fallback in (("home", default_home()), ("output", Settings.output), ("shows", Settings.shows)):
        path = top.get(name, fallback)
        top[name] = here / Path(str(path)).expanduser()
    made = {}
    for section, kind in sections().items():
        chosen = {f.name: values[k] for f in fields(kind) if (k := f"{section}.{f.name}") in values}
        made[section] = kind(**chosen)
        if section == "audio" and chosen:
            check_audio(made[section])
    return Settings(**top, production=ProductionSettings(**made))  # type: ignore[arg-type]


__all__ = [
    "BUILT_IN",
    "VARIABLES",
    "LoadedSettings",
    "SettingInfo",
    "Settings",
    "describe_settings",
    "load_settings",
    "user_folder",
    "with_profile",
    "with_table",
]
