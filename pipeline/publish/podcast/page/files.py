"""The files that the page of a show loads: data, handed over by a call.

A file is a comment with its key, and ``voxpress("NAME", DATA)``. What has the same key has the same data.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.publish.player.words import inert_json

_KEY = 16
_HEAD = "// {key}\nvoxpress("
_FORMAT = "1"
"""Goes into each key: raise it when data of the same episodes is written in another manner."""


def words_name(stem: str) -> str:
    """Where the text of an episode lies."""
    return f"{stem}.words.js"


def shard_name(number: int | str) -> str:
    """Where some episodes' vocabularies lie."""
    return f"search-{number}.js"


def key_of(data: bytes) -> str:
    """What tells ``data`` from other data."""
    return hashlib.sha256(_FORMAT.encode() + data).hexdigest()[:_KEY]


def keyed_script(name: str, data: object, key: str = "") -> bytes:
    """A file that hands ``data`` over under ``name``; its key is made of the data unless one is given."""
    text = f"{inert_json(name)},{inert_json(data)})\n"
    return (_HEAD.format(key=key or key_of(text.encode())) + text).encode()


def kept_key(path: Path) -> str:
    """The key of a file, empty where there is no such file."""
    length = len(_HEAD.format(key="0" * _KEY))
    try:
        with path.open("rb") as file:
            head = file.read(length).decode("ascii", "replace")
    except OSError:
        return ""
    key = head[3 : 3 + _KEY]
    return key if head == _HEAD.format(key=key) else ""


def data_of(path: Path) -> object:
    """What a file hands over. Raises ``PublishError`` when it is not as ``keyed_script`` wrote it."""
    try:
        call = path.read_text(encoding="utf-8").partition("\n")[2]
        _, data = json.loads(f"[{call.removeprefix('voxpress(').rstrip().removesuffix(')')}]")
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} cannot be read ({error}): run 'voxpress feed rebuild' to make it again."
        ) from error
    return data
