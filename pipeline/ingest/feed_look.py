"""Looking at a feed again and again, as a polite reader does: only what changed is asked for.

Conditional requests (RFC 9110, 13.1); a permanent redirect is remembered; ``Retry-After`` is told. What a feed lists
is read in the sandbox.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic

from pipeline.errors import FetchError
from pipeline.ingest.fetch import REDIRECTS, FetchRules, charset_of, check_status
from pipeline.ingest.fetch_address import Target, parse, permitted, redirected, system_resolver
from pipeline.ingest.fetch_http import Answer, exchange
from pipeline.ingest.request import Entries, Request
from pipeline.ingest.sandbox import entries_in_sandbox
from pipeline.limits import FETCH_REDIRECTS, FETCH_SECONDS, FOLLOWED_TITLE
from pipeline.model import SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_PERMANENT = frozenset({301, 308})
_BUSY = frozenset({429, 503})
_TAG_CHARACTERS = 512
"""A longer validator is not kept: the feed is then read whole each time."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of the last look."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a feed's server answered."""

    entries: Entries | None
    """None: nothing has changed, or it is busy."""
    known: Known
    address: str
    """Where to ask from now on: another one after a permanent redirect."""
    wait: float = 0.0
    """Seconds for which the server wants to be left alone; with no entries, because it is busy."""


def look(url: str, rules: FetchRules, known: Known = Known()) -> Look:
    """Ask for a feed, unless it is as it was ``known``.

    Raises ``AddressRefused``, ``SourceNotFound`` (404, 410), ``SourceTooLarge``, ``FetchError``, and what
    reading it raises: ``SourceBroken``.
    """
    if rules.offline:
        raise FetchError(f"{url} is not asked for while offline.")
    target = parse(url)
    deadline = monotonic() + FETCH_SECONDS
    address = target.url
    for_good = True
    unless = _conditions(known)
    for _ in range(FETCH_REDIRECTS + 1):
        addresses = permitted(target, rules.allow, system_resolver, deadline)
        with exchange(target, addresses, deadline, unless=unless) as answer:
            if answer.status in REDIRECTS and answer.header("Location"):
                target = redirected(target, answer.header("Location"))
                for_good = for_good and answer.status in _PERMANENT
                address = target.url if for_good else address
                continue
            wait = _wait(answer.header("Retry-After"))
            if answer.status == 304:
                return Look(None, known, address, wait)
            if answer.status in _BUSY and wait:
                return Look(None, known, address, wait)
            check_status(answer)
            return Look(_read(answer, target), _validators(answer), address, wait)
    raise FetchError(f"{url} could not be fetched: it redirects more than {FETCH_REDIRECTS} times.")


def _conditions(known: Known) -> dict[str, str]:
    wanted = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in wanted.items() if value}


def _validators(answer: Answer) -> Known:
    etag, modified = answer.header("ETag"), answer.header("Last-Modified")
    return Known(*(value if len(value) <= _TAG_CHARACTERS else "" for value in (etag, modified)))


def _wait(written: str) -> float:
    """Seconds of a ``Retry-After``, which is a number or a date."""
    if written.strip().isdigit():
        return float(written[:9])
    try:
        return max(0.0, (parsedate_to_datetime(written) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _read(answer: Answer, target: Target) -> Entries:
    with tempfile.NamedTemporaryFile(prefix="voxpress-feed-") as file:
        digest = hashlib.sha256()
        for piece in answer.body():
            digest.update(piece)
            file.write(piece)
        file.flush()
        return entries_in_sandbox(
            Request(
                path=str(Path(file.name).absolute()),
                reader="pipeline.ingest.feed_entries:list_entries",
                settings=ReadingSettings(),
                source=SourceInfo(SourceKind.FEED, target.url, digest.hexdigest()),
                title=target.url[:FOLLOWED_TITLE],
                charset=charset_of(answer),
                survey=True,
            )
        )


__all__ = ["Known", "Look", "look"]
