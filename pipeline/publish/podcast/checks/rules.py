"""What the specifications say about each element, as tables.

- RSS 2.0 (RSS Advisory Board, 2.0.11)
- Apple, "A Podcaster's Guide to RSS" (``itunes``)
- Podcast Index, "RSS Namespace Extension for Podcasting" 1.0 (``podcast``)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CHANNEL, ITEM, CATEGORY, OWNER = "channel", "item", "category", "owner"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an element may stand, how often, and what it says."""

    parents: tuple[str, ...]
    most: int = 1
    """In one parent; 0: any number."""
    required: tuple[str, ...] = ()
    """Attributes it must have."""
    optional: tuple[str, ...] = ()
    value: str = ""
    """What its text must look like, a regular expression; empty: anything."""
    longest: int = 0
    """Characters; 0: no limit."""


_NUMBER = r"\d+(\.\d+)?"
_BOTH = (CHANNEL, ITEM)
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_MEDIUMS = "podcast|music|video|film|audiobook|newsletter|blog|publisher|course"

ITUNES_RULES: dict[str, Rule] = {
    "author": Rule(_BOTH, longest=255),
    "block": Rule(_BOTH, value="Yes|No|yes|no"),
    "category": Rule((CHANNEL, CATEGORY), most=0, required=("text",)),
    "complete": Rule((CHANNEL,), value="Yes|No"),
    "duration": Rule((ITEM,), value=r"\d+|\d+:[0-5]?\d|\d+:[0-5]?\d:[0-5]?\d"),
    "email": Rule((OWNER,), value=r"[^@\s<>]+@[^@\s<>]+"),
    "episode": Rule((ITEM,), value=r"[1-9]\d*"),
    "episodeType": Rule((ITEM,), value="full|trailer|bonus"),
    "explicit": Rule(_BOTH, value="true|false"),
    "image": Rule(_BOTH, required=("href",)),
    "keywords": Rule(_BOTH),
    "name": Rule((OWNER,), longest=255),
    "new-feed-url": Rule((CHANNEL,)),
    "owner": Rule((CHANNEL,)),
    "season": Rule((ITEM,), value=r"[1-9]\d*"),
    "subtitle": Rule(_BOTH, longest=255),
    "summary": Rule(_BOTH, longest=4000),
    "title": Rule(_BOTH, longest=255),
    "type": Rule((CHANNEL,), value="episodic|serial"),
}
PODCAST_RULES: dict[str, Rule] = {
    "alternateEnclosure": Rule((ITEM,), most=0, required=("type",)),
    "block": Rule((CHANNEL,), most=0, optional=("id",), value="yes|no"),
    "chapters": Rule((ITEM,), required=("url", "type")),
    "chat": Rule(_BOTH, required=("server", "protocol")),
    "contentLink": Rule((ITEM,), most=0, required=("href",)),
    "episode": Rule((ITEM,), optional=("display",), value=_NUMBER),
    "funding": Rule((CHANNEL,), most=0, required=("url",), longest=128),
    "guid": Rule((CHANNEL,), value=_UUID),
    "image": Rule(_BOTH, most=0, required=("href",)),
    "images": Rule(_BOTH, required=("srcset",)),
    "license": Rule(_BOTH, optional=("url",), longest=128),
    "liveItem": Rule((CHANNEL,), most=0, required=("status", "start")),
    "location": Rule(_BOTH, most=0, longest=128),
    "locked": Rule((CHANNEL,), optional=("owner",), value="yes|no"),
    "medium": Rule((CHANNEL,), value=f"({_MEDIUMS})L?|mixed"),
    "person": Rule(_BOTH, most=0, optional=("role", "group", "img", "href"), value=r".*\S.*", longest=128),
    "podping": Rule((CHANNEL,)),
    "podroll": Rule((CHANNEL,)),
    "publisher": Rule((CHANNEL,)),
    "remoteItem": Rule((CHANNEL, "podroll", "publisher", "valueTimeSplit"), most=0, required=("feedGuid",)),
    "season": Rule((ITEM,), optional=("name",), value=r"\d+"),
    "socialInteract": Rule((ITEM,), most=0, required=("protocol",)),
    "soundbite": Rule((ITEM,), most=0, required=("startTime", "duration"), longest=128),
    "trailer": Rule((CHANNEL,), most=0, required=("url", "pubdate")),
    "transcript": Rule((ITEM,), most=0, required=("url", "type"), optional=("language", "rel")),
    "txt": Rule(_BOTH, most=0, optional=("purpose",)),
    "updateFrequency": Rule((CHANNEL,), optional=("complete", "dtstart", "rrule"), longest=128),
    "integrity": Rule(("alternateEnclosure",), required=("type", "value")),
    "source": Rule(("alternateEnclosure",), most=0, required=("uri",)),
    "value": Rule(_BOTH, most=0, required=("type", "method")),
    "valueRecipient": Rule(("value", "valueTimeSplit"), most=0, required=("type", "address", "split")),
    "valueTimeSplit": Rule(("value",), most=0, required=("startTime", "duration")),
}
RSS_RULES: dict[str, Rule] = {
    "author": Rule((ITEM,)),
    "category": Rule(_BOTH, most=0, optional=("domain",)),
    "cloud": Rule((CHANNEL,)),
    "comments": Rule((ITEM,)),
    "copyright": Rule((CHANNEL,)),
    "description": Rule((*_BOTH, "image", "textInput")),
    "day": Rule(("skipDays",), most=7),
    "docs": Rule((CHANNEL,)),
    "enclosure": Rule((ITEM,), required=("url", "length", "type")),
    "generator": Rule((CHANNEL,)),
    "guid": Rule((ITEM,), optional=("isPermaLink",), value=r".*\S.*"),
    "height": Rule(("image",)),
    "hour": Rule(("skipHours",), most=24),
    "image": Rule((CHANNEL,)),
    "item": Rule((CHANNEL,), most=0),
    "language": Rule((CHANNEL,), value=r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*"),
    "lastBuildDate": Rule((CHANNEL,)),
    "link": Rule((*_BOTH, "image", "textInput")),
    "managingEditor": Rule((CHANNEL,)),
    "name": Rule(("textInput",)),
    "pubDate": Rule(_BOTH),
    "rating": Rule((CHANNEL,)),
    "skipDays": Rule((CHANNEL,)),
    "skipHours": Rule((CHANNEL,)),
    "source": Rule((ITEM,), required=("url",)),
    "textInput": Rule((CHANNEL,)),
    "title": Rule((*_BOTH, "image", "textInput"), value=r".*\S.*", longest=255),
    "ttl": Rule((CHANNEL,), value=r"\d+"),
    "url": Rule(("image",)),
    "webMaster": Rule((CHANNEL,)),
    "width": Rule(("image",)),
}
GROUPS = frozenset(
    {
        "creative direction",
        "cast",
        "writing",
        "audio production",
        "audio post-production",
        "administration",
        "visuals",
        "community",
        "misc.",
        "video production",
        "video post-production",
    }
)
"""Of the Podcast Taxonomy."""
ROLES = frozenset(
    role.strip()
    for role in """
    director; assistant director; executive producer; senior producer; producer; associate producer;
    development producer; creative director; host; co-host; guest host; guest; voice actor; narrator; announcer;
    reporter; author; editorial director; co-writer; writer; songwriter; guest writer; story editor;
    managing editor; script editor; script coordinator; researcher; editor; fact checker; translator; translater;
    transcriber; logger; studio coordinator; technical director; technical manager; audio engineer;
    remote recording engineer; post production engineer; audio editor; sound designer; foley artist; composer;
    theme music; music production; music contributor; production coordinator; booking coordinator;
    production assistant; content manager; marketing manager; sales representative; sales manager;
    graphic designer; cover art designer; social media manager; consultant; intern; camera operator;
    lighting designer; camera grip; assistant camera; assistant editor
    """.split(";")
)
"""Likewise."""
TRANSCRIPT_TYPES = frozenset(
    {
        "text/vtt",
        "application/x-subrip",
        "application/srt",
        "text/srt",
        "application/json",
        "text/html",
        "text/plain",
    }
)
CHAPTER_TYPES = frozenset({"application/json+chapters", "application/json"})


def fits(rule: Rule, text: str) -> bool:
    """Whether an element may have this text."""
    return not rule.value or re.fullmatch(rule.value, text.strip(), re.DOTALL) is not None
