"""The cover: the source's picture as JPEG, or a drawn one."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from pipeline.model import Cover
from pipeline.publish import cover as cover_module
from pipeline.publish.cover import draw_cover, make_cover


def picture(kind: str, mode: str, size: tuple[int, int], colour: object = None) -> bytes:
    """A picture file of one colour."""
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind)  # type: ignore[arg-type]
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """The cover as another program sees it."""
    image = Image.open(BytesIO(data))
    image.load()
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    return image


def test_a_large_picture_is_scaled_and_keeps_its_shape() -> None:
    data, doubts = make_cover(Cover("image/jpeg", picture("JPEG", "RGB", (2000, 3000), "red")), "T", "A")
    assert opened(data).size == (1067, 1600)
    assert doubts == ()


@pytest.mark.parametrize(
    ("kind", "mode", "colour", "seen"),
    [
        ("PNG", "RGBA", (0, 0, 255, 0), (255, 255, 255)),
        ("PNG", "LA", (0, 0), (255, 255, 255)),
        ("PNG", "L", 128, (128, 128, 128)),
        ("PNG", "I;16", 0, (0, 0, 0)),
        ("JPEG", "CMYK", (0, 0, 0, 0), (255, 255, 255)),
        ("GIF", "P", 0, (0, 0, 0)),
        ("WEBP", "RGB", (10, 200, 30), (10, 200, 30)),
    ],
)
def test_pictures_of_every_kind(kind: str, mode: str, colour: object, seen: tuple[int, int, int]) -> None:
    data, doubts = make_cover(Cover("image/x", picture(kind, mode, (60, 40), colour)), "T", "A")
    assert doubts == ()
    got = opened(data).getpixel((30, 20))
    assert all(abs(one - other) <= 8 for one, other in zip(got, seen, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", picture("PNG", "RGB", (50, 50))[:60], picture("JPEG", "RGB", (500, 500))[:400]]
)
def test_a_picture_that_cannot_be_read_is_a_doubt(data: bytes) -> None:
    made, doubts = make_cover(Cover("image/png", data), "T", "A")
    assert opened(made).size == (1600, 1600)
    assert len(doubts) == 1
    assert "cover could not be used" in doubts[0]


@pytest.mark.parametrize("side", [7000, 10_000, 20_000])
def test_a_bomb_is_not_unfolded(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = picture("PNG", "1", (side, side))
    assert len(bomb) < 100_000
    monkeypatch.setattr(PngImageFile, "load", lambda *_: pytest.fail("decoded"))
    _, doubts = make_cover(Cover("image/png", bomb), "T", "A")
    assert "pixels" in doubts[0]


def test_a_drawn_cover_is_always_the_same_and_tells_books_apart() -> None:
    assert draw_cover("One", "A") == draw_cover("One", "A")
    assert draw_cover("One", "A") != draw_cover("Two", "A")


@pytest.mark.parametrize(
    ("title", "author"),
    [
        ("", ""),
        ("漢字の本", "夏目漱石"),
        ("Война и мир", "Лев Толстой"),
        ("كتاب", "مؤلف"),
        ("A" * 300, "B" * 300),
        ("word " * 100, "name " * 50),
        ("\U0010fffe", "\x00\ud800"),
    ],
)
def test_any_text_can_be_drawn(title: str, author: str) -> None:
    assert opened(draw_cover(title, author)).size == (1600, 1600)


def test_no_boxes_for_characters_that_no_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover_module, "_installed_fonts", tuple)
    assert cover_module.font_for("Plain text") == ""
    assert cover_module.font_for("漢字") is None
    monkeypatch.setattr(cover_module, "draw_text", lambda *_, **__: pytest.fail("drawn"))
    assert opened(draw_cover("漢字", "夏目"))
