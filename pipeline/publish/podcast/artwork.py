"""The pictures of a show and of its episodes, as podcast directories ask for them.

Apple Podcasts wants squares of 1,400 to 3,000 pixels, JPEG or PNG, in RGB; others want no more than 512 kB. All
pictures are encoded anew, so nothing that a camera wrote into one (a place, a serial number) comes along.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PublishError
from pipeline.limits import PICTURE_BYTES
from pipeline.publish.cover import SIDE, draw_picture, draw_text, font_for, read_picture
from pipeline.publish.podcast.namespace import plain
from pipeline.publish.podcast.show import Episode, Show

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

LARGEST, SMALLEST = 3000, 1400
"""Pixels of a side, as Apple Podcasts has them."""
ARTWORK_BYTES = 512_000
"""What NPR One, Spotify and others take."""
USABLE = 300
"""A picture whose shorter side has fewer pixels (an icon, a bar) stands for no episode."""
_CROPPED = 1.25
"""A picture that is longer by no more than this loses its edges; a longer one is shown whole."""
_QUALITIES = (90, 80, 70, 60, 45, 30, 20)
_BAND = 0.45
"""Of the height of an episode's picture: where its title stands."""
_GAP, _LETTERS = 0.0375, 0.094
"""Of the same: what is free above and below the title, and its largest letters."""


def artwork_bytes(show: Show, image: Path | None) -> bytes:
    """The show's artwork: JPEG, RGB, 3,000 pixels square, at most ``ARTWORK_BYTES``.

    Made of ``image``, which keeps its proportions, or drawn from title and author. Raises ``PublishError`` when
    ``image`` is no picture that can be used.
    """
    if image is None:
        return _jpeg(draw_picture(_title(show), plain(show.author)), LARGEST)
    try:
        if image.stat().st_size > PICTURE_BYTES:
            raise ValueError(f"it is larger than {PICTURE_BYTES // 2**20} MiB")
        picture = read_picture(image.read_bytes(), LARGEST)
    except Exception as error:  # there is no list of what decoders raise at damaged pictures
        raise PublishError(
            f"{image.name} cannot be the artwork of a show ({_reason(error)}): give a square JPEG or PNG of"
            f" {SMALLEST:,} pixels or more."
        ) from error
    return _jpeg(_square(picture), LARGEST)


def episode_picture(show: Show, episode: Episode, picture: Path | None, artwork: Path) -> bytes:
    """An episode's picture: JPEG, RGB, 1,400 pixels square.

    That is ``picture``, the one that leads its article, where there is a usable one; else ``artwork``, the show's,
    with the episode's title on it.
    """
    lead = _usable(picture)
    if lead is not None and min(lead.size) >= USABLE:
        return _jpeg(_square(lead), SMALLEST)
    return _jpeg(_titled(_background(show, artwork), episode.title), SMALLEST)


def _background(show: Show, artwork: Path) -> Image:
    """The show's artwork, or what is drawn instead, as a square of ``SMALLEST`` pixels."""
    try:
        about = artwork.stat()
        return _scaled(artwork, about.st_mtime_ns, about.st_size).copy()
    except Exception as error:  # as below
        log.warning("the artwork could not be used (%s): one is drawn", _reason(error))
        return _resized(draw_picture(_title(show), plain(show.author)), SMALLEST)


@lru_cache(maxsize=1)
def _scaled(artwork: Path, _mtime: int, _size: int) -> Image:
    """The artwork for many episodes: to decode and to scale nine million pixels takes longer than all the rest."""
    return _resized(_square(read_picture(artwork.read_bytes(), SMALLEST)), SMALLEST)


def _usable(path: Path | None) -> Image | None:
    """The picture; none, and a warning in the log, where it cannot be read."""
    try:
        return read_picture(path.read_bytes(), SIDE) if path else None
    except Exception as error:  # as above
        log.warning("a picture could not be used (%s): another one takes its place", _reason(error))
        return None


def _title(show: Show) -> str:
    return plain(show.title) or show.name


def _titled(picture: Image, title: str) -> Image:
    """The picture, a square, with a title over its lower part; without it where no font has its letters."""
    from PIL import ImageDraw

    title, side = plain(title), picture.width
    font = font_for(title) if title else None
    if font is None:
        return picture
    top, gap = round(side * (1 - _BAND)), round(side * _GAP)
    picture.paste((18, 20, 26), (0, top, side, side))
    draw_text(
        ImageDraw.Draw(picture),
        title,
        font,
        top=top + gap,
        height=side - top - 2 * gap,
        largest=round(side * _LETTERS),
        fill=(255, 255, 255),
        side=side,
    )
    return picture


def _square(picture: Image) -> Image:
    """The picture as a square: edges cut where it is nearly one, else whole on its own mean colour."""
    from PIL import Image

    width, height = picture.size
    short, long = sorted((width, height))
    if long <= short * _CROPPED:
        left, top = (width - short) // 2, (height - short) // 2
        return picture.crop((left, top, left + short, top + short))
    mean = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    square = Image.new("RGB", (long, long), mean)
    square.paste(picture, ((long - width) // 2, (long - height) // 2))
    return square


def _jpeg(picture: Image, side: int) -> bytes:
    """A square of ``side`` pixels, as good as ``ARTWORK_BYTES`` allow; a smaller one where nothing else does."""
    for pixels in dict.fromkeys((side, 2000, SMALLEST)):
        if pixels > side:
            continue
        scaled = _resized(picture, pixels)
        for quality in _QUALITIES:
            out = BytesIO()
            scaled.save(out, "JPEG", quality=quality, optimize=True, dpi=(72, 72))
            if out.tell() <= ARTWORK_BYTES:
                return out.getvalue()
    return out.getvalue()


def _resized(picture: Image, side: int) -> Image:
    """A square of ``side`` pixels: that very one where it is one already."""
    from PIL import Image

    return picture if picture.size == (side, side) else picture.resize((side, side), Image.Resampling.LANCZOS)


def _reason(error: Exception) -> str:
    return plain(str(error)).rstrip(".") or type(error).__name__
