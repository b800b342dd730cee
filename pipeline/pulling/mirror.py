"""Where models and voices are pulled from: an https address, or a folder laid out the same way."""

from __future__ import annotations

import http.client
import ipaddress
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from pipeline import limits
from pipeline.errors import AddressRefused, FetchError

BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Mirror:
    """A place with files under known paths: Piper's list of voices, or repositories as Hugging Face has them."""

    root: str
    """An address without the slash at its end, or the path of a folder."""

    @classmethod
    def at(cls, source: str | Path) -> Mirror:
        """Raise ``AddressRefused`` for an address that is neither https nor on this machine."""
        text = str(source)
        parts = urlsplit(text)
        if parts.scheme == "file":
            return cls(urllib.request.url2pathname(parts.path))
        if parts.scheme in ("http", "https"):
            _require_safe(text)
            return cls(text.rstrip("/"))
        return cls(text)

    @property
    def remote(self) -> bool:
        """Whether it is reached over the network."""
        return self.root.startswith(("http://", "https://"))

    def read_json(self, path: str, most: int) -> Any:
        """A JSON file of at most so many bytes. Raises ``FetchError``."""
        with self.open(path) as (stream, _):
            data = _read(stream, most + 1, path)
        if len(data) > most:
            raise FetchError(f"{self.root}/{path} is larger than {most} bytes, the limit for such a file.")
        try:
            return json.loads(data)
        except ValueError as error:
            raise FetchError(
                f"{self.root}/{path} is not JSON: is that a mirror of what is to be pulled?"
            ) from error

    @contextmanager
    def open(self, path: str, offset: int = 0) -> Iterator[tuple[IO[bytes], int]]:
        """A stream of the file and the offset it really begins at: 0 where a server does not resume."""
        if not self.remote:
            try:
                with (Path(self.root) / path).open("rb") as file:
                    file.seek(offset)
                    yield file, offset
            except FileNotFoundError as error:
                raise FetchError(f"There is no {path} in {self.root}.") from error
            return
        address = f"{self.root}/{urllib.parse.quote(path)}"
        request = urllib.request.Request(address, headers={"User-Agent": "voxpress"})  # noqa: S310 (checked)
        if offset:
            request.add_header("Range", f"bytes={offset}-")
        try:
            answer = _opener.open(request, timeout=limits.VOICE_FETCH_SECONDS)
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
            raise FetchError(f"{address} answers with HTTP {code}; try again, or name a mirror.") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchError(f"{address} cannot be reached: {error}; try again, or name a mirror.") from error
        with answer:
            resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            yield answer, offset if resumed else 0


def blocks(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """What is left of a stream, in pieces. Raises ``FetchError`` when it breaks off."""
    while block := _read(stream, BLOCK, name):
        yield block


def _read(stream: IO[bytes], size: int, name: str) -> bytes:
    try:
        return stream.read(size)
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(
            f"The download of {name} broke off: {error}; the same command goes on with it."
        ) from error


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """The public list redirects to its storage; never to anything less safe than where it began."""

    max_redirections = limits.FETCH_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        _require_safe(newurl, after=req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_opener = urllib.request.build_opener(_SafeRedirects)


def _require_safe(address: str, after: str = "") -> None:
    parts = urlsplit(address)
    if parts.scheme == "https":
        return
    from_here = not after or _on_this_machine(urlsplit(after).hostname or "")
    if parts.scheme == "http" and from_here and _on_this_machine(parts.hostname or ""):
        return
    raise AddressRefused(
        f"Models and voices are pulled over https only, and {address} is not; use https or a folder."
    )


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
