"""``[conversation.hosts.NAME]`` of the settings: who leads a conversation.

In ``voxpress.toml`` a table, or a voice, for each; elsewhere ``NAME=VOICE``, separated by commas, or one JSON object
of such tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields

from pipeline.errors import SettingsError
from pipeline.limits import TALK_HOSTS
from pipeline.settings import Host

KEY = "conversation.hosts"
"""The setting."""
_FIELDS = tuple(one.name for one in fields(Host) if one.name != "name")
_LONGEST = 500
"""Characters of a voice's name, and of a temperament."""


def read_hosts(value: object, origin: str) -> tuple[Host, ...]:
    """The hosts that a table of tables, its JSON, or a list of ``NAME=VOICE`` names. Raises ``SettingsError``."""
    if isinstance(value, str):
        value = _from_text(value, origin)
    if isinstance(value, (list, tuple)):
        value = {one.name: one for one in map(_from_item, value)}
    if not isinstance(value, Mapping):
        raise SettingsError(
            f"The setting {KEY} in {origin} must be tables: [{KEY}.NAME] with {' and '.join(_FIELDS)}."
        )
    hosts = tuple(_host(str(name), said, origin) for name, said in value.items())
    if len(hosts) == 1 or len(hosts) > TALK_HOSTS:
        raise SettingsError(f"The setting {KEY} in {origin} must name 2 to {TALK_HOSTS} hosts.")
    if len({host.name.casefold() for host in hosts}) < len(hosts):
        raise SettingsError(f"The setting {KEY} in {origin} names one host twice.")
    return hosts


def _from_text(text: str, origin: str) -> object:
    if not text.strip().startswith("{"):
        return [part for part in text.split(",") if part.strip()]
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingsError(
            f'The setting {KEY} in {origin} must be NAME=VOICE, or a JSON object such as {{"Ada": "espeak:en-gb"}}.'
        ) from error


def _from_item(item: object) -> Host:
    if isinstance(item, Host):
        return item
    name, _, voice = str(item).partition("=")
    return Host(name.strip(), voice.strip())


def _host(name: str, said: object, origin: str) -> Host:
    from pipeline.script.conversation.files import is_host_name

    where = f"The host {name[:40]!r} in {origin}"
    if not is_host_name(name):
        raise SettingsError(f"{where} must have a name with letters, and without colons, bars and brackets.")
    if isinstance(said, Host):
        said = {one: getattr(said, one) for one in _FIELDS}
    if isinstance(said, str):
        said = {"voice": said}
    if not isinstance(said, Mapping):
        raise SettingsError(f"{where} must be a voice, or a table with {' and '.join(_FIELDS)}.")
    for key, text in said.items():
        if key not in _FIELDS:
            raise SettingsError(f"{where} has no setting {key!r}; there are: {', '.join(_FIELDS)}.")
        if not isinstance(text, str) or len(text) > _LONGEST or "|" in text or not text.isprintable():
            raise SettingsError(f"{where} must have a short text as {key}, in one line and without bars.")
    return Host(name, **{key: " ".join(text.split()) for key, text in said.items()})


__all__ = ["KEY", "read_hosts"]
