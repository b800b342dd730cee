"""The feed as XML: read safely, and every element where, as often and with what the specifications allow."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from pathlib import Path

from lxml import etree

from pipeline.ingest.xml import Element
from pipeline.limits import SHOW_FEED_BYTES
from pipeline.publish.podcast.checks import rules
from pipeline.publish.podcast.checks.findings import REBUILD, Findings
from pipeline.publish.podcast.checks.folder import read_limited
from pipeline.publish.podcast.namespace import ITUNES, PODCAST
from pipeline.publish.podcast.show import FEED

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
_PREFIXES = {"itunes": ITUNES, "podcast": PODCAST, "atom": ATOM, "content": CONTENT}
_TABLES = {"": rules.RSS_RULES, ITUNES: rules.ITUNES_RULES, PODCAST: rules.PODCAST_RULES}
_OLD_PODCAST = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
_ENCODING = re.compile(r"^<\?xml[^>]*encoding=[\"']([^\"']*)", re.IGNORECASE)


def read_feed(path: Path, findings: Findings) -> Element | None:
    """The root of the feed; none, and a finding, where it cannot be read.

    No entity is resolved and nothing is loaded: a document type is refused before the parser sees it.
    """
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError("it is a link or a folder, not a file")
        text = read_limited(path, SHOW_FEED_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        findings.error(FEED, "it is not UTF-8", REBUILD)
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror or "it cannot be read" if isinstance(error, OSError) else str(error)
        findings.error(FEED, f"it cannot be read ({reason})", REBUILD)
        return None
    declared = _ENCODING.match(text)
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        findings.error(FEED, f"it says that it is {declared[1]}, and is UTF-8", REBUILD)
        return None
    start = text.find("<rss")
    if start < 0 or "<!" in re.sub(r"<!--.*?-->", "", text[:start], flags=re.DOTALL):
        findings.error(FEED, "it is not RSS, or has a document type, which feeds do not have", REBUILD)
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        findings.error(FEED, f"it is not well-formed XML ({' '.join(str(error).split())})", REBUILD)
        return None
    if root.tag != "rss" or root.get("version") != "2.0" or len(root.findall("channel")) != 1:
        findings.error(FEED, "it is not RSS 2.0 with one channel", REBUILD)
        return None
    return root


def check_elements(root: Element, findings: Findings) -> None:
    """Look at every element of the feed that one of the specifications is about."""
    for prefix, uri in root.nsmap.items():
        right = _PREFIXES.get(prefix or "")
        if right and uri not in (right, _OLD_PODCAST if prefix == "podcast" else right):
            findings.error(FEED, f"the prefix '{prefix}' stands for '{uri}'", f"it has to be '{right}'")
    if uri := root.nsmap.get(None):
        findings.error(FEED, f"RSS 2.0 has no namespace, and its elements are in '{uri}'", REBUILD)
    for channel in root.findall("channel"):
        _check_children(channel, FEED, findings)
    for where, item in items_of(root):
        _check_children(item, where, findings)


def items_of(root: Element) -> list[tuple[str, Element]]:
    """The episodes, each with where it stands, as a person finds it."""
    found = []
    for number, item in enumerate(root.findall("channel/item"), start=1):
        title = " ".join((item.findtext("title") or "").split())
        found.append((f"{FEED}, item {number}" + (f" '{title[:60]}'" if title else ""), item))
    return found


def _check_children(parent: Element, where: str, findings: Findings) -> None:
    inside = etree.QName(parent).localname
    inside = rules.ITEM if inside == "liveItem" else inside  # which has what an item has
    counts: Counter[str] = Counter()
    for child in parent:
        if not isinstance(child.tag, str):  # an entity that was not resolved
            findings.error(where, f"'{child.text}' in <{inside}> is no character that XML knows", REBUILD)
            continue
        name = etree.QName(child)
        table = _TABLES.get(name.namespace or "")
        if table is None:
            continue
        counts[child.tag] += 1
        shown = f"{_prefix(name.namespace)}{name.localname}"
        rule = table.get(name.localname)
        if rule is not None:
            _check_element(child, shown, rule, inside, counts[child.tag], where, findings)
        elif name.namespace:
            findings.warning(where, f"<{shown}> is no element of its namespace", "remove it")
        else:
            findings.warning(where, f"<{shown}> is no element of RSS 2.0", "remove it")
        if child.tag != "item":
            _check_children(child, where, findings)


def _check_element(
    element: Element,
    shown: str,
    rule: rules.Rule,
    inside: str,
    count: int,
    where: str,
    findings: Findings,
) -> None:
    if inside not in rule.parents:
        findings.error(where, f"<{shown}> stands in <{inside}>", f"it belongs in {' or '.join(rule.parents)}")
    if rule.most and count > rule.most:
        findings.error(where, f"there is more than one <{shown}>", "leave one of them")
    for attribute in rule.required:
        if not (element.get(attribute) or "").strip():
            findings.error(where, f"<{shown}> has no '{attribute}'", REBUILD)
    text = element.text or ""
    if len(element) == 0 and not rules.fits(rule, text):
        findings.error(where, f"<{shown}> cannot be '{text.strip()[:60]}'", REBUILD)
    if rule.longest and len(text) > rule.longest:
        findings.warning(
            where, f"<{shown}> has {len(text)} characters", f"aggregators cut it at {rule.longest}"
        )


def _prefix(uri: str | None) -> str:
    return next((f"{prefix}:" for prefix, known in _PREFIXES.items() if known == uri), "")
