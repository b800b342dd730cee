"""Pictures of shows and episodes: what directories ask for, from whatever there is."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import PublishError
from pipeline.publish.podcast.artwork import ARTWORK_BYTES, artwork_bytes, episode_picture
from tests.podcasting import HOSTILE, SHOW, episode

RED, BLUE = (220, 20, 30), (20, 30, 220)


def save(path: Path, size: tuple[int, int], colour: object = RED, mode: str = "RGB") -> Path:
    """A picture of one colour with a blue square in the middle."""
    picture = Image.new(mode, size, colour)  # type: ignore[arg-type]
    if mode == "RGB":
        side = min(size) // 4
        picture.paste(
            BLUE, (size[0] // 2 - side, size[1] // 2 - side, size[0] // 2 + side, size[1] // 2 + side)
        )
    picture.save(path)
    return path


def opened(data: bytes, side: int) -> Image.Image:
    """As another program sees it, and as directories want it."""
    picture = Image.open(BytesIO(data))
    picture.load()
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (side, side))
    assert len(data) <= ARTWORK_BYTES
    assert not picture.getexif()
    return picture


def blue_box(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where the blue square is."""
    pixels = np.asarray(picture).astype(int)
    rows, columns = np.nonzero((pixels[..., 2] > 150) & (pixels[..., 0] < 100))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_a_drawn_one_is_always_the_same() -> None:
    data = artwork_bytes(SHOW, None)
    opened(data, 3000)
    assert data == artwork_bytes(SHOW, None)
    assert data != artwork_bytes(replace(SHOW, title="Another"), None)


@pytest.mark.parametrize("size", [(1100, 1000), (200, 1000)])
def test_a_picture_keeps_its_shape_and_its_middle(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = opened(artwork_bytes(SHOW, save(tmp_path / "own.png", size)), 3000)
    left, top, right, bottom = blue_box(picture)
    assert (right - left) == pytest.approx(bottom - top, abs=12)
    assert (left + right) / 2 == pytest.approx(1500, abs=12)
    assert (top + bottom) / 2 == pytest.approx(1500, abs=12)


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGBA", (0, 0, 0, 0)), ("CMYK", 0), ("P", 3), ("L", 200), ("LA", (9, 0))]
)
def test_other_colours_become_rgb(tmp_path: Path, mode: str, colour: object) -> None:
    suffix = ".jpg" if mode == "CMYK" else ".png"
    opened(artwork_bytes(SHOW, save(tmp_path / f"own{suffix}", (60, 60), colour, mode)), 3000)


def test_what_a_camera_wrote_into_a_picture_does_not_come_along(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    Image.new("RGB", (500, 500)).save(tmp_path / "photo.jpg", exif=exif)
    data = artwork_bytes(SHOW, tmp_path / "photo.jpg")
    assert b"Secret" not in data
    opened(data, 3000)


def test_a_picture_that_does_not_compress_becomes_smaller(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1500, 1500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.jpg", quality=60)
    opened(artwork_bytes(SHOW, tmp_path / "noise.jpg"), 1400)


@pytest.mark.parametrize("kind", ["text", "cut", "bomb", "gone"])
def test_what_is_no_picture_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "own.png"
    if kind == "text":
        path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    elif kind == "cut":
        path.write_bytes(save(tmp_path / "whole.png", (800, 800)).read_bytes()[:900])
    elif kind == "bomb":
        Image.new("1", (9000, 9000)).save(path)
    with pytest.raises(PublishError, match=r"own\.png cannot be the artwork"):
        artwork_bytes(SHOW, path)


def test_an_episode_has_the_picture_of_its_article(tmp_path: Path) -> None:
    art = tmp_path / "artwork.jpg"
    art.write_bytes(artwork_bytes(SHOW, None))
    lead = save(tmp_path / "lead.png", (800, 600))
    picture = opened(episode_picture(SHOW, episode(), lead, art), 1400)
    left, top, right, bottom = blue_box(picture)
    assert (right - left) == pytest.approx(bottom - top, abs=8)


@pytest.mark.parametrize("title", ["Bridges", " ".join(HOSTILE)])
def test_or_that_of_the_show_with_its_title(tmp_path: Path, title: str) -> None:
    art = save(tmp_path / "artwork.png", (1500, 1500))
    icon = save(tmp_path / "icon.png", (64, 64), (0, 255, 0))
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG")
    for lead in (None, icon, damaged):
        picture = opened(episode_picture(SHOW, episode(title=title), lead, art), 1400)
        assert np.abs(np.subtract(picture.getpixel((10, 10)), RED)).max() < 12
    opened(episode_picture(SHOW, episode(title=title), None, tmp_path / "no-artwork.jpg"), 1400)
