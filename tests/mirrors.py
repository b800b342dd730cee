"""Places that voices are pulled from: a folder laid out as the public repository is, and the same over HTTP."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers_piper import write_voice

NAME = "en_US-test-low"
PLACE = f"en/en_US/test/low/{NAME}.onnx"


@dataclass
class Served:
    """A mirror over HTTP on this machine, and what was asked of it."""

    address: str
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    break_after: int | None = None
    ignore_ranges: bool = False
    redirect: str = ""
    silent: threading.Event | None = None
    """Nothing is answered before this is set."""


def write_mirror(root: Path) -> Path:
    """A folder with one voice and the list that names it."""
    model = write_voice((root / PLACE).parent)
    (model.parent / "MODEL_CARD").write_text("# Test\n\n## Dataset\n\n* URL: none\n* License: CC0 1.0\n")
    write_list(root)
    return root


def write_list(root: Path, **changes: object) -> None:
    """The list, as the files are now; ``changes`` are fields of the voice's entry."""
    folder = (root / PLACE).parent
    files = {
        path.relative_to(root).as_posix(): {
            "size_bytes": path.stat().st_size,
            "md5_digest": hashlib.md5(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.iterdir())
    }
    entry = {
        "key": NAME,
        "name": "test",
        "language": {"code": "en_US", "family": "en", "region": "US"},
        "quality": "low",
        "num_speakers": 1,
        "speaker_id_map": {},
        "files": files,
        "aliases": ["en-us-test-low"],
    }
    (root / "voices.json").write_text(json.dumps({NAME: entry | changes}))


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """``root`` over HTTP."""
    state = Served("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            if state.silent:
                state.silent.wait(120)
                return
            if state.redirect:
                self.send_response(302)
                self.send_header("Location", state.redirect)
                self.end_headers()
                return
            path = root / self.path.lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            data = path.read_bytes()
            asked = self.headers.get("Range", "")
            begin = 0
            if asked and not state.ignore_ranges:
                state.ranges.append(asked)
                begin = int(asked.removeprefix("bytes=").rstrip("-"))
                self.send_response(206)
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(data) - begin))
            self.end_headers()
            stop = len(data)
            if state.break_after is not None and path.suffix in (".onnx", ".bin", ".safetensors"):
                stop = min(stop, begin + state.break_after)
            self.wfile.write(data[begin:stop])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        if state.silent:
            state.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()
