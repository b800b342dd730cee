"""Chatterbox's networks, made small: its library has their sizes in its code, and no way to say others.

``install`` changes them as its modules are imported, in this process; ``tests/small/sitecustomize.py`` does it in
others. What it changes are numbers of layers and widths, nothing else: its code runs as it is.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PATH = str(Path(__file__).parent / "small")
LAYERS = 14
"""The multilingual model looks at heads of the layers 9, 12 and 13."""


def _llama(module: ModuleType) -> None:
    module.LLAMA_CONFIGS["Llama_520M"] |= {"num_hidden_layers": LAYERS, "intermediate_size": 32}


def _tokenizer(module: ModuleType) -> None:
    config = module.S3Tokenizer.__init__.__defaults__[1]
    config.n_audio_layer, config.n_audio_state, config.n_audio_head = 1, 128, 2


def _generator(module: ModuleType) -> None:
    module.UpsampleConformerEncoder = _with(module.UpsampleConformerEncoder, num_blocks=1, linear_units=32)
    module.ConditionalDecoder = _with(module.ConditionalDecoder, n_blocks=1, num_mid_blocks=1)


def _with(kind: type, **sizes: int) -> Callable[..., Any]:
    return lambda **given: partial(kind, **(given | sizes))()


_CHANGES: dict[str, Callable[[ModuleType], None]] = {
    "chatterbox.models.t3.llama_configs": _llama,
    "chatterbox.models.s3tokenizer.s3tokenizer": _tokenizer,
    "chatterbox.models.s3gen.s3gen": _generator,
}


class _Finder:
    """Changes a module right after it was imported."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name not in _CHANGES or name in self._busy:
            return None
        self._busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy.discard(name)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def changed(module: ModuleType) -> None:
                execute(module)
                _CHANGES[name](module)

            spec.loader.exec_module = changed  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Change what is imported from now on. Once is enough."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
