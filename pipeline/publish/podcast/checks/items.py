"""What the feed says about its episodes, before anything is looked at that it names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from lxml import html

from pipeline.ingest.xml import Element
from pipeline.publish.podcast.checks.channel import check_description, check_persons
from pipeline.publish.podcast.checks.elements import CONTENT
from pipeline.publish.podcast.checks.findings import REBUILD, Findings
from pipeline.publish.podcast.checks.rules import CHAPTER_TYPES, TRANSCRIPT_TYPES
from pipeline.publish.podcast.namespace import ITUNES, PODCAST
from pipeline.publish.podcast.show import FEED

_RFC_2822 = re.compile(
    r"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" [012]\d:[0-5]\d(?::[0-6]\d)? (?:[+-]\d{4}|GMT|UT|Z|[ECMP][SD]T)"
)
_SAFE = frozenset(
    {"p", "br", "ul", "ol", "li", "a", "em", "strong", "b", "i", "div", "span", "h1", "h2", "h3"}
)
_CLOCK_SKEW = timedelta(hours=1)


def check_items(items: list[tuple[str, Element]], *, serial: bool, findings: Findings) -> None:
    """Look at each episode, and at what no two may have in common. ``serial``: numbers are a must."""
    guids: dict[str, str] = {}
    addresses: dict[str, str] = {}
    before: datetime | None = None
    for where, item in items:
        if not (item.findtext("title") or "").strip() and not (item.findtext("description") or "").strip():
            findings.error(where, "it has neither <title> nor <description>", REBUILD)
        _check_unique(where, (item.findtext("guid") or "").strip(), "guid", guids, findings)
        enclosure = item.find("enclosure")
        if enclosure is None:
            findings.error(where, "it has no <enclosure>, so there is nothing to hear", REBUILD)
        else:
            _check_unique(where, (enclosure.get("url") or "").strip(), "enclosure", addresses, findings)
        _check_guid(where, item, findings)
        moment = check_date(where, item.findtext("pubDate"), findings)
        if moment and before and moment > before:
            findings.warning(where, "it is newer than the one before it", "clients expect the newest first")
        before = moment or before
        if serial and item.find(f"{{{ITUNES}}}episode") is None:
            findings.error(where, "it has no <itunes:episode>, and the show is serial", REBUILD)
        if item.find(f"{{{ITUNES}}}duration") is None:
            findings.warning(where, "it has no <itunes:duration>", REBUILD)
        check_description(item, where, findings)
        check_persons(item, where, findings)
        _check_types(where, item, findings)
        _check_notes(where, item.findtext(f"{{{CONTENT}}}encoded") or "", findings)


def check_date(where: str, text: str | None, findings: Findings) -> datetime | None:
    """A date of RFC 2822, which is a real one and not yet to come."""
    if not text or not text.strip():
        findings.error(where, "it has no <pubDate>", REBUILD)
        return None
    matched = _RFC_2822.fullmatch(text.strip())
    try:
        moment = parsedate_to_datetime(text) if matched else None
    except ValueError:
        moment = None
    if matched is None or moment is None:
        findings.error(where, f"<pubDate> '{text.strip()[:40]}' is no date of RFC 2822", REBUILD)
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    if matched[1] and matched[1][:3] != days[moment.weekday()]:
        findings.error(where, f"<pubDate> '{text.strip()}' names the wrong day of the week", REBUILD)
    if moment > datetime.now(UTC) + _CLOCK_SKEW:
        findings.warning(where, "<pubDate> is still to come", "clients may hide the episode until then")
    return moment


def _check_unique(where: str, value: str, name: str, seen: dict[str, str], findings: Findings) -> None:
    if not value:
        findings.error(where, f"it has no <{name}> of its own", REBUILD)
    elif value in seen:
        findings.error(
            where, f"it has the same <{name}> as {seen[value]}, so clients show one of them", REBUILD
        )
    else:
        seen[value] = where.removeprefix(f"{FEED}, ")


def _check_guid(where: str, item: Element, findings: Findings) -> None:
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink", "true") == "false":
        return
    if not re.match(r"https?://", (guid.text or "").strip()):
        findings.error(where, "its <guid> is said to be an address, and is none", 'set isPermaLink="false"')


def _check_types(where: str, item: Element, findings: Findings) -> None:
    known = {"transcript": TRANSCRIPT_TYPES, "chapters": CHAPTER_TYPES}
    for name, types in known.items():
        for element in item.findall(f"{{{PODCAST}}}{name}"):
            if (kind := (element.get("type") or "").strip().lower()) not in types:
                findings.error(where, f"'{kind}' is no type of a <podcast:{name}>", REBUILD)
    for element in item.findall(f"{{{PODCAST}}}transcript"):
        if element.get("rel") not in (None, "captions"):
            findings.error(where, f"rel='{element.get('rel')}' means nothing for a transcript", REBUILD)


def _check_notes(where: str, notes: str, findings: Findings) -> None:
    """Episode notes are shown as a page: nothing in them may do anything."""
    if not notes.strip():
        return
    try:
        root = html.fromstring(f"<div>{notes}</div>")
    except (ValueError, AssertionError, html.etree.ParserError):
        findings.error(where, "its notes cannot be read as HTML", REBUILD)
        return
    for element in root.iter():
        tag = element.tag if isinstance(element.tag, str) else "!"
        if tag not in _SAFE:
            findings.error(
                where, f"its notes have a <{tag}>", "only paragraphs, lists and links are shown by all"
            )
        for name, value in element.items():
            if name != "href" or not re.match(r"(https?|mailto):", value.strip(), re.IGNORECASE):
                findings.error(
                    where, f"its notes have {name}='{value[:40]}'", "only links to web addresses are safe"
                )
