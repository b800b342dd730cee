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

import ast
import inspect
import os
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import ProductionSettings
from storage.addresses import HIDDEN, broker_address, is_secret, shown, with_password
from storage.allowed import allowed, check_audio

FILE_NAME = "voxpress.toml"
PROFILES = "profiles"
"""Table of ``voxpress.toml`` whose tables are profiles."""
IN_FILE = "_FILE"
"""Ends the name of a variable that names the file which the setting's value is in: how containers hand out
secrets. The variable without it goes first."""
SECRET_BYTES = 64 * 1024
"""A file with more is none with a setting's value in it."""
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
    """SQLAlchemy URL of the catalog, for several hosts ``postgresql://USER@HOST/NAME`` (with
    ``?sslmode=verify-full&sslrootcert=FILE`` for TLS); empty: ``catalog.db`` in the state folder (SQLite)."""
    catalog_password: str = ""
    """Password of the catalog's database, where ``catalog_url`` has none. Never shown."""
    blob_url: str = ""
    """Folder (also one that hosts share), or fsspec URL of the blobs, such as ``s3://BUCKET/FOLDER``; empty:
    ``blobs`` in the state folder."""
    blob_endpoint: str = ""
    """Address of the S3 server that ``blob_url`` means; empty: Amazon's, or as ``AWS_ENDPOINT_URL`` says."""
    blob_user: str = ""
    """Access key id for ``blob_url``; empty: as Amazon's own variables, files and roles say."""
    blob_password: str = ""
    """Secret access key that belongs to ``blob_user``. Never shown."""
    blob_cache_gigabytes: float = 10.0
    """Room for this host's copies of blobs that lie elsewhere; what was not used for longest goes first."""
    broker_url: str = ""
    """Redis URL of the shared broker, for ``submit``, ``worker``, ``watch`` and ``up``; empty: that of the ``up``
    that runs on this state folder. ``make`` always starts a broker of its own."""
    broker_password: str = ""
    """Password of the broker, where ``broker_url`` has none. Never shown."""
    output: Path = Path("audiobooks")
    """Folder that editions are put into; a relative one is meant from the current folder."""
    workers: int = 0
    """Processes that work at the same time; 0 becomes the number of cores this process may use."""
    queues: tuple[str, ...] = ()
    """Queues that ``worker`` and ``up`` serve: cpu, publish, speak.ENGINE; none named: all that can be served
    here."""
    grace: float = 30.0
    """Seconds that a worker which is told to stop gives to the tasks in hand; after that they go back to their
    queue."""
    offline: bool = False
    """Never use the network: no page is fetched, no voice pulled."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts that may be fetched from although their address is private."""
    voices_from: str = ""
    """Mirror (https) or folder that voices are pulled from; empty: Piper's public list."""
    attempts: int = 3
    """How often a chunk is tried before it ends as a doubt."""
    log_level: str = "warning"
    """debug, info, warning or error."""
    log_format: str = "text"
    """text, or json: an object on each line of the log."""
    device: str = "cpu"
    """Where engines run: cpu or cuda."""
    gc_days: float = 30.0
    """Days after which ``worker`` and ``up`` remove by themselves what no production needs and nothing has used;
    0: never."""
    gc_gigabytes: float = 0.0
    """Room for the blobs: while they take more, what no production needs goes before its days are over; 0: no
    bound."""
    forget_days: float = 0.0
    """Days after its end at which a production is forgotten, unless it failed, so that what only it needed can go.
    Its audiobook stays. 0: never."""
    inboxes: tuple[str, ...] = ()
    """Drop folders that ``watch`` and ``up`` look after; relative ones are meant from the current folder."""
    settle_seconds: float = 5.0
    """Seconds for which a dropped file must have stayed as it is before it is taken."""
    inbox_attempts: int = 3
    """How often a dropped file is tried, where another try may help, before it goes to ``failed/``."""
    on_done: str = ""
    """Command line that is run, without a shell, when something dropped is done; the edition's folder is added as
    the last argument."""
    audiobookshelf_url: str = ""
    """Address of the Audiobookshelf that is told to scan its library when something dropped is done."""
    audiobookshelf_token: str = ""
    """API token for it. Never shown."""
    audiobookshelf_library: str = ""
    """Id of the library that it is to scan."""
    metrics_address: str = "127.0.0.1"
    """Address that the exporter listens on; beyond this host (``0.0.0.0``) only with a password."""
    metrics_port: int = 9464
    """Port of the exporter; 0: ``up`` starts none."""
    metrics_password: str = ""
    """Password for the exporter's numbers, as a bearer token or with any user; empty: one that is made up and kept
    in ``metrics/password`` of the state folder. Never shown."""
    flower_address: str = "127.0.0.1"
    """Address that Flower listens on; beyond this host (``0.0.0.0``) only with a password."""
    flower_port: int = 5555
    """Port of Flower; 0: ``up`` starts none."""
    flower_user: str = "voxpress"
    """Who may see Flower."""
    flower_password: str = ""
    """Password of ``flower_user``; empty: one that is made up and kept in ``flower/password`` of the state folder.
    Never shown."""
    flower_prefix: str = ""
    """Path under which a reverse proxy shows Flower, such as ``flower``."""
    flower_read_only: bool = True
    """Whether Flower only shows; otherwise whoever knows the password can stop workers and tasks with it."""
    production: ProductionSettings = field(default_factory=ProductionSettings)

    def __post_init__(self) -> None:
        """Fill in what follows from the state folder, and put passwords where they are used."""
        if not self.catalog_url:
            object.__setattr__(self, "catalog_url", f"sqlite:///{self.home / 'catalog.db'}")
        if not self.blob_url:
            object.__setattr__(self, "blob_url", str(self.home / "blobs"))
        if self.workers == 0:
            object.__setattr__(self, "workers", _cores())
        for name, whole in (
            ("broker_url", broker_address(self.broker_url, self.broker_password)),
            ("catalog_url", with_password(self.catalog_url, self.catalog_password)),
        ):
            object.__setattr__(self, name, whole)

    def __repr__(self) -> str:
        """Without secrets: this ends up in logs."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        said = (
            f"{name}={HIDDEN if is_secret(name) and value else shown(repr(value))}"
            for name, value in values.items()
        )
        return f"{type(self).__name__}({', '.join(said)})"

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
    """``flag``, ``VOXPRESS_...``, ``VOXPRESS_..._FILE``, the path of a ``voxpress.toml``, or ``default``."""
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


def load_settings(
    flags: Mapping[str, object] | None = None, cwd: Path | None = None, profile: str | None = None
) -> LoadedSettings:
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
    moved = values.get("home") or os.environ.get("VOXPRESS_HOME")
    own = here / Path(str(moved)) if moved else platformdirs.user_config_path("voxpress")
    places = (here / FILE_NAME, own / FILE_NAME)
    if profile:
        take(_from_profile(profile, places))
    take(_from_environment())
    for place in places:
        take(_from_file(place))
    known = {
        name for spec in _schema().values() for name in (spec.env, spec.env + IN_FILE)
    } | VARIABLES.keys()
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
        chosen.setdefault(section, {})[name] = _validated(key, value, origin)
    sections = {name: replace(getattr(base, name), **values) for name, values in chosen.items()}
    if "audio" in sections:
        check_audio(sections["audio"])
    return replace(base, **sections)


def with_profile(base: ProductionSettings, name: str, home: Path) -> ProductionSettings:
    """``base`` with a profile of the ``voxpress.toml`` here, in the user's folder, or in the state folder ``home``.

    Raises ``SettingsError``.
    """
    own = home if home != _default_home() else platformdirs.user_config_path("voxpress")
    table: dict[str, dict[str, object]] = {}
    origin = FILE_NAME
    for key, value, where in _from_profile(name, (Path.cwd() / FILE_NAME, own / FILE_NAME)):
        section, _, field_name = key.rpartition(".")
        table.setdefault(section, {})[field_name] = value
        origin = where
    return with_table(base, table, origin)


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
    profiles: dict[str, tuple[object, Path]] = {}
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
    said = "" if is_secret(key) else f" is {shown(repr(written))} but"
    end = "" if must.endswith("?") else "."
    return SettingsError(f"The setting {key} {where}{said} must be {must}{end}")


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
