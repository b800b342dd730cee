"""The model as JSON, and keys made from it.

Everything that crosses a process, a queue or a disk goes through ``dump`` and ``load``; nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[object, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    """One adapter a type: building it is what costs."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def prepare(*kinds: type) -> None:
    """Do now what the first ``dump`` and ``load`` of these types would take longer for."""
    for kind in kinds:
        _adapter(kind)


def dump(value: object, kind: Any = None) -> bytes:
    """``value`` as compact UTF-8 JSON; ``kind`` is its type where that is not ``type(value)``."""
    return _adapter(kind or type(value)).dump_json(value)


def load(kind: type[T], data: bytes | str) -> T:
    """Read back what ``dump`` wrote. Raises ``pydantic.ValidationError`` when it is not a ``kind``."""
    return _adapter(kind).validate_json(data)  # type: ignore[no-any-return]


def key_of(stage: str, version: int, *inputs: object) -> str:
    """The key of a stage's result: hex SHA-256 of the stage, its version and its inputs, in order.

    Inputs are anything JSON can say (also dataclasses); two different lists of inputs never give the same
    text, because they are written as one JSON array.
    """
    plain = (str, int, float, type(None))
    parts = [part if isinstance(part, plain) else json.loads(dump(part)) for part in inputs]
    text = json.dumps([stage, version, *parts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = ["dump", "key_of", "load", "prepare"]
