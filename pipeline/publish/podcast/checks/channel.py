"""What the feed says about the show."""

from __future__ import annotations

from html import unescape
from urllib.parse import urlsplit

from pipeline.errors import SettingsError
from pipeline.ingest.xml import Element
from pipeline.publish.podcast.categories import parse_category
from pipeline.publish.podcast.checks.elements import ATOM
from pipeline.publish.podcast.checks.findings import REBUILD, Findings
from pipeline.publish.podcast.checks.folder import is_absolute
from pipeline.publish.podcast.checks.rules import GROUPS, ROLES
from pipeline.publish.podcast.namespace import ITUNES, PODCAST
from pipeline.publish.podcast.show import FEED

_SET = "set it with 'voxpress feed set'"
DESCRIPTION_BYTES = 4000


def base_of(channel: Element) -> str:
    """Where the folder is served, as the feed's own address tells; empty where it does not."""
    for link in channel.findall(f"{{{ATOM}}}link"):
        address = (link.get("href") or "").strip()
        if link.get("rel") == "self" and address.endswith(f"/{FEED}"):
            return address[: -len(FEED)]
    return ""


def check_channel(channel: Element, findings: Findings) -> None:
    """Look at the elements of the channel."""
    for name in ("title", "link", "description", "language"):
        if not (channel.findtext(name) or "").strip():
            findings.error(FEED, f"the channel has no <{name}>", REBUILD)
    for name in ("image", "category", "explicit"):
        if channel.find(f"{{{ITUNES}}}{name}") is None:
            findings.error(FEED, f"the channel has no <itunes:{name}>", REBUILD)
    if not (channel.findtext(f"{{{ITUNES}}}author") or "").strip():
        findings.warning(FEED, "nobody is named as its author", _SET)
    if not (channel.findtext(f"{{{PODCAST}}}guid") or "").strip():
        findings.warning(FEED, "the channel has no <podcast:guid>", REBUILD)
    check_description(channel, FEED, findings)
    check_persons(channel, FEED, findings)
    _check_address(channel, findings)
    for category in channel.findall(f"{{{ITUNES}}}category"):
        _check_category(category, findings)
    image = channel.find("image")
    if image is not None:
        for name in ("url", "title", "link"):
            if not (image.findtext(name) or "").strip():
                findings.error(FEED, f"the channel's <image> has no <{name}>", REBUILD)
    if not channel.findall("item"):
        findings.warning(FEED, "there is no episode yet", "add one with 'voxpress feed add'")


def check_description(parent: Element, where: str, findings: Findings) -> None:
    """Whether a description is as long as directories read."""
    size = len(unescape(parent.findtext("description") or "").encode())
    if size > DESCRIPTION_BYTES:
        findings.warning(
            where, f"<description> has {size} bytes", f"directories cut it at {DESCRIPTION_BYTES}"
        )


def check_persons(parent: Element, where: str, findings: Findings) -> None:
    """Whether the persons' roles are those of the Podcast Taxonomy."""
    for person in parent.findall(f"{{{PODCAST}}}person"):
        for attribute, known in (("role", ROLES), ("group", GROUPS)):
            value = (person.get(attribute) or "").strip().lower()
            if value and value not in known:
                findings.warning(
                    where, f"'{value}' is no {attribute} of the Podcast Taxonomy", "clients will not know it"
                )


def _check_address(channel: Element, findings: Findings) -> None:
    links = [link for link in channel.findall(f"{{{ATOM}}}link") if link.get("rel") == "self"]
    base = base_of(channel)
    if not links:
        findings.warning(
            FEED,
            "it does not say where it is served, so its addresses are relative, which many clients cannot follow",
            "set --base-url",
        )
    elif not base or not is_absolute(base) or urlsplit(base).scheme not in ("http", "https"):
        findings.error(
            FEED, f"its own address is '{links[0].get('href')}'", "set --base-url to an http(s) address"
        )
    hidden = (channel.findtext(f"{{{ITUNES}}}block") or "").strip().lower() == "yes"
    if not hidden and base.startswith("http:"):
        findings.warning(FEED, "it is public and served without encryption", "directories ask for https")
    if not hidden and channel.find(f"{{{ITUNES}}}owner/{{{ITUNES}}}email") is None:
        findings.warning(
            FEED, "it is public and names no e-mail address", "directories prove ownership by one"
        )


def _check_category(category: Element, findings: Findings) -> None:
    main = (category.get("text") or "").strip()
    subs = [(sub.get("text") or "").strip() for sub in category.findall(f"{{{ITUNES}}}category")]
    for sub in subs or [""]:
        try:
            found = parse_category(f"{main} > {sub}" if sub else main)
        except SettingsError as error:
            findings.error(FEED, str(error).rstrip("."), _SET)
            continue
        if found != (main, sub):
            findings.error(
                FEED, f"Apple writes the category '{main}' as '{' > '.join(filter(None, found))}'", REBUILD
            )
