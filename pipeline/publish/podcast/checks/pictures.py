"""Artwork: sizes and kinds that directories take."""

from __future__ import annotations

import warnings
from pathlib import Path

from pipeline.limits import COVER_PIXELS
from pipeline.publish.podcast.artwork import ARTWORK_BYTES, LARGEST, SMALLEST
from pipeline.publish.podcast.checks.findings import REBUILD, Findings

_SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}


def check_picture(path: Path, findings: Findings) -> None:
    """Look at a picture that the feed names."""
    from PIL import Image

    name = path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(_SUFFIXES)) as picture:
                kind, mode, (width, height) = picture.format or "", picture.mode, picture.size
                if width * height > COVER_PIXELS:
                    findings.error(
                        name, f"it has {width} x {height} pixels", f"{LARGEST} x {LARGEST} is the most"
                    )
                    return
                picture.load()
    except Exception as error:  # there is no list of what decoders raise at damaged pictures
        findings.error(
            name, f"it is no JPEG or PNG that can be read ({' '.join(str(error).split())})", REBUILD
        )
        return
    if path.suffix.lower() not in _SUFFIXES[kind]:
        findings.error(name, f"it is {kind}, and its name says something else", REBUILD)
    if mode != "RGB":
        findings.error(name, f"its colours are {mode}", "Apple Podcasts takes RGB only")
    if width != height:
        findings.error(name, f"it is {width} x {height} pixels", "artwork has to be square")
    elif not SMALLEST <= width <= LARGEST:
        findings.error(name, f"it is {width} pixels wide", f"artwork has {SMALLEST} to {LARGEST}")
    if (size := path.stat().st_size) > ARTWORK_BYTES:
        findings.warning(
            name, f"it has {size:,} bytes", f"some directories take no more than {ARTWORK_BYTES:,}"
        )
