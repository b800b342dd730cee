"""What must not be told to everybody: where the files lie on this computer, and keys in addresses."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.ingest.xml import Element
from pipeline.publish.podcast.checks.findings import Findings
from pipeline.publish.podcast.show import FEED

_ADVICE = "take it out of titles, notes and links"
_START = r"(?<![\w.:/%-])"
"""Where a path begins; inside of an address it does not."""
_HOMES = re.compile(_START + r"(?:/(?:home|Users)/|[A-Za-z]:\\Users\\)[^\s\"'<>/\\]+")
_CREDENTIALS = re.compile(r"https?://[^\s/\"'<>@]+@", re.IGNORECASE)
_FILES = re.compile(r"\bfile:/", re.IGNORECASE)


def check_privacy(root: Element, folder: Path, findings: Findings) -> None:
    """Look through all texts and attributes of the feed."""
    places = {str(folder.resolve()), str(Path.home())} - {"/"}
    here = re.compile(_START + f"(?:{'|'.join(map(re.escape, sorted(places)))})" + r"(?![\w-])")
    for element in root.iter():
        for text in (element.text or "", *(str(value) for value in element.attrib.values())):
            if _FILES.search(text):
                findings.error(FEED, "it names a file on a computer", _ADVICE)
            if here.search(text):
                findings.error(FEED, "it tells everybody the name of a folder on this computer", _ADVICE)
            elif _HOMES.search(text):
                findings.warning(FEED, "it tells everybody the name of somebody's folder", _ADVICE)
            if _CREDENTIALS.search(text):
                findings.error(FEED, "it has an address with a name or password in it", _ADVICE)
