"""A server that speaks S3 (moto's), in a process of its own."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from storage.remote import Access
from workers.lifeline import die_with_parent

START_SECONDS = 60.0
USER, PASSWORD = "voxpress", "not-a-secret"


class ObjectServer:
    """Buckets in memory; with ``strict`` it asks who comes, and knows only ``user`` and ``password``."""

    def __init__(self, folder: Path, *, strict: bool = False, listen: str = "127.0.0.1") -> None:
        """Nothing runs before ``start``; ``listen`` on another address than this host's own."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.log = folder / "objects.log"
        self.strict, self.listen = strict, listen
        self.user, self.password = USER, PASSWORD
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """As ``blob_endpoint`` has it."""
        return f"http://127.0.0.1:{self.port}"

    def access(self, **more: Any) -> Access:
        """For a ``BlobStore``."""
        return Access(**{"endpoint": self.endpoint, "user": self.user, "password": self.password, **more})

    def start(self) -> None:
        """Start it and wait until it answers. What a former one had is gone."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", self.listen, "-p", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
                env=os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "3" if self.strict else "inf"},
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    break
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
        if self.strict:
            self._let_in()

    def _let_in(self) -> None:
        """Make the one user there is; after this nobody else is answered."""
        version = {"Version": "2010-05-08"}
        self._ask({"Action": "CreateUser", "UserName": USER, **version})
        everything = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
        }
        policy = {"PolicyName": "all", "PolicyDocument": json.dumps(everything)}
        self._ask({"Action": "PutUserPolicy", "UserName": USER, **policy, **version})
        answer = self._ask({"Action": "CreateAccessKey", "UserName": USER, **version})
        self.user = answer.partition("<AccessKeyId>")[2].partition("<")[0]
        self.password = answer.partition("<SecretAccessKey>")[2].partition("<")[0]

    def _ask(self, form: dict[str, str]) -> str:
        request = urllib.request.Request(self.endpoint, urllib.parse.urlencode(form).encode())
        request.add_header(
            "Authorization", "AWS4-HMAC-SHA256 Credential=x/20300101/us-east-1/iam/aws4_request"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())

    @cached_property
    def files(self) -> Any:
        """The buckets, as somebody who may do everything sees them."""
        import s3fs

        return s3fs.S3FileSystem(
            endpoint_url=self.endpoint,
            key=self.user,
            secret=self.password,
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def create(self) -> str:
        """A new, empty bucket; returns its URL with a folder in it.

        Asked for by the calling thread itself, which may be on another host than the one of ``files``.
        """
        import botocore.session

        name = f"test-{secrets.token_hex(6)}"
        client = botocore.session.get_session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.user,
            aws_secret_access_key=self.password,
        )
        client.create_bucket(Bucket=name)
        return f"s3://{name}/voxpress"

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """One server for all tests that leave it running."""
    server = ObjectServer(tmp_path_factory.mktemp("objects"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
