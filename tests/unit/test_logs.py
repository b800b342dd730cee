"""Lines of the log: one each, about what is worked on, for people and for machines, without secrets."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
from collections.abc import Iterator

import pytest

from tasks import gpus, logs
from tasks.logs import about, set_up

log = logging.getLogger("tasks.somewhere")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is the whole process's: it is put back."""
    names = (None, *logs.OURS)
    handlers, levels = logging.getLogger().handlers[:], [logging.getLogger(name).level for name in names]
    yield
    logging.getLogger().handlers[:] = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)
    set_up_name()


def set_up_name() -> None:
    logs._who = "voxpress"


def written(style: str, level: str = "warning") -> io.StringIO:
    """What the process logs from now on."""
    stream = io.StringIO()
    set_up("worker-1@%h", level, style, stream)
    return stream


def test_a_line_says_what_it_is_about() -> None:
    stream = written("json")
    with about("3f0c52e1a9d7", "speak", 1):
        log.warning("chunk %s failed", 4)
        with about("3f0c52e1a9d7", "master"):
            logging.getLogger("a.library").error("out of memory")
    log.warning("nothing in particular")
    log.warning("of another", extra={"production": "ffffffffffff"})

    speaking, mastering, nothing, another = map(json.loads, stream.getvalue().splitlines())
    assert speaking.pop("time").endswith("Z")
    assert speaking == {
        "level": "warning",
        "logger": "tasks.somewhere",
        "message": "chunk 4 failed",
        "production": "3f0c52e1a9d7",
        "stage": "speak",
        "chapter": 2,  # as people count
        "worker": f"worker-1@{socket.gethostname()}",
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }
    assert (mastering["logger"], mastering["stage"]) == ("a.library", "master")
    assert "chapter" not in mastering
    assert "production" not in nothing
    assert another["production"] == "ffffffffffff"
    assert "stage" not in another


def test_what_a_record_says_itself_counts_more() -> None:
    stream = written("text")
    with about("3f0c52e1a9d7", "speak", 1):
        log.warning("look there", extra={"chapter": 6})
        log.warning("and there", extra={"production": "ffffffffffff"})
    first, second = stream.getvalue().splitlines()
    assert first.endswith(" 3f0c52e1a9d7 speak chapter 7: look there")
    assert second.endswith(" ffffffffffff: and there")


def test_a_message_is_one_line_whatever_is_in_it() -> None:
    hostile = "A Title\r\n2026-01-01T00:00:00Z error root: all is lost\x1b[2J\u2028end"
    for style in ("text", "json"):
        stream = written(style)
        log.warning("reading %s", hostile)
        (line,) = stream.getvalue().splitlines()
        assert "\x1b" not in line
        assert "A Title" in line
        assert line.endswith("end") or json.loads(line)["message"].endswith("end")


def test_passwords_of_addresses_are_not_written() -> None:
    stream = written("text")
    try:
        raise ConnectionError("redis://:hunter2@broker:6379/0 refused")
    except ConnectionError:
        log.exception("lost %s", "postgresql://voxpress:hunter3@db/voxpress")
    said = stream.getvalue()
    assert "hunter" not in said
    assert "broker:6379" in said
    assert "Traceback" in said


def test_a_traceback_stays_in_its_object() -> None:
    stream = written("json")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("it broke")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["details"].endswith("ValueError: why")


def test_the_level_is_that_of_the_log_only() -> None:
    stream, heard = written("text", "error"), []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    logging.getLogger().addHandler(Listener())
    log.info("it begins")
    log.warning("it limps")
    log.error("it falls")
    logging.getLogger("a.library").info("chatter")
    assert [line.rpartition(": ")[2] for line in stream.getvalue().splitlines()] == ["it falls"]
    assert heard == ["it begins", "it limps", "it falls"]


def test_a_record_that_cannot_be_put_together_is_told_all_the_same() -> None:
    stream = written("text")
    log.warning("%d books", "three")
    assert "%d books ('three',)" in stream.getvalue()


# -- what the driver of GPUs says ------------------------------------------------------------------------------


def test_the_lines_of_the_driver_are_understood() -> None:
    said = (
        "0, NVIDIA H200, 1024, 143771, 37, 550.54, GPU-0\n"
        "1, Odd, Name, [N/A], 8192, [N/A], 550.54, GPU-1\n\nFailed to initialize NVML\n"
    )
    first, second = gpus.parse(said)
    assert first == gpus.Gpu("0", "NVIDIA H200", 2.0**30, 143771 * 2.0**20, 0.37, "550.54", "GPU-0")
    assert second == gpus.Gpu("1", "Odd, Name", 0.0, 2.0**33, 0.0, "550.54", "GPU-1")
