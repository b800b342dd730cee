"""Fetching from real servers on this machine, good ones and bad ones."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pipeline.errors import AddressRefused, FetchError, SourceNotFound, SourceTooLarge
from pipeline.ingest import fetch as fetching
from pipeline.ingest import fetch_http
from pipeline.ingest.fetch import FetchRules, fetch
from tests.sites import LOOPBACK, Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as served:
        yield served


@pytest.fixture
def rules(tmp_path: Path) -> FetchRules:
    return FetchRules(tmp_path / "cache", allow=LOOPBACK)


@contextmanager
def raw_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that says whatever ``talk`` says, to one client."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                with suppress(OSError):  # the client hung up
                    talk(connection, done)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()


def body_of(page: fetching.Page, rules: FetchRules) -> bytes:
    return (rules.cache_dir / page.file).read_bytes()


def test_a_page_is_fetched_with_what_its_server_says(site: Site, rules: FetchRules) -> None:
    url = site.serve("/a?b=c", b"<p>Hello</p>", Content_Type='text/HTML; charset="windows-1251"')
    page = fetch(url, rules)
    assert body_of(page, rules) == b"<p>Hello</p>"
    assert (page.final_url, page.content_type, page.charset) == (url, "text/html", "windows-1251")
    assert page.file.endswith(".html")


@pytest.mark.parametrize(
    ("path", "content_type", "suffix"),
    [
        ("/book.epub", "application/octet-stream", ".epub"),
        ("/download", "application/epub+zip", ".epub"),
        ("/paper", "application/pdf", ".pdf"),
        ("/notes.md", "text/plain", ".md"),
        ("/notes", "text/plain", ".txt"),
        ("/page.php", "text/html", ".html"),
        ("/x.%2e%2e%2fy", "application/octet-stream", ""),
    ],
)
def test_the_kept_file_is_named_for_its_kind(
    site: Site, rules: FetchRules, path: str, content_type: str, suffix: str
) -> None:
    page = fetch(site.serve(path, b"data", Content_Type=content_type), rules)
    assert Path(page.file).suffix == suffix
    assert (rules.cache_dir / page.file).parent == rules.cache_dir


def test_what_was_fetched_is_kept(site: Site, rules: FetchRules, tmp_path: Path) -> None:
    url = site.serve("/page", b"one")
    first = fetch(url, rules)
    site.serve("/page", b"two")
    assert fetch(url, rules) == first
    assert fetch(url + "#part", rules) == first
    assert len(site.asked) == 1
    assert fetch(url, FetchRules(tmp_path / "cache", offline=True)) == first
    fresh = fetch(url, FetchRules(tmp_path / "cache", refresh=True, allow=LOOPBACK))
    assert body_of(fresh, rules) == b"two"
    assert len(list(rules.cache_dir.iterdir())) == 2
    with pytest.raises(FetchError, match="offline"):
        fetch(site.url + "/other", FetchRules(tmp_path / "cache", offline=True, allow=LOOPBACK))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "two members"])
def test_compressed_pages(site: Site, rules: FetchRules, encoding: str) -> None:
    text = b"<p>Hello, and hello again.</p>" * 5000
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "two members": gzip.compress(text[:1000]) + gzip.compress(text[1000:]),
    }[encoding]
    name = "deflate" if "deflate" in encoding else "gzip"
    assert body_of(fetch(site.serve("/", packed, Content_Encoding=name), rules), rules) == text


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_does_not_exist(site: Site, rules: FetchRules, status: int) -> None:
    with pytest.raises(SourceNotFound, match=str(status)):
        fetch(site.serve("/gone", status=status), rules)


@pytest.mark.parametrize("status", [304, 400, 403, 429, 500, 503])
def test_other_refusals(site: Site, rules: FetchRules, status: int) -> None:
    with pytest.raises(FetchError, match=str(status)):
        fetch(site.serve("/no", status=status), rules)


def test_redirects_are_followed(site: Site, rules: FetchRules) -> None:
    last = site.serve("/c", b"here")
    site.serve("/b", status=308, Location="/c")
    page = fetch(site.serve("/a", status=302, Location=f"{site.url}/b"), rules)
    assert (page.final_url, body_of(page, rules)) == (last, b"here")


def test_but_not_for_ever(site: Site, rules: FetchRules) -> None:
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        fetch(site.serve("/a", status=301, Location="/a"), rules)
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/secret",
        "http://[::1]:{port}/secret",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(site: Site, tmp_path: Path, location: str) -> None:
    site.serve("/secret", b"secret")
    site.serve("/a", status=302, Location=location.format(port=site.port))
    rules = FetchRules(tmp_path, allow=("public.example",))
    resolver = {"public.example": "127.0.0.1", "localhost": "127.0.0.1"}
    with pytest.raises(AddressRefused):
        fetch(
            f"http://public.example:{site.port}/a", rules, resolver=lambda host, _: [resolver.get(host, host)]
        )
    assert [path for _, path in site.asked] == ["/a"]
    assert list(tmp_path.iterdir()) == []


def test_nothing_private_is_fetched_by_default(site: Site, tmp_path: Path) -> None:
    with pytest.raises(AddressRefused):
        fetch(site.serve("/", b"x"), FetchRules(tmp_path))
    assert site.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, rules: FetchRules) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    page = fetch(site.serve("/", b"x").replace("127.0.0.1", "name.example"), rules, resolver=rebinding)
    assert body_of(page, rules) == b"x"
    assert site.asked == [(f"name.example:{site.port}", "/")]


def test_a_dead_address_leads_to_the_next_one(site: Site, rules: FetchRules) -> None:
    url = site.serve("/", b"x").replace("127.0.0.1", "name.example")
    page = fetch(url, rules, resolver=lambda *_: ["127.0.0.2", "127.0.0.1"])
    assert body_of(page, rules) == b"x"


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_that_is_too_large(
    site: Site, rules: FetchRules, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(fetch_http, "FETCH_BYTES", 2 << 20)
    body = bytes(3 << 20)
    headers = {"Content_Encoding": "gzip"} if packed else {}
    with pytest.raises(SourceTooLarge, match="2 MB"):
        fetch(site.serve("/", gzip.compress(body) if packed else body, **headers), rules)
    assert list(rules.cache_dir.glob("*")) == []


def test_a_body_that_never_ends_is_cut(rules: FetchRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_http, "FETCH_BYTES", 1 << 20)

    def talk(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not done.is_set():
            connection.sendall(bytes(65536))

    with raw_server(talk) as url, pytest.raises(SourceTooLarge):
        fetch(url, rules)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_drips_is_given_up(
    rules: FetchRules, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.3)

    def talk(connection: socket.socket, done: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"" if part == "headers" else b"\r\n"))
        while not done.wait(0.02):
            connection.sendall(b"X")

    with raw_server(talk) as url, pytest.raises(FetchError, match="within"):
        fetch(url, rules)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(99999))[:-20],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Header: 1\r\n" * 1000 + b"\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
    ],
    ids=[
        "short",
        "cut gzip",
        "no gzip",
        "unasked encoding",
        "bad chunk",
        "many headers",
        "no http",
        "nothing",
    ],
)
def test_answers_that_make_no_sense(rules: FetchRules, said: bytes) -> None:
    with (
        raw_server(lambda connection, _: connection.sendall(said)) as url,
        pytest.raises(FetchError) as raised,
    ):
        fetch(url, rules)
    assert url in str(raised.value)
    assert list(rules.cache_dir.glob("*")) == []


def test_nobody_listens(rules: FetchRules) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchError, match=f"127.0.0.1:{port}"):
        fetch(f"http://127.0.0.1:{port}/", rules)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_certificates_are_verified_for_the_name_that_was_asked(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=name.example"
    name = ["-addext", "subjectAltName=DNS:name.example"]
    command = [*new.split(), *name, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    rules = FetchRules(tmp_path / "cache", allow=LOOPBACK)
    with running(Site(server_side)) as site:
        site.serve("/", b"safe")
        url = f"https://name.example:{site.port}/"
        with pytest.raises(FetchError, match="certificate"):
            fetch(url, rules, resolver=lambda *_: ["127.0.0.1"])
        with pytest.raises(FetchError, match="certificate"):
            fetch(url.replace("name.", "other."), rules, resolver=lambda *_: ["127.0.0.1"], tls=trusting)
        page = fetch(url, rules, resolver=lambda *_: ["127.0.0.1"], tls=trusting)
    assert body_of(page, rules) == b"safe"
