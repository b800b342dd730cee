"""The studio speakers of an XTTS model as safetensors: ``python -m pipeline.speech.xtts_speakers FILE.pth``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pipeline.errors import EngineUnavailable
from pipeline.speech.weights import load_weights
from pipeline.speech.xtts_files import EMBEDDING, LATENT, SPEAKERS


def convert(pickled: Path) -> Path:
    """Write ``speakers_xtts.safetensors`` beside it. Raises ``EngineUnavailable`` for what is no list of speakers."""
    from safetensors.torch import save_file

    try:
        found = {
            name + end: latents[end.removeprefix("/")].detach().float().contiguous()
            for name, latents in load_weights(pickled).items()
            for end in (LATENT, EMBEDDING)
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"{pickled} is no list of speakers: {error}.") from error
    path = pickled.with_name(SPEAKERS)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    save_file(found, part)
    part.replace(path)
    return path


if __name__ == "__main__":
    try:
        convert(Path(sys.argv[1]))
    except EngineUnavailable as error:
        sys.exit(str(error))
