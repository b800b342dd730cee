"""``[servers.NAME]`` of the settings: programs elsewhere that speak or convert voices.

In ``voxpress.toml`` a table for each; in the environment all of them as one JSON object in ``VOXPRESS_SERVERS`` (or
in the file that ``VOXPRESS_SERVERS_FILE`` names), which then takes the place of the tables. No message shows a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from pipeline.errors import SettingsError
from pipeline.model import Consent
from pipeline.speech.consent import parse_consent
from pipeline.speech.servers import FORMATS, SpeechServer

KEY = "servers"
"""The setting."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEY_FILE = "key_file"
_KEY_BYTES = 4096
_CONSENTS = "consents"
_FIELDS = (*(one.name for one in fields(SpeechServer) if one.name != "name"), _KEY_FILE)
_SCHEMES = ("http", "https", "grpc", "grpcs")
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "parallel": (1, 64),
    "timeout": (1, 3600),
    "sample_rate": (0, 48_000),
}


def read_servers(value: object, origin: str) -> tuple[SpeechServer, ...]:
    """The servers that a table of tables, or its JSON, names. Raises ``SettingsError``, never with a key in it."""
    if isinstance(value, tuple) and all(isinstance(one, SpeechServer) for one in value):
        return value
    if isinstance(value, str):
        value = _from_json(value, origin)
    if not isinstance(value, Mapping):
        raise SettingsError(
            f"The setting {KEY} in {origin} must be tables: [{KEY}.NAME] with engine and url, or a JSON object of "
            "them."
        )
    return tuple(_server(str(name), table, origin) for name, table in value.items())


def written(servers: Sequence[SpeechServer]) -> str:
    """The servers as ``VOXPRESS_SERVERS`` of a process of ours has them, keys included; empty when there are none."""
    tables: dict[str, dict[str, Any]] = {}
    for server in servers:
        plain = SpeechServer("", "")
        table = {
            one.name: getattr(server, one.name)
            for one in fields(server)
            if one.name not in ("name", _CONSENTS) and getattr(server, one.name) != getattr(plain, one.name)
        }
        if server.consents:
            table[_CONSENTS] = {voice: str(consent) for voice, consent in server.consents}
        tables[server.name or server.engine] = table
    return json.dumps(tables) if tables else ""


def _from_json(text: str, origin: str) -> object:
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        # without the error as its cause: that one quotes the text, keys and all
        raise SettingsError(
            f'{origin} must be a JSON object such as {{"openai": {{"engine": "openai", "url": "http://tts:8880"}}}}.'
        ) from None


def _server(name: str, table: object, origin: str) -> SpeechServer:
    def wrong(what: str) -> NoReturn:
        raise SettingsError(f"The server {name!r} in {origin} {what}.") from None

    if not _NAME.fullmatch(name):
        wrong("must have a name of small letters, digits and dashes")
    if not isinstance(table, Mapping):
        wrong(f"must be a table: [{KEY}.{name}] with engine and url")
    for given in table:
        if given not in _FIELDS:
            wrong(f"has no setting {given!r}; there are: {', '.join(_FIELDS)}")
    values: dict[str, Any] = {given: _plain(given, value, wrong) for given, value in table.items()}
    engine, url = values.get("engine", ""), values.get("url", "")
    _check_engine(engine, wrong)
    _check_url(url, wrong)
    if _KEY_FILE in values:
        if values.get("key"):
            wrong("has a key and a key_file: one of them is enough")
        values["key"] = _key(Path(values.pop(_KEY_FILE)).expanduser(), wrong)
    key = values.get("key", "")
    if key and not re.fullmatch(r"[!-~]+", key):
        wrong("has a key that is not of ASCII characters without spaces")
    if values.get("format", FORMATS[0]) not in FORMATS:
        wrong(f"must have a format of {', '.join(FORMATS)}")
    return SpeechServer(name="" if name == engine else name, **values)


def _plain(given: str, value: object, wrong: Callable[[str], NoReturn]) -> object:
    """The value of one field, of the type that the field has."""
    if given in _NUMBERS:
        low, high = _NUMBERS[given]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            wrong(f"must have a {given} from {low:g} to {high:g}")
        if given != "timeout" and value != int(value):
            wrong(f"must have a whole number as {given}")
        return float(value) if given == "timeout" else int(value)
    if given in ("voices", "languages"):
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) and one for one in value):
            wrong(f"must have a list of texts as {given}")
        return tuple(value)
    if given == _CONSENTS:
        return _consents(value, wrong)
    if not isinstance(value, str):
        wrong(f"must have a text as {given}")
    return value


def _consents(value: object, wrong: Callable[[str], NoReturn]) -> tuple[tuple[str, Consent], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(line, str) for line in value.values()):
        wrong('must have a table as consents: VOICE = "WHO, YYYY-MM-DD, FOR WHAT"')
    found = []
    for voice, line in value.items():
        try:
            found.append((str(voice), parse_consent(line)))
        except SettingsError as error:
            wrong(f"has no good consent for {voice!r}: {str(error).rstrip('.')}")
    return tuple(found)


def _check_engine(engine: str, wrong: Callable[[str], NoReturn]) -> None:
    from pipeline.speech.registry import server_kinds  # asked only where there is a server

    kinds = server_kinds()
    if engine not in kinds:
        wrong(f"must have an engine that speaks through servers: one of {', '.join(kinds)}")


def _check_url(url: str, wrong: Callable[[str], NoReturn]) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        wrong("has a url that cannot be read")
    if parts.scheme not in _SCHEMES or not host or not url.isprintable() or " " in url:
        wrong(f"must have a url such as http://127.0.0.1:8880 ({', '.join(_SCHEMES)})")
    if "@" in parts.netloc:
        wrong("has a password in its url: put it into key or key_file")
    if parts.query or parts.fragment:
        wrong("has a url with more than an address and a path in it")


def _key(path: Path, wrong: Callable[[str], NoReturn]) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_KEY_BYTES + 1).decode().strip()
    except (OSError, UnicodeDecodeError):
        wrong(f"has a key_file that cannot be read ({path})")
    if not text or len(text) > _KEY_BYTES:
        wrong(f"has a key_file without a key in it ({path})")
    return text


__all__ = ["KEY", "read_servers", "written"]
