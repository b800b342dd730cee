"""A lead picture as the book's cover."""

from __future__ import annotations

import warnings
from io import BytesIO

from pipeline.limits import COVER_PIXELS
from pipeline.model import Cover

SMALLEST = 200
"""Pixels of the shorter side; a picture that is smaller is an icon."""
LONGEST = 3.0
"""Longer to shorter side; what is longer is a banner."""
_KEPT = {"JPEG": "image/jpeg", "PNG": "image/png"}
_FORMATS = ("JPEG", "PNG", "WEBP")


def cover_of(data: bytes) -> Cover | None:
    """The picture as a cover, WebP made JPEG; None when it is none, too small, too long or too large."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as picture:
                short, long = sorted(picture.size)
                if short < SMALLEST or long > LONGEST * short or short * long > COVER_PIXELS:
                    return None
                if picture.format in _KEPT:
                    return Cover(_KEPT[picture.format], data)
                made = BytesIO()
                picture.convert("RGB").save(made, "JPEG", quality=90)
                return Cover("image/jpeg", made.getvalue())
    except Exception:  # there is no list of what decoders raise at damaged pictures
        return None


__all__ = ["cover_of"]
