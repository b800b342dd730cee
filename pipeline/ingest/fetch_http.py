"""One HTTP exchange with one address that was checked before: connect, ask, read under limits.

``http.client`` parses the answer; the socket below it is ours, so that the connection goes to the checked
address and every single read is bound by one deadline for the whole fetch (a server that sends a byte now and
then would otherwise never be late).
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from time import monotonic

from pipeline.errors import FetchError, SourceTooLarge
from pipeline.ingest.fetch_address import IPAddress, Target
from pipeline.limits import FETCH_BYTES, FETCH_SECONDS

_PIECE = 65536
_CONNECT_SECONDS = 10.0
"""For one of several addresses, so that a dead one leaves time for the next."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def user_agent() -> str:
    """How we introduce ourselves."""
    try:
        version = metadata.version("voxpress")
    except metadata.PackageNotFoundError:
        version = "0"
    return f"Mozilla/5.0 (compatible; Voxpress/{version}; fetches single pages on a reader's request)"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body has not been read."""

    status: int
    headers: http.client.HTTPMessage
    target: Target
    response: http.client.HTTPResponse

    def header(self, name: str) -> str:
        """A header's value, or an empty text."""
        return self.headers.get(name) or ""

    def body(self) -> Iterator[bytes]:
        """The body, decompressed, in pieces.

        Raises ``SourceTooLarge`` beyond ``FETCH_BYTES``, on either side of the decompression, and
        ``FetchError`` when it ends early, late or in nonsense.
        """
        unpack = _unpacker(self.header("Content-Encoding"), self.target)
        received = unpacked = 0
        with _as_fetch_error(self.target):
            while piece := self.response.read(_PIECE):
                received += len(piece)
                for part in unpack.feed(piece):
                    unpacked += len(part)
                    _check_size(max(received, unpacked), self.target)
                    yield part
            if rest := unpack.flush():
                _check_size(unpacked + len(rest), self.target)
                yield rest
        if self.response.length:
            raise FetchError(f"{self.target.url} could not be fetched: the connection ended in the middle.")
        if not unpack.finished:
            raise FetchError(
                f"{self.target.url} could not be fetched: its compressed data ends in the middle."
            )


@contextmanager
def exchange(
    target: Target,
    addresses: Sequence[IPAddress],
    deadline: float,
    tls: ssl.SSLContext | None = None,
    unless: Mapping[str, str] | None = None,
) -> Iterator[Answer]:
    """GET ``target`` from the first of ``addresses`` that can be reached.

    ``deadline`` is a time of the monotonic clock. ``unless`` holds the headers of a conditional request
    (RFC 9110, 13.1). Raises ``FetchError``.
    """
    with _as_fetch_error(target), _connect(target, addresses, deadline, tls) as connection:
        connection.settimeout(_left(deadline))
        connection.sendall(_request(target, unless or {}))
        response = http.client.HTTPResponse(_Wire(connection, deadline), method="GET")  # type: ignore[arg-type]
        try:
            response.begin()
            if (response.length or 0) > FETCH_BYTES:
                _check_size(response.length or 0, target)
            yield Answer(response.status, response.msg, target, response)
        finally:
            response.close()


def _request(target: Target, unless: Mapping[str, str]) -> bytes:
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        f"User-Agent: {user_agent()}",
        "Accept: text/html,application/xhtml+xml,application/epub+zip,application/pdf,text/*;q=0.8,*/*;q=0.5",
        "Accept-Encoding: gzip, deflate",
        "Connection: close",
        *(f"{name}: {_CONTROLS.sub('', value)}" for name, value in unless.items()),
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "ignore")


@contextmanager
def _connect(
    target: Target, addresses: Sequence[IPAddress], deadline: float, tls: ssl.SSLContext | None
) -> Iterator[socket.socket]:
    failure: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection(
                (str(address), target.port), min(_left(deadline), _CONNECT_SECONDS)
            )
        except OSError as error:
            failure = error
            continue
        with plain:
            if target.scheme == "http":
                yield plain
                return
            plain.settimeout(_left(deadline))
            context = tls or ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=target.host) as secure:
                yield secure
                return
    raise failure or OSError("no address")


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Wire:
    """What ``http.client`` wants of a socket: a file to read from, under the deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._file = io.BufferedReader(_Reader(connection, deadline), _PIECE)

    def makefile(self, _mode: str) -> io.BufferedReader[_Reader]:
        return self._file


class _Reader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)


class _Plain:
    finished = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def flush(self) -> bytes:
        return b""


class _Zlib:
    """gzip and deflate, in pieces of bounded size. A body may hold several gzip members (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._started = False
        self._inflate = zlib.decompressobj(47)

    @property
    def finished(self) -> bool:
        return self._inflate.eof or not self._started

    def feed(self, data: bytes) -> Iterator[bytes]:
        if not self._started:
            self._started = True
            if data[:2] != b"\x1f\x8b" and (data[0] & 0x0F != 8 or int.from_bytes(data[:2], "big") % 31):
                self._inflate = zlib.decompressobj(
                    -15
                )  # "deflate" without the header that its standard asks for
        while data:
            if self._inflate.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return  # padding after the last member
                self._inflate = zlib.decompressobj(47)
            yield self._inflate.decompress(data, _PIECE)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def flush(self) -> bytes:
        """What the last bounded call held back: less than one copied run."""
        return b"" if self._inflate.eof or not self._started else self._inflate.flush()


def _unpacker(encoding: str, target: Target) -> _Plain | _Zlib:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Zlib()
    raise FetchError(
        f"{target.url} could not be fetched: its server compresses in a way that was not asked for."
    )


def _check_size(size: int, target: Target) -> None:
    if size > FETCH_BYTES:
        raise SourceTooLarge(
            f"{target.url} is larger than {FETCH_BYTES >> 20} MB: download it yourself and hand in the file."
        )


@contextmanager
def _as_fetch_error(target: Target) -> Iterator[None]:
    """Say what went wrong on the wire in a sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise FetchError(
            f"{target.url} was not fetched: its server's certificate is not valid ({error.verify_message})."
        ) from error
    except TimeoutError as error:
        raise FetchError(f"{target.url} could not be fetched within {FETCH_SECONDS} s.") from error
    except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error or type(error).__name__).rstrip(".")
        raise FetchError(f"{target.url} could not be fetched: {reason}.") from error
