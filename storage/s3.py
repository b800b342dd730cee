"""Blobs in a bucket: what S3 can do better than a file system in general.

Works with Amazon's S3 and with the servers that speak its language (MinIO, Ceph, Garage and others).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.remote import Access, RemoteFolder

PART_BYTES = 16 * 2**20
"""Of a large file, two of these are in memory at a time."""
CONNECT_SECONDS, READ_SECONDS = 5, 60
"""How long a server may take to accept a connection, and to send the next bytes."""
TRIES = 3
"""Of botocore, for one request of s3fs."""
LONGEST_TRIES = 14
"""Of s3fs; the pauses between them, 0.1 s times 1.7 each, come to two minutes then."""
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')
_ENCRYPTED = ("SSECustomerAlgorithm", "SSEKMSKeyId")
"""In an answer, these say that the ETag is no checksum of the bytes (S3's reference, "Object")."""


def s3_options(access: Access) -> Mapping[str, Any]:
    """For s3fs. Listings are not remembered: others write, too."""
    options: dict[str, Any] = {
        "use_listings_cache": False,
        "config_kwargs": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "retries": {"mode": "standard", "total_max_attempts": TRIES},
            "user_agent_extra": "voxpress",
        },
    }
    if access.endpoint:
        options["endpoint_url"] = access.endpoint
        # Newer checksums in headers and trailers, which not every server knows; ours are below.
        for name in ("request_checksum_calculation", "response_checksum_validation"):
            options["config_kwargs"][name] = "when_required"
    if access.user:
        options |= {"key": access.user, "secret": access.password}
    return options


class S3Folder(RemoteFolder):
    """A bucket, or a folder in one."""

    def _options(self) -> Mapping[str, Any]:
        return s3_options(self.access)

    def _files(self) -> Any:
        files = super()._files()
        files.retries = _tries(self.access.patience)
        return files

    def _put_bytes(self, full: str, data: bytes) -> None:
        """Put it, and compare the checksum that the server answers with."""
        answer = self._files().pipe_file(full, data)
        if _other_bytes(answer or {}, lambda: hashlib.md5(data, usedforsecurity=False).hexdigest()):
            self._refuse(full, len(data))

    def _put_file(self, full: str, path: Path) -> None:
        """Put it, in parts where it is large (each part's checksum is the server's to compare), and look at it."""
        size = path.stat().st_size
        if size < 2 * PART_BYTES:
            self._put_bytes(full, path.read_bytes())
            return
        self._files().put_file(str(path), full, chunksize=PART_BYTES, max_concurrency=2)
        if int(self._info(full)["size"]) != size:
            self._refuse(full, size)

    def _info(self, full: str) -> Mapping[str, Any]:
        """One request, also for what is not there."""
        bucket, key, _ = self._files().split_path(full)
        found = self._files().call_s3("head_object", Bucket=bucket, Key=key)
        return {"size": found["ContentLength"], "LastModified": found["LastModified"]}

    def _touch(self, full: str) -> None:
        """Have the server copy it onto itself: no byte travels."""
        bucket, key, _ = self._files().split_path(full)
        self._files().call_s3(
            "copy_object",
            Bucket=bucket,
            Key=key,
            CopySource={"Bucket": bucket, "Key": key},
            MetadataDirective="REPLACE",
        )


def _tries(patience: float) -> int:
    """As many tries of s3fs as it takes to wait for about so long."""
    tries, waited = 1, 0.0
    while waited < patience and tries < LONGEST_TRIES:
        waited += 0.1 * 1.7 ** (tries - 1)
        tries += 1
    return tries


def _other_bytes(answer: Mapping[str, Any], md5: Any) -> bool:
    """Whether the ETag is a checksum, and of other bytes than those with ``md5()``."""
    match = _MD5.fullmatch(str(answer.get("ETag", "")))
    if match is None or any(answer.get(name) for name in _ENCRYPTED):
        return False
    return bool(match[1] != md5())


__all__ = ["S3Folder", "s3_options"]
