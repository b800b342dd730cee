"""The pictures of the samples, drawn with Pillow: plain shapes, no fonts, the same bytes every time."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

OVERSAMPLING = 2
"""Pictures are drawn this many times larger and scaled down, which smooths their edges."""

NIGHT, DUSK, GLOW = (22, 30, 58), (120, 110, 150), (244, 196, 148)
SEA, DEEP, SAND, WET = (46, 82, 104), (20, 42, 66), (206, 178, 136), (150, 146, 138)
STONE, WHITE, RED, LAMP = (52, 54, 60), (240, 236, 226), (178, 58, 48), (255, 232, 160)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _gradient(draw: ImageDraw.ImageDraw, top: int, bottom: int, width: int, colours: list[Colour]) -> None:
    """Fill the rows from ``top`` to ``bottom`` with colours that run into one another."""
    steps = len(colours) - 1
    for row in range(top, bottom):
        place = (row - top) / max(1, bottom - top) * steps
        index = min(int(place), steps - 1)
        colour = _mix(colours[index], colours[index + 1], place - index)
        draw.line([(0, row), (width, row)], fill=colour)


def _tower(draw: ImageDraw.ImageDraw, x: float, foot: float, height: float, window: bool = True) -> None:
    """A white tower with a red band, its foot at ``(x, foot)``."""
    bottom, top = height * 0.16, height * 0.10

    def side(share: float) -> float:
        return bottom + (top - bottom) * share

    body = height * 0.8
    draw.polygon(
        [(x - bottom, foot), (x + bottom, foot), (x + top, foot - body), (x - top, foot - body)], fill=WHITE
    )
    low, high = 0.38, 0.58
    draw.polygon(
        [
            (x - side(low), foot - body * low),
            (x + side(low), foot - body * low),
            (x + side(high), foot - body * high),
            (x - side(high), foot - body * high),
        ],
        fill=RED,
    )
    gallery = foot - body
    draw.rectangle([x - top * 1.35, gallery - height * 0.025, x + top * 1.35, gallery], fill=STONE)
    draw.rectangle(
        [x - top * 0.7, gallery - height * 0.14, x + top * 0.7, gallery - height * 0.025], fill=LAMP
    )
    draw.polygon(
        [(x - top, gallery - height * 0.14), (x + top, gallery - height * 0.14), (x, foot - height)],
        fill=STONE,
    )
    draw.rectangle([x - bottom * 0.22, foot - height * 0.11, x + bottom * 0.22, foot], fill=STONE)
    if window:
        draw.rectangle(
            [x - top * 0.2, foot - body * 0.78, x + top * 0.2, foot - body * 0.68], fill=LAMP, outline=STONE
        )


def _beam(picture: Image.Image, at: tuple[float, float], angle: float, spread: float, length: float) -> None:
    """Lay one translucent beam of light over the picture; angles in degrees, 0 to the right."""
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    ends = [
        (at[0] + math.cos(math.radians(a)) * length, at[1] - math.sin(math.radians(a)) * length)
        for a in (angle - spread, angle + spread)
    ]
    ImageDraw.Draw(layer).polygon([at, *ends], fill=(*LAMP, 70))
    picture.paste(Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB"))


def _poles(
    draw: ImageDraw.ImageDraw, foot: tuple[float, float], end: tuple[float, float], gap: float
) -> None:
    """Two rows of poles that run from the foreground to ``end``, smaller and closer with the distance."""
    for number in range(14):
        share = 1 - 0.72**number
        x, y = foot[0] + (end[0] - foot[0]) * share, foot[1] + (end[1] - foot[1]) * share
        near = 1 - share
        for side in (-1, 1):
            px = x + side * gap * near
            draw.line(
                [(px, y), (px, y - gap * 0.9 * near)], fill=STONE, width=max(1, round(gap * 0.05 * near))
            )


def _cover(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    width, height = picture.size
    horizon = round(height * 0.66)
    _gradient(draw, 0, horizon, width, [NIGHT, DUSK, GLOW])
    _gradient(draw, horizon, height, width, [WET, SAND, SAND])
    lantern = (width * 0.5, height * 0.315)
    _beam(picture, lantern, 160, 5, width)
    _beam(picture, lantern, 20, 5, width)
    draw.ellipse([width * 0.24, height * 0.63, width * 0.76, height * 0.74], fill=STONE)
    draw.rectangle([0, height * 0.70, width, height * 0.74], fill=_mix(WET, SAND, 0.35))
    _tower(draw, width * 0.5, height * 0.66, height * 0.44)
    for number in range(11):
        y = height * (0.76 + number * 0.021)
        inset = width * (0.5 - 0.045 * number)
        draw.arc([inset - 300, y, width - inset + 300, y + height * 0.02], 200, 340, fill=WET, width=5)
    _poles(draw, (width * 0.5, height * 0.99), (width * 0.5, height * 0.72), width * 0.30)


def _causeway(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    width, height = picture.size
    horizon = round(height * 0.42)
    _gradient(draw, 0, horizon, width, [(150, 176, 196), (226, 222, 208)])
    _gradient(draw, horizon, height, width, [WET, SAND])
    for number in range(9):
        y = height * (0.47 + 0.058 * number)
        draw.arc([-width * 0.2, y, width * 1.2, y + height * 0.05], 200, 340, fill=(170, 190, 200), width=4)
    draw.ellipse([width * 0.62, horizon - 18, width * 0.78, horizon + 18], fill=STONE)
    _tower(draw, width * 0.7, horizon - 8, height * 0.24, window=False)
    _poles(draw, (width * 0.34, height * 0.98), (width * 0.69, horizon + 14), width * 0.19)


def _lamp(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    width, height = picture.size
    horizon = round(height * 0.74)
    _gradient(draw, 0, horizon, width, [(10, 14, 34), NIGHT])
    _gradient(draw, horizon, height, width, [SEA, DEEP])
    moon = [width * 0.80, height * 0.10, width * 0.88, height * 0.10 + width * 0.08]
    draw.ellipse(moon, fill=WHITE)
    draw.ellipse([moon[0] - 34, moon[1] - 10, moon[2] - 34, moon[3] - 10], fill=(12, 16, 38))
    lantern = (width * 0.42, height * 0.375)
    for number in range(7):
        _beam(picture, lantern, 18 + number * 45, 4, width)
    _tower(draw, width * 0.42, height * 0.8, height * 0.53)
    draw.ellipse([width * 0.22, height * 0.78, width * 0.62, height * 0.90], fill=STONE)


def _lighthouse(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    width, height = picture.size
    horizon = round(height * 0.6)
    _gradient(draw, 0, horizon, width, [DUSK, GLOW])
    _gradient(draw, horizon, height, width, [SEA, WET])
    draw.ellipse([width * 0.58, height * 0.55, width * 0.94, height * 0.68], fill=STONE)
    _tower(draw, width * 0.76, height * 0.6, height * 0.5)
    for number in range(18):
        angle = math.tau * number / 18
        x, y = width * 0.3 + math.cos(angle) * width * 0.17, height * 0.8 + math.sin(angle) * height * 0.09
        draw.ellipse([x - 26, y - 13, x + 26, y + 13], fill=(70, 92, 80), outline=STONE, width=3)


def _page(picture: Image.Image, draw: ImageDraw.ImageDraw, sky: list[Colour], ground: list[Colour]) -> int:
    width, height = picture.size
    horizon = round(height * 0.62)
    _gradient(draw, 0, horizon, width, sky)
    _gradient(draw, horizon, height, width, ground)
    return horizon


def _orchard(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    """Cover of the Russian sample: three apple trees and a well under an autumn sky."""
    width, height = picture.size
    horizon = _page(picture, draw, [(96, 132, 168), (238, 214, 170)], [(122, 140, 78), (84, 98, 56)])
    for x, size in ((0.24, 0.9), (0.74, 1.0), (0.5, 1.35)):
        foot, crown = horizon + height * 0.08 * size, width * 0.17 * size
        cx = width * x
        draw.rectangle([cx - crown * 0.1, foot - crown * 1.4, cx + crown * 0.1, foot], fill=(92, 66, 46))
        draw.ellipse([cx - crown, foot - crown * 3.0, cx + crown, foot - crown], fill=(86, 116, 62))
        for number in range(9):
            angle = math.tau * number / 9 + size
            ax, ay = cx + math.cos(angle) * crown * 0.62, foot - crown * 2 + math.sin(angle) * crown * 0.62
            draw.ellipse([ax - 22, ay - 22, ax + 22, ay + 22], fill=RED)
    draw.rectangle([width * 0.36, height * 0.80, width * 0.64, height * 0.90], fill=STONE)
    draw.ellipse([width * 0.36, height * 0.77, width * 0.64, height * 0.83], fill=DEEP, outline=WET, width=10)


def _bridge(picture: Image.Image, draw: ImageDraw.ImageDraw) -> None:
    """Cover of the Chinese sample: a stone bridge, its reflection, and a lantern."""
    width, height = picture.size
    horizon = _page(picture, draw, [(34, 52, 84), (150, 170, 178)], [SEA, DEEP])
    draw.ellipse([width * 0.70, height * 0.12, width * 0.84, height * 0.12 + width * 0.14], fill=WHITE)
    draw.polygon(
        [(0, horizon), (width * 0.2, height * 0.38), (width * 0.5, horizon)],
        fill=_mix(NIGHT, (150, 170, 178), 0.4),
    )
    draw.polygon(
        [(width * 0.3, horizon), (width * 0.75, height * 0.44), (width, horizon)],
        fill=_mix(NIGHT, (150, 170, 178), 0.55),
    )
    box = [width * 0.12, height * 0.50, width * 0.88, height * 0.74]
    draw.pieslice(box, 180, 360, fill=WET)
    hole = [width * 0.30, height * 0.545, width * 0.70, height * 0.695]
    draw.ellipse(hole, fill=DEEP)
    draw.rectangle([0, horizon, width, height * 0.75], fill=SEA)
    draw.ellipse([hole[0], horizon - height * 0.05, hole[2], horizon + height * 0.05], fill=DEEP)
    draw.ellipse([width * 0.46, height * 0.80, width * 0.54, height * 0.85], fill=LAMP, outline=RED, width=12)
    draw.line([(width * 0.42, height * 0.856), (width * 0.58, height * 0.856)], fill=STONE, width=16)


DRAWINGS: dict[str, tuple[tuple[int, int], Callable[[Image.Image, ImageDraw.ImageDraw], None]]] = {
    "lighthouse-cover": ((1000, 1500), _cover),
    "causeway": ((800, 500), _causeway),
    "lamp": ((800, 500), _lamp),
    "lighthouse": ((800, 500), _lighthouse),
    "orchard-cover": ((1000, 1500), _orchard),
    "bridge-cover": ((1000, 1500), _bridge),
}
"""Name: size in pixels, and who draws it."""


def draw_picture(name: str, kind: str = "PNG") -> bytes:
    """The picture of that name as a file's bytes; ``kind`` is ``PNG`` (256 colours) or ``JPEG``."""
    (width, height), paint = DRAWINGS[name]
    picture = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING))
    paint(picture, ImageDraw.Draw(picture))
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if kind == "JPEG":
        small.save(out, "JPEG", quality=85)
    else:
        small.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
    return out.getvalue()
