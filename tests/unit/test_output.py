"""Whatever a command meets, the person at the keyboard gets one sentence and an exit code."""

from __future__ import annotations

import errno
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.output import reports_errors
from pipeline.errors import SettingsError, SourceBroken

Raising = Callable[[BaseException], tuple[int, str, str]]


@pytest.fixture
def raising(capsys: pytest.CaptureFixture[str]) -> Raising:
    def run(error: BaseException, as_json: bool = False) -> tuple[int, str, str]:
        @reports_errors
        def command(as_json: bool = False) -> None:
            raise error

        with pytest.raises(SystemExit) as ended:
            command(as_json=as_json)
        said = capsys.readouterr()
        return int(str(ended.value.code)), said.out, said.err

    return run


def test_errors_of_ours_are_said_as_they_are(raising: Raising) -> None:
    assert raising(SourceBroken("book.epub is damaged.")) == (1, "", "voxpress: book.epub is damaged.\n")
    assert raising(SettingsError("No such setting."))[0] == 2


def test_errors_of_the_system_name_the_file(raising: Raising) -> None:
    code, out, err = raising(OSError(errno.ENOSPC, "No space left on device", "/some/file"))
    assert (code, out) == (1, "")
    assert (
        err == "voxpress: No space left on device (/some/file): mend that, then run the same command again.\n"
    )


def test_what_nobody_foresaw_is_one_sentence_and_a_log(raising: Raising) -> None:
    code, out, err = raising(ZeroDivisionError("float\ndivision by zero"))
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("voxpress: Unexpected ZeroDivisionError (float division by zero): ")
    log = Path(line.rpartition(" ")[2].rstrip("."))
    assert "Traceback" in log.read_text()
    assert "division by zero" in log.read_text()


def test_who_debugs_sees_it_at_once(raising: Raising, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_LOG_LEVEL", "debug")
    assert "Traceback" in raising(ZeroDivisionError("float division by zero"))[2]


def test_where_not_even_a_log_can_be_written_it_is_said_all_the_same(
    raising: Raising, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_WORKERS", "many")
    code, _, err = raising(ZeroDivisionError("float division by zero"))
    assert code == 1
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("voxpress: Unexpected ZeroDivisionError")


def test_json_tells_the_error_too(raising: Raising) -> None:
    code, out, err = raising(SourceBroken("book.epub is damaged."), as_json=True)  # type: ignore[call-arg]
    assert code == 1
    assert json.loads(out) == {"error": {"kind": "SourceBroken", "message": "book.epub is damaged."}}
    assert err == "voxpress: book.epub is damaged.\n"


def test_an_interruption_is_no_error(raising: Raising) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        assert raising(KeyboardInterrupt()) == (130, "", "Stopped.\n")
    finally:
        signal.signal(signal.SIGINT, before)
