"""A page of XHTML as it is written: its text, character by character, with the place in the file of each.

Nothing is parsed into a tree that is then written out again: spans are put into the very text of the file, so
that no byte of it but those spans can change. For that the markup has to be well-formed, which the caller sees to.
Every expression here takes time in proportion to the page, whatever is in it: pages come from strangers.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from itertools import pairwise

from pipeline.publish.readalong.letters import letters

TOKEN = re.compile(
    r"""<!--.*?-->
      | (?P<cdata><!\[CDATA\[.*?\]\]>)
      | <\?.*?\?>
      | <!(?:[^\[<>"']++|"[^"]*+"|'[^']*+'|\[(?:[^\]"']++|"[^"]*+"|'[^']*+')*\])*>
      | </(?P<close>[^\s/>]++)\s*+>
      | <(?P<open>[^\s/<>!?]++)(?P<attributes>(?:[^"'<>/]++|"[^"<]*+"|'[^'<]*+'|/(?!>))*)(?P<empty>/?+)>
      | (?P<text>[^<]++)""",
    re.S | re.X,
)
# Only sets are possessive: groups that are lose characters in Python before 3.11.5. Each alternative begins with
# another character, so that nothing is tried twice all the same.
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_ATTRIBUTE = re.compile(r"""(?<![^\s"'])([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

OPAQUE = frozenset(
    "head title script style template svg math rt rp rtc textarea select option object iframe audio video".split()
)
"""What is inside is no text of the page, or not where a span may stand."""
PHRASING = frozenset(
    """a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark math meter output
    picture q ruby s samp small span strike strong sub sup svg time tt u var wbr""".split()
)
"""Elements that may stand inside a span (HTML Standard, "phrasing content"), as far as books have them."""
_RUBY_PARTS = frozenset(("rt", "rp", "rb", "rtc"))
_INSIDE_OTHERS = frozenset(("source", "track", "param", "area"))
BARREN = frozenset(
    """html head ul ol dl menu table thead tbody tfoot tr colgroup select optgroup object picture iframe
    hgroup frameset""".split()
)
"""Elements whose own text is an error, so that a span in them would be one more."""


@dataclass(slots=True, eq=False)
class Node:
    """An element, or (with an empty ``name``) a run of text between two tags."""

    name: str
    """Local, in lower case."""
    start: int
    """Where it begins in the file."""
    end: int = 0
    """One after its last character, the closing tag included."""
    inner: int = 0
    """One after the opening tag."""
    first: int = 0
    """Its letters in ``Page.text``: the first one's index ..."""
    last: int = 0
    """... and one after the last one's; equal where it has none."""
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    inline: bool = True
    """All that it holds may stand inside a span."""
    classes: tuple[str, ...] = ()
    id: str = ""

    @property
    def ancestors(self) -> Iterator[Node]:
        """Itself, its parent and so on."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


@dataclass(slots=True)
class Page:
    """A document's letters and where each stands."""

    source: str
    """The file."""
    text: str
    """Its letters (see ``letters``), without spaces."""
    starts: array[int]
    """For each letter, where in ``source`` it begins ..."""
    ends: array[int]
    """... and one after its end: an entity takes several characters."""
    runs: list[Node]
    """Runs of text that have letters, in order."""
    root: Node
    ids: dict[str, int]
    """For each id, the index of the first letter behind its opening tag."""
    head: int = -1
    """Where the closing tag of ``head`` begins; -1 where there is none."""


def read_page(source: str) -> Page:
    """Read a file of XHTML. Raises ``ValueError`` where its tags do not fit together."""
    root = Node("", 0, len(source))
    page = Page(source, "", array("l"), array("l"), [], root, {})
    pieces: list[str] = []
    node, at, count, opaque = root, 0, 0, 0
    # Not finditer: it would look for a token at every place behind a broken one.
    while match := TOKEN.match(source, at):
        at = match.end()
        kind = match.lastgroup
        if kind in {"text", "cdata"}:
            run = Node("", match.start(), at, match.start(), count, count, node)
            if not opaque and kind == "text":  # a span in a CDATA section would be text
                for letter, start, end in _letters_of(match[0]):
                    pieces.append(letter)
                    count += len(letter)
                    page.starts.extend([run.start + start] * len(letter))
                    page.ends.extend([run.start + end] * len(letter))
                run.last = count
            if run.last > run.first:
                page.runs.append(run)
            node.children.append(run)
        elif kind == "close":
            name = _local(match["close"])
            if node is root or node.name != name:
                raise ValueError(f"'</{name}>' closes nothing")
            node.end, node.last = at, count
            opaque -= node.name in OPAQUE
            if name == "head":
                page.head = match.start()
            _close(node)
            node = node.parent or root
        elif match["open"] is not None:
            child = _element(match, node, count)
            page.ids.setdefault(child.id, count)
            node.children.append(child)
            if match["empty"]:
                child.end = at
                _close(child)
            else:
                opaque += child.name in OPAQUE
                node = child
    if at != len(source):
        raise ValueError(f"there is a '{source[at : at + 20]}' where a tag should be")
    if node is not root:
        raise ValueError("it ends in the middle of an element")
    page.text = "".join(pieces)
    root.last = count
    return page


def _element(match: re.Match[str], parent: Node, count: int) -> Node:
    node = Node(_local(match["open"]), match.start(), 0, match.end(), count, count, parent)
    for name, double, single in _ATTRIBUTE.findall(match["attributes"]):
        value = double or single
        if name == "id" or (name == "name" and node.name == "a" and not node.id):
            node.id = value
        elif name == "class":
            node.classes = tuple(value.split())
    return node


def _close(node: Node) -> None:
    """Say whether a span may be around what ``node`` holds."""
    allowed = PHRASING | _RUBY_PARTS if node.name == "ruby" else PHRASING
    node.inline = node.name in {"svg", "math"} or all(
        not child.name or (child.inline and child.name in allowed | _INSIDE_OTHERS) for child in node.children
    )


def _letters_of(text: str) -> Iterator[tuple[str, int, int]]:
    """The letters of a run of text, each with its place in it."""
    if "&" not in text:
        yield from letters(text)
        return
    cuts = [(0, 0), *(match.span() for match in _REFERENCE.finditer(text)), (len(text), len(text))]
    for (start, end), (following, _) in pairwise(cuts):
        if end > start:
            for letter, _, _ in letters(_referred(text[start:end])):
                yield letter, start, end
        for letter, begin, stop in letters(text[end:following]):
            yield letter, end + begin, end + stop


def _referred(reference: str) -> str:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return ""
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(f"{name};", "")
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 else ""


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
