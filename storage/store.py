"""The store: catalog and blobs together, and the one way in and out for a stage's result."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import BlobCorrupt, BlobMissing
from storage.blobs import BlobStore
from storage.catalog import Catalog
from storage.patience import COMMAND_SECONDS
from storage.remote import Access
from storage.rows import Artifact
from storage.settings import Settings

log = logging.getLogger(__name__)


def access_of(settings: Settings, patience: float = COMMAND_SECONDS) -> Access:
    """How buckets are reached."""
    return Access(
        endpoint=settings.blob_endpoint,
        user=settings.blob_user,
        password=settings.blob_password,
        cache_bytes=int(settings.blob_cache_gigabytes * 10**9),
        patience=patience,
    )


def blobs_of(settings: Settings, patience: float = COMMAND_SECONDS) -> BlobStore:
    """The blobs where the settings say. Raises ``StorageError``."""
    return BlobStore(settings.blob_url, settings.home / "cache" / "blobs", access_of(settings, patience))


class Store:
    """What is kept. Cheap to make; threads, processes and forked children may use it at the same time."""

    def __init__(self, settings: Settings, patience: float = COMMAND_SECONDS) -> None:
        """Create the state folder when it is missing; ``patience`` as of ``Catalog``.

        Raises ``SettingsError``, ``StorageError``.
        """
        self.settings = settings.prepare()
        self.catalog = Catalog(settings.catalog_url, patience)
        self.blobs = blobs_of(settings, patience)

    def keep(
        self, key: str, stage: str, content: Path | bytes, detail: str | bytes = "", *, move: bool = True
    ) -> Artifact:
        """Keep a result under its key. A file is moved into the store, or copied without ``move``.

        Blob, then ref, then catalog: whatever is interrupted, the next ``recall`` finds all or nothing.
        """
        artifact = self._put(key, stage, content, detail, move=move)
        self.catalog.record_artifact(key, stage, artifact.digest, artifact.size, artifact.detail)
        return artifact

    def keep_take(
        self,
        production: str,
        chapter: int,
        index: int,
        key: str,
        content: Path | bytes,
        detail: str | bytes = "",
        seconds: float = 0.0,
        *,
        spoke: str = "",
    ) -> Artifact:
        """As ``keep`` for a chunk's take; it, and every chunk like it, is done in the same transaction.

        ``spoke``: the planned engine, where none in its place spoke it.
        """
        artifact = self._put(key, "take", content, detail, seconds)
        self.catalog.record_take(
            *(production, chapter, index, key),
            *(artifact.digest, artifact.size, artifact.detail, seconds),
            spoke=spoke,
        )
        return artifact

    def recall(self, key: str) -> Artifact | None:
        """The result of that key, or None when it has to be made (again).

        A result whose blob is there but was never recorded (its process died in between) is recorded now.
        One whose blob is gone or has another size is forgotten. The bytes are not read: ``storage.check``
        does that.
        """
        artifact = self.catalog.artifact(key)
        if artifact is None:
            return self._adopt(key)
        if not self.blobs.use(artifact.digest, artifact.size):
            self.forget(key)
            return None
        return artifact

    def recall_sound(self, key: str) -> Artifact | None:
        """As ``recall``, for bytes that end up in an edition: they are read through, and forgotten when damaged."""
        artifact = self.recall(key)
        if artifact is None:
            return None
        try:
            self.blobs.sound_path(artifact.digest)
        except (BlobMissing, BlobCorrupt) as error:
            log.warning("%s", error)
            self.blobs.delete(artifact.digest)
            self.forget(key)
            return None
        return artifact

    def put_in_place(self, artifact: Artifact) -> None:
        """What is kept under another key, or was thought of otherwise, is from now on the result of its key."""
        self.blobs.put_ref(artifact.key, serial.dump(artifact))
        self.catalog.record_artifact(
            *(artifact.key, artifact.stage, artifact.digest, artifact.size),
            *(artifact.detail, artifact.seconds),
        )

    def keep_retake(
        self,
        production: str,
        take_key: str,
        step: str,
        key: str,
        content: bytes,
        detail: bytes,
        seconds: float,
    ) -> Artifact:
        """Keep another rendition of the chunks with ``take_key``, under a key of its own: it is to be listened to."""
        artifact = self._put(key, "take", content, detail, seconds)
        self.catalog.record_artifact(key, "take", artifact.digest, artifact.size, artifact.detail, seconds)
        self.catalog.set_needs(production, [key], replace=False)
        self.catalog.spoken_again(production, take_key, step)
        return artifact

    def forget(self, key: str) -> None:
        """Make sure that the result of that key is made again."""
        self.blobs.delete_ref(key)
        self.catalog.forget(key)

    def _put(
        self,
        key: str,
        stage: str,
        content: Path | bytes,
        detail: str | bytes,
        seconds: float = 0.0,
        *,
        move: bool = True,
    ) -> Artifact:
        if isinstance(content, bytes):
            digest, size = self.blobs.put_bytes(content), len(content)
        else:
            digest, size = self.blobs.put_file(content, move=move)
        text = detail.decode() if isinstance(detail, bytes) else detail
        artifact = Artifact(key, stage, digest, size, text, seconds)
        self.blobs.put_ref(key, serial.dump(artifact))
        return artifact

    def _adopt(self, key: str) -> Artifact | None:
        artifact = self.ref(key)
        if artifact is None or not self.blobs.use(artifact.digest, artifact.size):
            return None
        self.catalog.record_artifact(
            key, artifact.stage, artifact.digest, artifact.size, artifact.detail, artifact.seconds
        )
        self.catalog.mark_done_by_key(key)
        return artifact

    def ref(self, key: str) -> Artifact | None:
        """What the ref of that key says; None when there is none, or when a power cut left half of it."""
        data = self.blobs.get_ref(key)
        if data is None:
            return None
        try:
            artifact = serial.load(Artifact, data)
        except ValidationError:
            return None  # the work is done again, and writes it anew
        return artifact if artifact.key == key else None
