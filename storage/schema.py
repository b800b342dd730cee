"""What settings there are: names, types, what each may be, and what it means, all read from the dataclasses."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import SettingsError
from pipeline.settings import Host, ProductionSettings
from pipeline.speech.servers import SpeechServer
from storage.addresses import is_secret, shown
from storage.allowed import allowed
from storage.defaults import Settings
from storage.hosts import KEY as HOSTS
from storage.hosts import read_hosts
from storage.servers import KEY as SERVERS
from storage.servers import read_servers, written


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What a setting is, for the documentation and ``voxpress doctor``."""

    key: str
    env: str
    type: str
    default: str
    doc: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A setting: a field of a dataclass."""

    env: str
    kind: Any
    """Its type."""
    field: Field[Any]
    owner: type


@cache
def sections() -> dict[str, type]:
    """The dataclass of each section, in order."""
    return {
        name: kind
        for name, kind in get_type_hints(ProductionSettings).items()
        if isinstance(kind, type) and is_dataclass(kind)
    }


@cache
def schema() -> dict[str, Spec]:
    """Every setting by its dotted key, in order."""
    found = {}
    for prefix, owner in [("", Settings), *sections().items()]:
        hints = get_type_hints(owner)
        for item in fields(owner):
            if item.name == "production":
                continue
            key = f"{prefix}.{item.name}" if prefix else item.name
            env = "VOXPRESS_" + key.replace(".", "_").upper()
            found[key] = Spec(env, hints[item.name], item, owner)
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def validated(key: str, value: object, origin: str) -> object:
    """The value as the setting has it. Raises ``SettingsError`` naming ``origin`` and what is allowed."""
    if key == SERVERS:
        return read_servers(value, "the command line" if origin == "flag" else origin)
    if key == HOSTS:
        return read_hosts(value, "the command line" if origin == "flag" else origin)
    kind = schema()[key].kind
    given = value
    if kind == tuple[str, ...]:
        if isinstance(value, str):
            value = _listed(value)
        if isinstance(value, (tuple, list)) and all(isinstance(part, str) for part in value):
            value = tuple(dict.fromkeys(value))
    if kind == NUMBERS:
        value = _numbers(value)
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


WHOLE = (SERVERS, HOSTS)
"""The keys of settings that are tables of tables, each read as one."""


def as_variable(key: str, value: Any) -> str:
    """The value as an environment variable says it: ``validated`` makes the same value of that."""
    if key == SERVERS:
        return written(value)
    if key == HOSTS:
        return json.dumps(
            {host.name: {"voice": host.voice, "temperament": host.temperament} for host in value}
        )
    if isinstance(value, bool):
        return "1" if value else "0"
    if schema()[key].kind == NUMBERS:
        return ",".join(f"{name}={number}" for name, number in value)
    if isinstance(value, tuple):
        plain = not any(re.search(r"[,\s\[]", part) for part in value)
        return ",".join(value) if plain else json.dumps(value)
    return str(value)


def _listed(text: str) -> object:
    """Texts separated by commas or spaces; or a JSON list of them, for those that have such in themselves."""
    if text.startswith("["):
        with suppress(ValueError):
            return json.loads(text)
    return [part for part in re.split(r"[,\s]+", text) if part]


NUMBERS = tuple[tuple[str, float], ...]
"""The type of a table of numbers by name."""


def tables() -> list[str]:
    """The keys of settings that are tables of numbers: ``KEY.NAME`` is one of them."""
    return [key for key, spec in schema().items() if spec.kind == NUMBERS]


def together(below: Any, above: Any) -> object:
    """Two such tables as one; what both name is as ``above`` says."""
    return tuple(sorted({**dict(below), **dict(above)}.items()))


def _numbers(value: object) -> object:
    """A table, pairs, or texts such as ``pitch=1.1``, as pairs in alphabetical order."""
    if isinstance(value, str):
        value = [part for part in re.split(r"[,\s]+", value) if part]
    if isinstance(value, dict):
        value = list(value.items())
    if not isinstance(value, (tuple, list)):
        return value
    pairs = [part.split("=", 1) if isinstance(part, str) else part for part in value]
    return tuple(
        sorted({pair[0]: tuple(pair) for pair in pairs if pair}.values(), key=lambda pair: str(pair[0]))
    )


def _refused(key: str, value: object, origin: str, must: str) -> SettingsError:
    where = "on the command line" if origin == "flag" else f"in {origin}"
    written = ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value
    said = "" if is_secret(key) else f" is {shown(repr(written))} but"
    end = "" if must.endswith("?") else "."
    return SettingsError(f"The setting {key} {where}{said} must be {must}{end}")


def _type_name(kind: Any) -> str:
    if kind == NUMBERS:
        return "numbers by name, such as pitch=1.1"
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
    names |= {tuple[SpeechServer, ...]: "tables", tuple[Host, ...]: "tables"}
    return names.get(kind, "a list of texts")


# -- documentation --------------------------------------------------------------------------------------


def describe_settings() -> list[SettingInfo]:
    """Every setting, in order, with what its docstring says."""
    return [
        SettingInfo(key, spec.env, _type_name(spec.kind), _default_text(key, spec), _doc(spec))
        for key, spec in schema().items()
    ]


def _default_text(key: str, spec: Spec) -> str:
    if key == "home":
        return "the user's data folder"
    value = spec.field.default if spec.field.default is not MISSING else None
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _doc(spec: Spec) -> str:
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
