"""The store: catalog and blobs together, and the one way in and out for a stage's result."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from pipeline import serial
from pipeline.errors import BlobMissing
from storage.blobs import BlobStore
from storage.catalog import Catalog
from storage.rows import Artifact
from storage.settings import Settings


class Store:
    """What is kept. Cheap to make; threads, processes and forked children may use it at the same time."""

    def __init__(self, settings: Settings) -> None:
        """Create the state folder when it is missing. Raises ``SettingsError``, ``StorageError``."""
        self.settings = settings.prepare()
        self.catalog = Catalog(settings.catalog_url)
        self.blobs = BlobStore(settings.blob_url, settings.home / "cache" / "blobs")

    def keep(self, key: str, stage: str, content: Path | bytes, detail: str | bytes = "") -> Artifact:
        """Keep a result under its key. A file is moved into the store.

        Blob, then ref, then catalog: whatever is interrupted, the next ``recall`` finds all or nothing.
        """
        artifact = self._put(key, stage, content, detail)
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
    ) -> Artifact:
        """As ``keep`` for a chunk's take; it, and every chunk like it, is done in the same transaction."""
        artifact = self._put(key, "take", content, detail, seconds)
        self.catalog.record_take(
            production, chapter, index, key, artifact.digest, artifact.size, artifact.detail, seconds
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
        if not self._whole(artifact):
            self.forget(key)
            return None
        self.blobs.refresh(artifact.digest)  # it is about to be used: not a thing to collect
        return artifact

    def read(self, artifact: Artifact) -> bytes:
        """All bytes of a small result. Raises ``BlobMissing``."""
        return self.blobs.read(artifact.digest)

    def forget(self, key: str) -> None:
        """Make sure that the result of that key is made again."""
        self.blobs.delete_ref(key)
        self.catalog.forget(key)

    def _put(
        self, key: str, stage: str, content: Path | bytes, detail: str | bytes, seconds: float = 0.0
    ) -> Artifact:
        if isinstance(content, bytes):
            digest, size = self.blobs.put_bytes(content), len(content)
        else:
            digest, size = self.blobs.put_file(content, move=True)
        text = detail.decode() if isinstance(detail, bytes) else detail
        artifact = Artifact(key, stage, digest, size, text, seconds)
        self.blobs.put_ref(key, serial.dump(artifact))
        return artifact

    def _adopt(self, key: str) -> Artifact | None:
        artifact = self.ref(key)
        if artifact is None or not self._whole(artifact):
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

    def _whole(self, artifact: Artifact) -> bool:
        try:
            return self.blobs.size(artifact.digest) == artifact.size
        except BlobMissing:
            return False
