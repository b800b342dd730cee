"""MHTML (RFC 2557): a page and what belongs to it in one file, as browsers save it and as gathered pages are kept.

Two uses: a page that somebody saved, whose first HTML part is the page; and what ``gather`` put together, whose parts
say what they are in ``Content-Description``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from pipeline.errors import SourceBroken, SourceTooLarge
from pipeline.limits import MHTML_PARTS

PAGE, PICTURE, DOUBT = "page", "picture", "doubt"
"""What a gathered part is; a browser's parts say nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file in the file."""

    media_type: str
    data: bytes
    location: str = ""
    """Where it came from."""
    charset: str = ""
    role: str = ""
    """``PAGE``, ``PICTURE``, ``DOUBT``; empty where nobody says."""


def read_parts(data: bytes, name: str) -> list[Part]:
    """The parts of a file called ``name``, the page first.

    Raises ``SourceBroken`` when it has none, ``SourceTooLarge`` when it has more than ``MHTML_PARTS``.
    """
    try:
        message = BytesParser(policy=compat32).parsebytes(data)
        parts = [_part(one) for _, one in zip(range(MHTML_PARTS + 1), _leaves(message), strict=False)]
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise SourceBroken(f"{name} cannot be read as a saved web page: it may be damaged.") from error
    if len(parts) > MHTML_PARTS:
        raise SourceTooLarge(f"{name} has more than {MHTML_PARTS} parts: save the page as HTML instead.")
    start = str(message.get_param("start") or "")
    ids = [str(one.get("Content-ID") or "") for one in _leaves(message)]
    if start and start in ids:
        at = ids.index(start)
        parts = [parts[at], *parts[:at], *parts[at + 1 :]]
    if not any(part.data for part in parts):
        raise SourceBroken(f"{name} is a saved web page without any page in it: save it again.")
    return parts


def write_parts(parts: Sequence[Part]) -> bytes:
    """The file of these parts, the page first; the same parts give the same bytes."""
    digest = hashlib.sha256(b"".join(part.data for part in parts)).hexdigest()[:24]
    boundary = f"=_voxpress_{digest}"
    head = (
        "MIME-Version: 1.0",
        f'Content-Type: multipart/related; type="{_plain(parts[0].media_type)}"; boundary="{boundary}"',
    )
    written = ["\r\n".join(head), ""]
    for part in parts:
        charset = f'; charset="{_plain(part.charset)}"' if part.charset else ""
        written += [
            f"--{boundary}",
            f"Content-Type: {_plain(part.media_type)}{charset}",
            *([f"Content-Location: {_plain(part.location)}"] if part.location else []),
            *([f"Content-Description: {part.role}"] if part.role else []),
            "Content-Transfer-Encoding: base64",
            "",
            *_lines(part.data),
        ]
    written += [f"--{boundary}--", ""]
    return "\r\n".join(written).encode("ascii")


def _lines(data: bytes) -> Iterable[str]:
    return base64.encodebytes(data).decode("ascii").splitlines()


def _plain(text: str) -> str:
    """What may stand in a header: it comes from servers."""
    return "".join(c for c in text if c.isascii() and c.isprintable() and c not in '"\\')


def _leaves(message: Message) -> Iterable[Message]:
    return (one for one in message.walk() if not one.is_multipart())


def _part(message: Message) -> Part:
    payload = message.get_payload(decode=True)
    charset = message.get_content_charset() or ""
    return Part(
        media_type=message.get_content_type(),
        data=payload if isinstance(payload, bytes) else b"",
        location=str(message.get("Content-Location") or "").strip(),
        charset=charset,
        role=str(message.get("Content-Description") or "").strip(),
    )


__all__ = ["DOUBT", "PAGE", "PICTURE", "Part", "read_parts", "write_parts"]
