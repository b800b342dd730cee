"""Weights that are pickles: may they be read?

A pickle is a program that is run to read it. Those that torch writes need a handful of functions only, the same that
``torch.load(weights_only=True)`` allows; one that names any other could do anything. Which functions it names stands
in its opcodes, and these are looked at here without running any.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from pipeline.errors import FetchError
from pipeline.limits import PICKLE_BYTES

SUFFIXES = (".pth", ".pt", ".bin", ".ckpt", ".pkl")
_ALLOWED = re.compile(
    r"torch\._utils _rebuild_(tensor(_v2)?|parameter|qtensor)"
    r"|torch (\w+Storage|Size|device|bool|(b?float|u?int|complex|q?u?int)\d+(_\w+)?)"
    r"|torch\.storage (Untyped|Typed)Storage"
    r"|torch\.nn\.parameter Parameter|torch\.serialization _get_layout"
    r"|collections (OrderedDict|Counter|defaultdict)|(__builtin__|builtins) (set|dict|list)"
    r"|_codecs encode"
)
"""``MODULE NAME`` of what may be named: of what torch allows, what weights have."""
_REFUSED = ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4")
"""Opcodes that name something by means that cannot be followed without running it; torch does not write them."""


def require_harmless(path: Path, classes: Collection[str] = ()) -> None:
    """Raise ``FetchError`` for a pickle that could run code. Files of other kinds pass.

    ``classes`` are ``MODULE NAME`` of what it may name besides: plain data of the model's own library. Only torch's
    form since 1.6 is read, a ZIP with ``data.pkl`` in it.
    """
    if path.suffix not in SUFFIXES:
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".pkl")]
            if not names:
                raise _refused(path, "it has no weights of torch in it")
            for name in names:
                if archive.getinfo(name).file_size > PICKLE_BYTES:
                    raise _refused(path, f"{name} in it is larger than {PICKLE_BYTES} bytes")
                for wanted in _named(archive.read(name)):
                    if not _ALLOWED.fullmatch(wanted) and wanted not in classes:
                        raise _refused(path, f"reading it would call {wanted.replace(' ', '.')}")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _refused(path, "it is no ZIP as torch writes them") from error


def _named(pickle: bytes) -> Iterator[str]:
    try:
        for opcode, argument, _ in pickletools.genops(pickle):
            if opcode.name in ("GLOBAL", "INST"):
                yield str(argument)
            elif opcode.name in _REFUSED:
                yield f"something by {opcode.name}"
    except Exception as error:  # whatever genops raises for what is no pickle
        raise RuntimeError(str(error)) from error


def _refused(path: Path, why: str) -> FetchError:
    return FetchError(
        f"{path.name} is refused: it is a pickle, and {why}; get the model as safetensors or ONNX, or from its "
        "makers."
    )
