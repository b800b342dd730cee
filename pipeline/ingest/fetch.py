"""Fetching a web address that a stranger may have written.

http and https only; every address, also behind every redirect, is checked after name resolution and connected
to as checked (``fetch_address``); size and time are bounded (``fetch_http``); bodies are cached
(``fetch_cache``).
Proxies are not used: behind one nobody could tell which address is really fetched.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic
from urllib.parse import unquote, urlsplit

from pipeline.errors import FetchError, SourceNotFound
from pipeline.ingest import fetch_cache
from pipeline.ingest.fetch_address import Resolver, Target, parse, permitted, redirected, system_resolver
from pipeline.ingest.fetch_cache import Page
from pipeline.ingest.fetch_http import Answer, exchange
from pipeline.ingest.kinds import MEDIA_SUFFIXES
from pipeline.limits import FETCH_REDIRECTS, FETCH_SECONDS

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""HTTP statuses that name another address."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What may be fetched, and where it is kept."""

    cache_dir: Path
    offline: bool = False
    """Use only what is in the cache."""
    refresh: bool = False
    """Fetch again what is in the cache."""
    allow: tuple[str, ...] = ()
    """Hosts and networks (CIDR) of the operator's own that may be fetched although they are private."""


def is_address(source: str) -> bool:
    """Whether a source is an address (of whatever scheme) rather than a file's path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source) is not None


def fetch(
    url: str, rules: FetchRules, *, resolver: Resolver = system_resolver, tls: ssl.SSLContext | None = None
) -> Page:
    """The page at ``url``, from the cache or from the web.

    Raises ``AddressRefused``, ``SourceNotFound`` (404, 410), ``SourceTooLarge`` or ``FetchError``.
    """
    target = parse(url)
    cached = fetch_cache.look_up(rules.cache_dir, target.url)
    if cached is not None and (rules.offline or not rules.refresh):
        return cached
    if rules.offline:
        raise FetchError(f"{url} is not in the cache, and nothing is fetched while offline.")
    deadline = monotonic() + FETCH_SECONDS
    asked = target.url
    for _ in range(FETCH_REDIRECTS + 1):
        addresses = permitted(target, rules.allow, resolver, deadline)
        with exchange(target, addresses, deadline, tls) as answer:
            if answer.status in REDIRECTS and answer.header("Location"):
                target = redirected(target, answer.header("Location"))
                continue
            check_status(answer)
            return _keep(answer, asked, rules)
    raise FetchError(f"{url} could not be fetched: it redirects more than {FETCH_REDIRECTS} times.")


def age(url: str, rules: FetchRules) -> float:
    """Seconds since ``url`` was fetched into the cache; infinite when it is not there. Raises ``FetchError``."""
    return fetch_cache.age(rules.cache_dir, parse(url).url)


def check_status(answer: Answer) -> None:
    """Raise ``SourceNotFound`` or ``FetchError`` unless it is the page."""
    url, status = answer.target.url, answer.status
    if status in (404, 410):
        raise SourceNotFound(f"{url} does not exist (HTTP {status}): check the address.")
    if status in (401, 403, 451):
        raise FetchError(
            f"{url} could not be fetched: its server refuses it (HTTP {status}); "
            "save the page in a browser and use the file."
        )
    if status != 200:
        raise FetchError(f"{url} could not be fetched: its server answered HTTP {status}; try again later.")


def _keep(answer: Answer, asked: str, rules: FetchRules) -> Page:
    content_type = answer.header("Content-Type").partition(";")[0].strip().lower()
    return fetch_cache.keep(
        rules.cache_dir,
        asked,
        answer.body(),
        final_url=answer.target.url,
        content_type=content_type,
        charset=charset_of(answer),
        suffix=_suffix(content_type, answer.target),
    )


def charset_of(answer: Answer) -> str:
    """As the server declares it; empty where it does not."""
    return match[1] if (match := _CHARSET.search(answer.header("Content-Type"))) else ""


def _suffix(content_type: str, target: Target) -> str:
    """What the cached file is to be called, for the sniffer and the reader: the server's word, or the path's.

    Markdown and many downloads are served as ``text/plain`` or ``application/octet-stream``; there the path
    knows better.
    """
    in_path = PurePosixPath(unquote(urlsplit(target.url).path)).suffix.lower()
    known = MEDIA_SUFFIXES.get(content_type)
    if known is None or (known == ".txt" and in_path in (".md", ".markdown")):
        return in_path if re.fullmatch(r"\.[a-z0-9]{1,10}", in_path) else ""
    return known
