"""Signals to a command that makes something: the first one stops it, further ones only hurry it."""

from __future__ import annotations

import signal

import pytest

from cli.run import _interrupted_once


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_only_the_first_signal_raises(number: signal.Signals) -> None:
    hurried: list[str] = []
    tidied = []

    def stopping() -> None:
        with _interrupted_once(lambda: hurried.append("hurry")):
            try:
                signal.raise_signal(number)
            finally:
                signal.raise_signal(number)
                signal.raise_signal(signal.SIGINT)
                tidied.append("all")

    before = signal.default_int_handler  # whatever the tests were started with: nohup ignores SIGHUP
    started_with = signal.signal(number, before)
    with pytest.raises(KeyboardInterrupt):
        stopping()
    assert tidied == ["all"]
    assert hurried == ["hurry", "hurry"]
    assert signal.signal(number, started_with) is before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _interrupted_once(lambda: None):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
