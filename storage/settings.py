"""The program's settings: from flags, environment, ``voxpress.toml`` and defaults, and where each came from.

Order, the first that names a value wins: flags of the command line, ``VOXPRESS_*`` environment variables,
``voxpress.toml`` in the current folder, ``voxpress.toml`` in the user's configuration folder (in the state
folder itself when that was moved by ``VOXPRESS_HOME`` or a flag), defaults.

A setting's key is its name (``workers``), or section and name (``audio.bitrate``). In the environment these
are ``VOXPRESS_WORKERS`` and ``VOXPRESS_AUDIO_BITRATE``; in the file ``workers``, and ``bitrate`` under
``[audio]``.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import ProductionSettings
from storage.allowed import allowed, check_audio

FILE_NAME = "voxpress.toml"
DEFAULT = "default"
VARIABLES: Mapping[str, str] = {
    "VOXPRESS_FFMPEG": "Path of the ffmpeg to use instead of the one that is found.",
    "VOXPRESS_ESPEAK_LIBRARY": "Path of the libespeak-ng to use instead of the one that is found.",
    "VOXPRESS_ESPEAK_DATA": "Path of its espeak-ng-data folder, where the library does not find it itself.",
    "VOXPRESS_PIPER_THREADS": "Threads of one Piper process; 1 unless set, because many processes beat many "
    "threads.",
}
"""Environment variables about the machine rather than the audiobook: no settings, and in no file."""
FOR_TESTS = ("VOXPRESS_TONE_", "VOXPRESS_TEST_")
"""Begin the names of variables that tests set."""


def _default_home() -> Path:
    return platformdirs.user_data_path("voxpress")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """Everything the program can be told."""

    home: Path = field(default_factory=_default_home)
    """State folder: catalog, blobs, voices, sockets, logs. Only its owner can read it."""
    catalog_url: str = ""
    """SQLAlchemy URL of the catalog; empty: ``catalog.db`` in the state folder (SQLite)."""
    blob_url: str = ""
    """Folder or fsspec URL of the blobs; empty: ``blobs`` in the state folder."""
    broker_url: str = ""
    """Redis URL of the broker, for worker processes: they alone read it. ``make`` and ``retry`` always start a
    broker of their own, and tell it to their workers."""
    output: Path = Path("audiobooks")
    """Folder that editions are put into; a relative one is meant from the current folder."""
    workers: int = 0
    """Processes that work at the same time; 0 becomes the number of cores this process may use."""
    offline: bool = False
    """Never use the network: no page is fetched, no voice pulled."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts that may be fetched from although their address is private."""
    attempts: int = 3
    """How often a chunk is tried before it ends as a doubt."""
    log_level: str = "warning"
    """debug, info, warning or error."""
    device: str = "cpu"
    """Where engines run: cpu or cuda."""
    production: ProductionSettings = field(default_factory=ProductionSettings)

    def __post_init__(self) -> None:
        """Fill in what follows from the state folder."""
        if not self.catalog_url:
            object.__setattr__(self, "catalog_url", f"sqlite:///{self.home / 'catalog.db'}")
        if not self.blob_url:
            object.__setattr__(self, "blob_url", str(self.home / "blobs"))
        if self.workers == 0:
            object.__setattr__(self, "workers", _cores())

    @property
    def voices_dir(self) -> Path:
        """Pulled and added voices."""
        return self.home / "voices"

    @property
    def run_dir(self) -> Path:
        """Sockets and process files of the running program; only its owner can read it."""
        return self.home / "run"

    @property
    def cache_dir(self) -> Path:
        """Fetched pages."""
        return self.home / "cache" / "web"

    @property
    def log_dir(self) -> Path:
        """Logs of the embedded broker and the workers."""
        return self.home / "logs"

    def prepare(self) -> Settings:
        """Create the state folder and what belongs in it, for its owner only. Raises ``SettingsError``."""
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.home, self.run_dir):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.run_dir.chmod(0o700)
            for folder in (self.voices_dir, self.cache_dir, self.log_dir):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"The state folder {self.home} cannot be used ({error.strerror}): "
                "set VOXPRESS_HOME to a folder you can write to."
            ) from error
        return self


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings and, by dotted key, where each value came from."""

    settings: Settings
    origins: Mapping[str, str]
    """``flag``, ``VOXPRESS_...``, the path of a ``voxpress.toml``, or ``default``."""
    ignored: tuple[str, ...] = ()
    """Environment variables that begin with ``VOXPRESS_`` and that nobody reads."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What a setting is, for the documentation and ``voxpress doctor``."""

    key: str
    env: str
    type: str
    default: str
    doc: str


# -- loading --------------------------------------------------------------------------------------------


def load_settings(flags: Mapping[str, object] | None = None, cwd: Path | None = None) -> LoadedSettings:
    """Read the settings from every place.

    ``flags`` holds dotted keys (``"audio.bitrate"``) or tables within tables; a value of None counts as not
    given. ``cwd`` stands in for the current folder. Raises ``SettingsError`` naming the key, where it was
    written, and what is allowed.
    """
    here = (cwd or Path.cwd()).absolute()
    values: dict[str, object] = {}
    origins: dict[str, str] = dict.fromkeys(_schema(), DEFAULT)

    def take(source: Iterator[tuple[str, object, str]]) -> None:
        for key, value, origin in source:
            if origins[key] == DEFAULT:
                values[key] = _validated(key, value, origin)
                origins[key] = origin

    take(_from_flags(flags or {}))
    take(_from_environment())
    moved = values.get("home")
    take(_from_file(here / FILE_NAME))
    take(
        _from_file(
            (here / Path(str(moved)) if moved else platformdirs.user_config_path("voxpress")) / FILE_NAME
        )
    )
    known = {spec.env for spec in _schema().values()} | VARIABLES.keys()
    ignored = sorted(
        n for n in os.environ if n.startswith("VOXPRESS_") and n not in known and not n.startswith(FOR_TESTS)
    )
    return LoadedSettings(_assemble(values, here), origins, tuple(ignored))


def _from_flags(flags: Mapping[str, object]) -> Iterator[tuple[str, object, str]]:
    for key, value in _flat(flags):
        if value is not None:
            _known(key, "the command line")
            yield key, value, "flag"


def _from_environment() -> Iterator[tuple[str, object, str]]:
    # Unknown names are not refused: orchestrators put VOXPRESS_PORT and the like beside ours.
    for key, spec in _schema().items():
        if spec.env in os.environ:
            yield key, os.environ[spec.env], spec.env


def _from_file(path: Path) -> Iterator[tuple[str, object, str]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as settings: {error}.") from error
    for key, value in _flat(table):
        _known(key, str(path))
        yield key, value, str(path)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _known(key: str, where: str) -> None:
    if key in _schema():
        return
    section = key.rpartition(".")[0]
    there = [k for k in _schema() if k.rpartition(".")[0] == section] or list(_schema())
    raise SettingsError(f"There is no setting {key!r}, named in {where}; there are: {', '.join(there)}.")


def _assemble(values: Mapping[str, object], here: Path) -> Settings:
    top = {key: value for key, value in values.items() if "." not in key}
    for name, fallback in (("home", _default_home()), ("output", Settings.output)):
        path = top.get(name, fallback)
        top[name] = here / Path(str(path)).expanduser()
    sections = {}
    for section, kind in _sections().items():
        chosen = {f.name: values[k] for f in fields(kind) if (k := f"{section}.{f.name}") in values}
        sections[section] = kind(**chosen)
        if section == "audio" and chosen:
            check_audio(sections[section])
    return Settings(**top, production=ProductionSettings(**sections))  # type: ignore[arg-type]


# -- schema ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spec:
    env: str
    kind: Any
    field: Field[Any]
    owner: type


@cache
def _sections() -> dict[str, type]:
    return {name: kind for name, kind in get_type_hints(ProductionSettings).items() if isinstance(kind, type)}


@cache
def _schema() -> dict[str, _Spec]:
    schema = {}
    for prefix, owner in [("", Settings), *_sections().items()]:
        hints = get_type_hints(owner)
        for item in fields(owner):
            if item.name == "production":
                continue
            key = f"{prefix}.{item.name}" if prefix else item.name
            env = "VOXPRESS_" + key.replace(".", "_").upper()
            schema[key] = _Spec(env, hints[item.name], item, owner)
    return schema


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _validated(key: str, value: object, origin: str) -> object:
    kind = _schema()[key].kind
    given = value
    if kind == tuple[str, ...]:
        if isinstance(value, str):
            value = [part for part in re.split(r"[,\s]+", value) if part]
        if isinstance(value, (tuple, list)) and all(isinstance(part, str) for part in value):
            value = tuple(dict.fromkeys(value))
    if kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)  # loudness = -18
    rule = allowed(key)
    try:
        result = _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise _refused(key, given, origin, rule.said(value) if rule else _type_name(kind)) from error
    if rule is not None and not rule.has(result):
        raise _refused(key, given, origin, rule.said(result))
    return result


def _refused(key: str, value: object, origin: str, must: str) -> SettingsError:
    where = "on the command line" if origin == "flag" else f"in {origin}"
    written = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value
    shown = "" if key == "reading.password" else f" is {written!r}"
    end = "" if must.endswith("?") else "."
    return SettingsError(f"The setting {key} {where}{shown} but must be {must}{end}")


def _type_name(kind: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
    return names.get(kind, "a list of texts")


# -- documentation --------------------------------------------------------------------------------------


def describe_settings() -> list[SettingInfo]:
    """Every setting, in order, with what its docstring says."""
    return [
        SettingInfo(key, spec.env, _type_name(spec.kind), _default_text(key, spec), _doc(spec))
        for key, spec in _schema().items()
    ]


def _default_text(key: str, spec: _Spec) -> str:
    if key == "home":
        return "the user's data folder"
    value = spec.field.default if spec.field.default is not MISSING else None
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _doc(spec: _Spec) -> str:
    own = _attribute_docs(spec.owner).get(spec.field.name)
    if own:
        return own
    return f"{(spec.owner.__doc__ or '').strip().splitlines()[0]} ({spec.field.name.replace('_', ' ')})"


@cache
def _attribute_docs(owner: type) -> dict[str, str]:
    """The string under each field; Python keeps them in the source only."""
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for item, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            docs[item.target.id] = " ".join(str(after.value.value).split())
    return docs


__all__ = ["VARIABLES", "LoadedSettings", "SettingInfo", "Settings", "describe_settings", "load_settings"]
