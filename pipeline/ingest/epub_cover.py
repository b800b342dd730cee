"""The cover picture of an EPUB, as JPEG or PNG."""

from __future__ import annotations

import base64
import binascii
import io
import re
from urllib.parse import unquote_to_bytes

from pipeline.errors import SourceError
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.epub_package import Item, Package
from pipeline.ingest.xml import attribute, local_name, parse_document
from pipeline.limits import COVER_PIXELS
from pipeline.model import Cover

_KEPT = {"JPEG": "image/jpeg", "PNG": "image/png"}
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
_DATA = re.compile(r"data:image/[\w.+-]+(?P<base64>;base64)?,(?P<data>.*)", re.DOTALL)


def read_cover(archive: Archive, package: Package, doubts: list[str]) -> Cover | None:
    """The first picture called the cover that can be opened; None when there is none.

    Asked in order: ``properties="cover-image"``, ``<meta name="cover">``, the guide's cover page, a
    picture whose id or name is "cover". A vector picture gives the bitmap inside it. GIF, WebP, BMP and
    TIFF become PNG.
    """
    candidates = _candidates(archive, package)
    for name in candidates:
        try:
            cover = _open(_bitmap(archive, name))
        except SourceError as error:
            doubts.append(f"The cover '{name}' cannot be read: {error}")
            continue
        if cover is not None:
            return cover
    if candidates:
        doubts.append(f"The cover '{candidates[0]}' is not a picture that can be used.")
    return None


def _candidates(archive: Archive, package: Package) -> list[str]:
    items = list(package.items.values())
    found = [item.href for item in items if "cover-image" in item.properties]
    for meta in package.metadata.iter() if package.metadata is not None else ():
        if local_name(meta) == "meta" and meta.get("name") == "cover":
            content = meta.get("content") or ""
            item = package.items.get(content)
            entry = item.href if item else archive.find(resolve(package.path, content)[0])
            if entry:
                found.append(entry)
    found += [entry for kind, entry, _ in package.guide if kind == "cover"]
    found += [item.href for item in items if _is_picture(item) and _is_called_cover(item)]
    return list(dict.fromkeys(found))


def _is_picture(item: Item) -> bool:
    return item.media_type.startswith("image/")


def _is_called_cover(item: Item) -> bool:
    return (
        item.id.lower() in {"cover", "cover-image", "coverimage"}
        or "cover" in item.href.rpartition("/")[2].lower()
    )


def _bitmap(archive: Archive, name: str) -> bytes:
    """The bytes of a bitmap, found inside a page or a vector picture where ``name`` is one."""
    data = archive.read(name)
    for _ in range(2):  # a page with a vector picture with a bitmap, at most
        head = data[:512].lstrip()
        if not head.startswith((b"<", b"\xef\xbb\xbf<")):
            break
        written = next(
            (
                attribute(e, "href") or attribute(e, "src")
                for e in parse_document(data, name).root.iter()
                if local_name(e) in {"image", "img"} and (attribute(e, "href") or attribute(e, "src"))
            ),
            "",
        )
        embedded = _DATA.match(written)
        if embedded:
            return _embedded(embedded)
        entry = archive.find(resolve(name, written)[0]) if written else None
        if entry is None:
            return b""
        name, data = entry, archive.read(entry)
    return data


def _embedded(match: re.Match[str]) -> bytes:
    if not match["base64"]:
        return unquote_to_bytes(match["data"])
    try:
        return base64.b64decode("".join(match["data"].split()), validate=False)
    except (binascii.Error, ValueError):
        return b""


def _open(data: bytes) -> Cover | None:
    if not data:
        return None
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(io.BytesIO(data), formats=_FORMATS) as picture,
        ):
            if picture.width * picture.height > COVER_PIXELS:
                return None
            kind = picture.format or ""
            picture.load()  # a picture that is cut short must be found here and not by the player
            if kind in _KEPT:
                return Cover(_KEPT[kind], data)
            written = io.BytesIO()
            picture.convert("RGB").save(written, "PNG")
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return None
    return Cover("image/png", written.getvalue())


__all__ = ["read_cover"]
