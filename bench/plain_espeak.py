"""espeak and nothing else: a text file to a WAV file, through the library, without events.

Stands in for the ``espeak-ng`` program where there is none: ``python -m bench.plain_espeak IN.txt OUT.wav``.
"""

from __future__ import annotations

import ctypes
import sys
import wave
from pathlib import Path

import espeakng_loader

SYNCHRONOUS = 2
BUFFER_MS = 500
UTF8_AND_PAUSE = 1 | 0x1000


def main() -> None:
    """Speak a file."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetVoiceByName(b"en-us")
    text = Path(sys.argv[1]).read_bytes() + b"\0"
    with wave.open(sys.argv[2], "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))

        def keep(samples: int | None, count: int, events: int) -> int:
            if samples and count > 0:
                out.writeframesraw(ctypes.string_at(samples, count * 2))
            return 0

        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
        library.espeak_SetSynthCallback(callback)
        library.espeak_Synth(text, len(text), 0, 1, 0, UTF8_AND_PAUSE, None, None)
        library.espeak_Synchronize()


if __name__ == "__main__":
    main()
