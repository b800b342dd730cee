"""What pages have in common that play a recording and show each word of its text as it is said.

``parts/`` holds their style, pieces of their documents and pieces of their scripts; nothing is compiled. A page puts
them together with what is its own: its scripts follow those of here, all are one function, and they define what these
ask of them: ``PANELS``, ``sectionsOf`` (a chapter's words), ``opened``, ``finished``, ``inView``, ``nameOf``,
``speedKey``, ``showTitles``, ``showOnward`` and ``search``.

A page's policy names its script and its style by their hashes (Content Security Policy Level 3); texts stand in data
that browsers do not run, and scripts make text of them and never markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

SCRIPTS = ("chapter", "place", "text", "player", "follow", "find", "panels", "keys", "controls")
"""The pieces of the script that all pages have, in order."""


@cache
def part(package: str, name: str) -> str:
    """A text file that lies in a package."""
    return resources.files(package).joinpath(*name.split("/")).read_text(encoding="utf-8")


@cache
def style(package: str = "", name: str = "") -> str:
    """The pages' style, followed by that of one page where it is named."""
    return part(__name__, "parts/player.css") + (part(package, name) if package else "")


@cache
def script(package: str, names: Sequence[str]) -> str:
    """The pieces that all pages have, then the page's own, as one function that no other script can reach into."""
    pieces = [part(__name__, f"parts/{name}.js") for name in SCRIPTS]
    body = "\n".join([*pieces, *(part(package, name) for name in names)])
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def fragments(unit: str, name: str = "span") -> dict[str, str]:
    """What stands in every page's document, by its name there.

    ``unit``: what the player's line is about; ``name``: the element that has the name of what is played.
    """
    player = filled(part(__name__, "parts/player.html"), {"unit": unit, "name": name})
    return {
        "player": player,
        "view": part(__name__, "parts/view.html"),
        "keys": part(__name__, "parts/keys.html"),
    }


def filled(template: str, fill: Mapping[str, str]) -> str:
    """``template`` with each ``{{name}}`` replaced by what ``fill`` has for it, which must be markup already."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: fill[found[1]], template)
