"""One suite for every kind of blob store, then what only a local one promises."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import BlobCorrupt, BlobMissing, StorageError
from storage.blobs import BlobStore
from tests.objects import ObjectServer

ROOT = Path(__file__).parent.parent.parent
NONE = "0" * 64


@pytest.fixture(params=["local", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    if request.param == "local":
        yield BlobStore(str(tmp_path / "blobs"))
        return
    if request.param == "s3":
        server: ObjectServer = request.getfixturevalue("objects")
        yield BlobStore(server.create(), tmp_path / "cache", server.access())
        return
    store = BlobStore(f"memory://voxpress-{secrets.token_hex(4)}", tmp_path / "cache")
    yield store
    for digest, _, _ in list(store.all()):
        store.delete(digest)


@pytest.fixture
def local(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def test_bytes_come_back_under_their_checksum(blobs: BlobStore) -> None:
    digest = blobs.put_bytes(b"spoken")
    assert digest == hashlib.sha256(b"spoken").hexdigest()
    with blobs.open(digest) as file:
        assert file.read() == b"spoken"
    assert blobs.read(digest) == b"spoken"
    assert blobs.local_path(digest).read_bytes() == b"spoken"
    assert blobs.exists(digest)
    assert blobs.size(digest) == 6
    assert 0 <= blobs.age(digest) < 60
    blobs.verify(digest)


def test_an_empty_blob_is_a_blob(blobs: BlobStore) -> None:
    digest = blobs.put_bytes(b"")
    assert blobs.read(digest) == b""
    assert blobs.size(digest) == 0


@pytest.mark.parametrize("move", [False, True])
def test_a_file_is_kept(blobs: BlobStore, tmp_path: Path, move: bool) -> None:
    for path in (tmp_path / "take.wav", blobs.temp_dir / "take.wav"):
        path.write_bytes(b"RIFF" * 1000)
        digest, size = blobs.put_file(path, move=move)
        assert size == 4000
        assert blobs.read(digest) == b"RIFF" * 1000
        assert path.exists() is not move
    assert [digest for digest, _, _ in blobs.all()] == [digest]


def test_a_file_that_is_gone_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.wav"):
        blobs.put_file(tmp_path / "gone.wav")


def test_what_is_not_there_is_missing(blobs: BlobStore) -> None:
    assert not blobs.exists(NONE)
    for action in (blobs.open, blobs.read, blobs.size, blobs.local_path, blobs.verify, blobs.age):
        with pytest.raises(BlobMissing):
            action(NONE)
    blobs.delete(NONE)


def test_a_deleted_blob_is_missing(blobs: BlobStore) -> None:
    digest = blobs.put_bytes(b"x")
    blobs.local_path(digest)
    blobs.delete(digest)
    assert not blobs.exists(digest)
    with pytest.raises(BlobMissing):
        blobs.local_path(digest)
    assert list(blobs.all()) == []


def test_all_blobs_are_listed(blobs: BlobStore) -> None:
    kept = {blobs.put_bytes(bytes([i]) * i): i for i in range(1, 20)}
    blobs.put_ref("a-key", b"{}")
    assert {digest: size for digest, size, _ in blobs.all()} == kept


def test_refs(blobs: BlobStore) -> None:
    assert blobs.get_ref("key-1") is None
    blobs.put_ref("key-1", b"one")
    blobs.put_ref("key-1", b"two")
    blobs.put_ref("key-2", b"2")
    assert blobs.get_ref("key-1") == b"two"
    assert {(key, size) for key, size, _ in blobs.all_refs()} == {("key-1", 3), ("key-2", 1)}
    blobs.delete_ref("key-1")
    blobs.delete_ref("key-1")
    assert blobs.get_ref("key-1") is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "0" * 63])
def test_a_name_that_is_no_checksum_is_refused(blobs: BlobStore, name: str) -> None:
    with pytest.raises(StorageError, match="not the name"):
        blobs.open(name)
    with pytest.raises(StorageError, match="not the key"):
        blobs.put_ref("../" + name, b"")


def test_the_same_content_is_written_once(local: BlobStore) -> None:
    digest = local.put_bytes(b"again")
    path = local.local_path(digest)
    os.utime(path, (0, 0))
    inode = path.stat().st_ino
    assert local.put_bytes(b"again") == digest
    assert path.stat().st_ino == inode
    assert local.age(digest) < 60  # young again: the collector must not take it now


def test_blobs_are_read_only_and_nothing_half_made_is_left(local: BlobStore, tmp_path: Path) -> None:
    digest = local.put_bytes(b"still")
    assert local.local_path(digest).stat().st_mode & 0o777 == 0o444
    files = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert files == [local.local_path(digest)]


def test_a_flipped_byte_is_found(local: BlobStore) -> None:
    digest = local.put_bytes(b"a long take")
    path = local.local_path(digest)
    path.chmod(0o644)
    path.write_bytes(b"a lOng take")
    with pytest.raises(BlobCorrupt, match=digest[:12]):
        local.verify(digest)


def test_a_blob_that_was_cut_short_is_written_again(local: BlobStore) -> None:
    digest = local.put_bytes(b"a long take")
    path = local.local_path(digest)
    path.chmod(0o644)
    path.write_bytes(b"a long")
    local.put_bytes(b"a long take")
    local.verify(digest)


def test_a_dead_process_leaves_nothing_for_long(local: BlobStore, tmp_path: Path) -> None:
    code = (
        "import sys, time; from storage.blobs import BlobStore\n"
        "(BlobStore(sys.argv[1]).temp_dir / 'half').write_bytes(b'x'); print('there', flush=True)\n"
        "time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "blobs")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    theirs = next((tmp_path / "blobs").rglob("half"))
    assert local.temp_dir.is_dir()
    assert theirs.exists()  # it lives
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert BlobStore(local.url).temp_dir.is_dir()
    assert not theirs.parent.exists()


def test_a_full_disk_is_one_sentence(
    local: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(StorageError, match=r"No space left on device.*free space"):
            local.put_bytes(b"too much")
    assert list(local.all()) == []
    assert [p for p in (tmp_path / "blobs").rglob("*") if p.is_file()] == []


def test_a_scheme_nobody_knows_is_refused() -> None:
    with pytest.raises(StorageError, match="nowhere"):
        BlobStore("nowhere://bucket")
