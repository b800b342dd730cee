"""Blobs in a bucket: what can go wrong on the way, and this host's bounded copies."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import BlobCorrupt, StorageError
from storage.blobs import BlobStore
from storage.cache import BlobCache
from storage.remote import Access
from storage.s3 import PART_BYTES
from tests.doors import door
from tests.objects import ObjectServer


@pytest.fixture
def blobs(objects: ObjectServer, tmp_path: Path) -> BlobStore:
    return BlobStore(objects.create(), tmp_path / "cache", objects.access())


def place_of(blobs: BlobStore, digest: str) -> str:
    """Where a blob lies in the bucket."""
    return f"{blobs.url}/objects/{digest[:2]}/{digest[2:]}"


# -- on the way -------------------------------------------------------------------------------------------


def test_a_large_file_travels_in_parts(blobs: BlobStore, tmp_path: Path) -> None:
    data = secrets.token_bytes(1 << 20) * (2 * PART_BYTES // (1 << 20) + 3)
    path = tmp_path / "long.wav"
    path.write_bytes(data)
    digest, size = blobs.put_file(path)
    assert size == len(data)
    assert blobs.size(digest) == size
    assert blobs.local_path(digest).read_bytes() == data
    blobs.verify(digest)


def test_what_arrived_as_something_else_is_refused_and_cannot_be_found(
    blobs: BlobStore, objects: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = blobs._folder._files()  # type: ignore[attr-defined]
    whole = files.pipe_file
    monkeypatch.setattr(files, "pipe_file", lambda full, data: whole(full, data[:-1] + b"?"))
    with pytest.raises(StorageError, match="arrived damaged"):
        blobs.put_bytes(b"a take")
    monkeypatch.undo()
    assert list(blobs.all()) == []
    blobs.verify(blobs.put_bytes(b"a take"))


def test_what_comes_back_as_something_else_is_never_used(blobs: BlobStore, objects: ObjectServer) -> None:
    digest = blobs.put_bytes(b"a take")
    objects.files.pipe_file(place_of(blobs, digest), b"a tape")
    with pytest.raises(BlobCorrupt, match=digest[:12]):
        blobs.local_path(digest)
    objects.files.pipe_file(place_of(blobs, digest), b"a take")
    assert blobs.local_path(digest).read_bytes() == b"a take"


def test_what_is_used_is_young_again(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = blobs.put_bytes(b"a take")
    monkeypatch.setattr("storage.blobs.YOUNG_SECONDS", 0.5)
    deadline = time.monotonic() + 60
    while (age := blobs.age(digest)) < 2.5:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert blobs.use(digest, 6)
    assert blobs.age(digest) < age
    blobs.verify(digest)


def test_a_forked_child_makes_its_own_connection(blobs: BlobStore) -> None:
    """Celery's children are forks, of a parent that may have used the store already."""
    before = blobs.put_bytes(b"before")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, f"{blobs.read(before).decode()} {blobs.put_bytes(b'child')}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with closing(os.fdopen(reading)) as answer:
        said, digest = answer.read().split()
    assert os.waitpid(pid, 0)[1] == 0
    assert said == "before"
    assert blobs.read(digest) == b"child"
    assert blobs.put_bytes(b"after")


def test_many_threads_use_one_store(blobs: BlobStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(lambda i: blobs.put_bytes(b"%d" % (i % 5)), range(24)))
        assert sorted(pool.map(blobs.read, digests)) == sorted(b"%d" % (i % 5) for i in range(24))
    assert len(list(blobs.all())) == 5


# -- servers, doors ---------------------------------------------------------------------------------------


def refused(action: Callable[[], object]) -> str:
    """The one sentence that an action ends with."""
    with pytest.raises(StorageError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_bucket_that_is_not_there_is_named(objects: ObjectServer, tmp_path: Path) -> None:
    blobs = BlobStore("s3://no-such-bucket/x", tmp_path / "cache", objects.access())
    said = refused(lambda: blobs.put_bytes(b"x"))
    assert "s3://no-such-bucket/x is not there" in said
    assert "create it, or correct VOXPRESS_BLOB_URL" in said


def test_who_may_not_come_in_is_told_so(tmp_path: Path) -> None:
    server = ObjectServer(tmp_path, strict=True)
    try:
        server.start()
        url = server.create()
        right = BlobStore(url, tmp_path / "cache", server.access())
        assert right.read(right.put_bytes(b"x")) == b"x"
        for wrong in (server.access(password="wrong-" * 6), server.access(user="AKIANOBODY")):
            blobs = BlobStore(url, tmp_path / "other", wrong)
            for action in (lambda b=blobs: b.put_bytes(b"y"), lambda b=blobs: list(b.all())):
                said = refused(action)
                assert "does not let us in" in said
                assert "VOXPRESS_BLOB_PASSWORD" in said
                assert wrong.password not in said + repr(wrong)
    finally:
        server.stop()


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    access = Access(endpoint=f"http://127.0.0.1:{port}", user="u", password="p", patience=0)
    said = refused(lambda: BlobStore("s3://bucket/x", tmp_path / "cache", access).put_bytes(b"x"))
    assert "could not be" in said
    assert f"127.0.0.1:{port}" in said


def test_a_server_that_is_away_for_a_while_is_waited_for(objects: ObjectServer, tmp_path: Path) -> None:
    url = objects.create()
    with door(objects.port) as way:
        access = objects.access(endpoint=f"http://127.0.0.1:{way.port}", patience=60)
        blobs = BlobStore(url, tmp_path / "cache", access)
        with ThreadPoolExecutor(1) as pool:
            digest = pool.submit(blobs.put_bytes, b"patience")
            time.sleep(1.5)
            assert not digest.done()
            way.opened.set()
            assert blobs.read(digest.result()) == b"patience"


# -- copies -----------------------------------------------------------------------------------------------


def copies(cache: Path) -> int:
    """Bytes of this host's copies."""
    return sum(path.stat().st_size for path in (cache / "objects").rglob("*") if path.is_file())


def test_what_was_made_here_is_not_fetched_again(
    blobs: BlobStore, objects: ObjectServer, tmp_path: Path
) -> None:
    path = blobs.temp_dir / "take"
    path.write_bytes(b"made here")
    digest, _ = blobs.put_file(path, move=True)
    assert not path.exists()
    objects.files.rm_file(place_of(blobs, digest))
    assert blobs.local_path(digest).read_bytes() == b"made here"


def test_copies_take_no_more_room_than_they_may(
    objects: ObjectServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.cache.IN_USE_SECONDS", 0.0)
    cache = tmp_path / "cache"
    blobs = BlobStore(objects.create(), cache, objects.access(cache_bytes=10_000))
    digests = [blobs.put_bytes(secrets.token_bytes(1_000)) for _ in range(15)]
    dear = digests[0]
    for digest in digests:
        blobs.local_path(dear)
        assert len(blobs.local_path(digest).read_bytes()) == 1_000
        assert copies(cache) <= 10_000
    objects.files.rm_file(place_of(blobs, dear))
    assert blobs.local_path(dear).exists()  # used again and again: it stayed


def test_a_copy_that_may_be_about_to_be_opened_stays(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, most=100)
    kept = []
    for i in range(5):
        temp = tmp_path / f"temp-{i}"
        temp.write_bytes(bytes(50))
        kept.append(cache.keep(f"objects/aa/{i}", temp))
    assert all(path.exists() for path in kept)
    os.utime(kept[3], (0, 0))
    assert cache.make_room() == 50
    assert [path.exists() for path in kept] == [True, True, True, False, True]
    assert cache.find("objects/aa/3") is None
