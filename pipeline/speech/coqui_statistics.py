"""Statistics of models of coqui-tts, which the library reads as a pickle of any kind."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, BinaryIO

from pipeline import limits


class _Numbers(pickle.Unpickler):
    """Arrays and plain values, and nothing else."""

    _ALLOWED = frozenset(
        {
            (f"numpy.{core}.multiarray", name)
            for core in ("core", "_core")
            for name in ("_reconstruct", "scalar")
        }
        | {("numpy", "ndarray"), ("numpy", "dtype"), ("collections", "OrderedDict")}
    )

    def find_class(self, module: str, name: str) -> Any:
        """Refuse whatever could run code."""
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return super().find_class(module, name)


def require_numbers(path: Path) -> None:
    """Raise ``ValueError`` when a file of NumPy has more in it than numbers; read it before the library does."""
    from numpy.lib import format as npy

    def read(file: BinaryIO) -> None:
        version = npy.read_magic(file)
        reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        if reader(file)[2].hasobject:
            _Numbers(file).load()

    if path.stat().st_size > limits.VOICE_LIST_BYTES:
        raise ValueError(f"{path.name} is larger than {limits.VOICE_LIST_BYTES} bytes")
    try:
        with path.open("rb") as file:
            read(file)
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError) as error:
        raise ValueError(f"{path.name} is refused: it has more in it than numbers ({error})") from error
