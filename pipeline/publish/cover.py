"""The picture on the front: the source's own as JPEG, or one that is drawn from title and author."""

from __future__ import annotations

import colorsys
import hashlib
import os
import sys
import warnings
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.limits import COVER_PIXELS
from pipeline.model import Cover

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIDE = 1600
"""Longest side in pixels; what is larger is scaled down. Podcast directories ask for 1,400 at least."""
_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_MARGIN = 130
_FONT_FOLDERS = {
    "darwin": ("~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"),
    "linux": ("~/.fonts", "~/.local/share/fonts", "/usr/local/share/fonts", "/usr/share/fonts"),
}
# The first one found that has every character of the text is taken.
_FONTS = (
    "DejaVuSerif-Bold.ttf",
    "NotoSerif-Bold.ttf",
    "LiberationSerif-Bold.ttf",
    "Georgia Bold.ttf",
    "FreeSerifBold.ttf",
    "DejaVuSans-Bold.ttf",
    "NotoSerifCJK-Bold.ttc",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "NotoNaskhArabic-Bold.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "Arial Unicode.ttf",
    "FreeSans.ttf",
)


def make_cover(cover: Cover | None, title: str, author: str) -> tuple[bytes, tuple[str, ...]]:
    """The edition's cover as JPEG, and doubts.

    A picture of the source that cannot be used is replaced by a drawn one, and that is a doubt.
    """
    if cover is None:
        return draw_cover(title, author), ()
    try:
        return _convert(cover.data), ()
    except Exception as error:  # there is no list of what decoders raise at damaged pictures
        doubt = f"The source's cover could not be used ({error}), so one was drawn."
        return draw_cover(title, author), (doubt,)


def _convert(data: bytes) -> bytes:
    return _jpeg(read_picture(data, SIDE))


def read_picture(data: bytes, side: int) -> Image:
    """A picture of any kind as RGB: upright, on white where it is transparent, no side longer than ``side`` pixels.

    Raises ``ValueError`` beyond ``COVER_PIXELS``, and whatever the decoders raise at damaged pictures.
    """
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        opened = Image.open(BytesIO(data), formats=_FORMATS)
    with opened as picture:
        width, height = picture.size
        # Looked at before anything is decoded: a small file can unfold to gigabytes.
        if width * height > COVER_PIXELS:
            raise ValueError(f"{width} x {height} pixels are more than {COVER_PIXELS:,}")
        picture.draft("RGB", (side, side))
        upright = ImageOps.exif_transpose(picture)
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        if upright.mode == "RGBA":
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
        return upright


def _jpeg(picture: Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def draw_cover(title: str, author: str) -> bytes:
    """``draw_picture`` as JPEG."""
    return _jpeg(draw_picture(title, author))


def draw_picture(title: str, author: str) -> Image:
    """A square cover of ``SIDE`` pixels: colours from a hash of the text, a wave, title and author.

    The same text gives the same picture on the same machine. Where no font has all of its characters the
    picture goes without text, rather than with empty boxes.
    """
    from PIL import Image, ImageDraw

    digest = hashlib.sha256(f"{title}\n{author}".encode(errors="replace")).digest()
    hue = digest[0] / 256
    dark, light = _colour(hue, 0.26, 0.45), _colour(hue + 0.06, 0.42, 0.45)
    accent = _colour(hue + 0.5, 0.72, 0.7)
    # All columns are alike: one is made, and then widened.
    ramp = Image.linear_gradient("L").crop((0, 0, 1, 256)).resize((1, SIDE))
    column = Image.composite(Image.new("RGB", ramp.size, dark), Image.new("RGB", ramp.size, light), ramp)
    picture = column.resize((SIDE, SIDE), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(picture)
    _draw_wave(draw, digest, accent)

    font_name = font_for(title + author)
    if font_name is not None:
        bottom = draw_text(draw, title, font_name, top=_MARGIN, height=640, largest=190, fill=(255, 255, 255))
        draw.rectangle((_MARGIN, bottom + 50, _MARGIN + 180, bottom + 58), fill=accent)
        draw_text(draw, author, font_name, top=SIDE - 330, height=210, largest=84, fill=(235, 235, 235))
    return picture


def _colour(hue: float, lightness: float, saturation: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _draw_wave(draw: ImageDraw, digest: bytes, colour: tuple[int, int, int]) -> None:
    """Bars of a sound, as high as the digest's bytes."""
    pitch, middle = (SIDE - 2 * _MARGIN) / len(digest), 1040
    for number, byte in enumerate(digest):
        left = _MARGIN + number * pitch
        half = 14 + byte / 255 * 110
        draw.rounded_rectangle((left, middle - half, left + pitch * 0.45, middle + half), 9, fill=colour)


def draw_text(
    draw: ImageDraw,
    text: str,
    font_name: str,
    *,
    top: int,
    height: int,
    largest: int,
    fill: tuple[int, int, int],
    side: int = SIDE,
) -> int:
    """Text in lines on a square picture of ``side`` pixels, as large as fits; returns the lower edge.

    What does not fit at the smallest size is cut.
    """
    margin = round(_MARGIN * side / SIDE)
    width = side - 2 * margin
    for size in range(largest, 35, -6):
        font = _font(font_name, size)
        lines = _wrapped(text, font, width)
        pitch = round(size * 1.22)
        if len(lines) * pitch <= height and all(font.getlength(line) <= width for line in lines):
            break
    lines = lines[: max(1, height // pitch)]
    for number, line in enumerate(lines):
        draw.text((margin, top + number * pitch), line, font=font, fill=fill)
    return top + len(lines) * pitch


def _wrapped(text: str, font: FreeTypeFont, width: int) -> list[str]:
    """The text in lines of so many pixels, but for words that are wider by themselves."""
    lines = [""]
    # Scripts without spaces may break anywhere.
    words = text.split() if " " in text.strip() or text.isascii() else list(text)
    glue = " " if len(words) < len(text) else ""
    for word in words:
        longer = f"{lines[-1]}{glue}{word}" if lines[-1] else word
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def font_for(text: str) -> str | None:
    """Path of a font that has every character; empty for Pillow's own; None when there is none."""
    characters = {character for character in text if not character.isspace()}
    if _has_all("", characters):
        return ""  # and nobody has to look through folders of fonts
    return next((name for name in _installed_fonts() if _has_all(name, characters)), None)


def _font(name: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)  # type: ignore[return-value]


def _has_all(name: str, characters: set[str]) -> bool:
    """Whether no character looks like the one that no font has."""
    try:
        font = _font(name, 40)
        missing = bytes(font.getmask("\U0010fffe"))
        return all(bytes(font.getmask(character)) != missing for character in characters)
    except OSError:
        return False


@lru_cache(maxsize=1)
def _installed_fonts() -> tuple[str, ...]:
    found: dict[str, str] = {}
    for folder in _FONT_FOLDERS.get(sys.platform, ()):
        for path in _files_below(Path(folder).expanduser()):
            found.setdefault(path.name, str(path))
    return tuple(found[name] for name in _FONTS if name in found)


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)
