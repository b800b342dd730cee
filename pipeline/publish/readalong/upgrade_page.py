"""Pages of EPUB 2 (XHTML 1.1, and what converters took for it) as EPUB 3 wants them (HTML in XML).

Tag by tag, in the text of the file: what HTML still has stays as it is written; what it gave up says the same by
``style``, so that the page looks as before (HTML Standard, 16.2 "Non-conforming features": what to use instead).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html.entities import html5
from xml.sax.saxutils import quoteattr

from pipeline.publish.readalong.markup import TOKEN

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_KEPT_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_ATTRIBUTE = re.compile(r"""([^\s=/]+)(?:\s*=\s*("[^"]*"|'[^']*'))?""")
_TITLE = re.compile(r"(<title\b[^>]*)(?:/>|>\s*</title\s*>)", re.I)
_HAS_TITLE = re.compile(r"<title[\s/>]")
_HEAD = re.compile(r"<head\b[^>]*(?<!/)>")
_ADDRESS = re.compile(r"[^\s\"'()\\<>]+")
_LENGTH = re.compile(r"\s*(\d{1,5}(?:\.\d+)?)\s*(%|px)?\s*")

_RENAMED: Mapping[str, tuple[str, str]] = {
    "acronym": ("abbr", ""),
    "big": ("span", "font-size: larger"),
    "center": ("div", "text-align: center"),
    "dir": ("ul", ""),
    "font": ("span", ""),
    "nobr": ("span", "white-space: nowrap"),
    "strike": ("s", ""),
    "tt": ("span", "font-family: monospace"),
}
_FONT_SIZES = ("x-small", "x-small", "small", "medium", "large", "x-large", "xx-large")


def _lines(sides: Iterable[str]) -> str:
    return "; ".join(f"border-{side}: 1px solid" for side in sides)


def _length(value: str) -> str:
    match = _LENGTH.fullmatch(value)
    return f"{match[1]}{match[2] or 'px'}" if match else ""


def _sized(name: str) -> Callable[[str, str], str]:
    return lambda _, value: f"{name}: {length}" if (length := _length(value)) else ""


def _plain(name: str) -> Callable[[str, str], str]:
    return lambda _, value: f"{name}: {value}" if re.fullmatch(r"[#\w\s,.-]+", value) else ""


def _align(tag: str, value: str) -> str:
    value = value.lower().strip()
    if tag in {"img", "table", "object", "iframe"} and value in {"left", "right"}:
        return f"float: {value}"
    if tag in {"img", "object"}:
        return f"vertical-align: {value}" if value in {"top", "middle", "bottom"} else ""
    if tag in {"table", "hr"}:
        return {"center": "margin-left: auto; margin-right: auto", "left": "margin-left: 0"}.get(value, "")
    return f"text-align: {value}" if value in {"left", "right", "center", "justify"} else ""


def _font_size(_: str, value: str) -> str:
    match = re.fullmatch(r"\s*([+-]?)(\d)\s*", value)
    if not match:
        return ""
    if match[1]:
        return f"font-size: {'larger' if match[1] == '+' else 'smaller'}"
    return f"font-size: {_FONT_SIZES[min(max(int(match[2]), 1), 7) - 1]}"


_STYLES: Mapping[str, Callable[[str, str], str]] = {
    "align": _align,
    "valign": _plain("vertical-align"),
    "bgcolor": _plain("background-color"),
    "cellspacing": _sized("border-spacing"),
    "hspace": lambda _, value: f"margin-left: {x}; margin-right: {x}" if (x := _length(value)) else "",
    "vspace": lambda _, value: f"margin-top: {x}; margin-bottom: {x}" if (x := _length(value)) else "",
    "clear": lambda _, value: f"clear: {'both' if value == 'all' else value}" if value.isalpha() else "",
    "nowrap": lambda _, __: "white-space: nowrap",
    "face": _plain("font-family"),
    "text": _plain("color"),
    "frame": lambda _, value: _lines(_FRAMES.get(value.lower(), ())),
    "rules": lambda _, value: "border-collapse: collapse" if value.lower() in _RULES else "",
    "noshade": lambda _, __: "border-style: solid",
    "background": lambda _, value: f'background-image: url("{value}")' if _ADDRESS.fullmatch(value) else "",
    "frameborder": lambda _, value: "border: 0" if value.strip() in {"0", "no"} else "",
    "marginwidth": lambda _, value: f"margin-left: {x}; margin-right: {x}" if (x := _length(value)) else "",
    "marginheight": lambda _, value: f"margin-top: {x}; margin-bottom: {x}" if (x := _length(value)) else "",
    "leftmargin": _sized("margin-left"),
    "rightmargin": _sized("margin-right"),
    "topmargin": _sized("margin-top"),
    "bottommargin": _sized("margin-bottom"),
}
"""Attributes that HTML has on no element any more, as declarations of CSS."""
_DROPPED = frozenset(
    """cellpadding summary char charoff axis compact link vlink alink longdesc lowsrc rev profile version
    scrolling archive classid codebase codetype declare standby codebasetype""".split()
)
"""Attributes that change nothing of how a page looks (a table's padding is its cells', its summary becomes its name),
or what a page without a style sheet cannot say: the colours of links."""
_FRAMES: Mapping[str, tuple[str, ...]] = {
    "above": ("top",), "below": ("bottom",), "lhs": ("left",), "rhs": ("right",), "hsides": ("top", "bottom"),
    "vsides": ("left", "right"), "box": ("top", "bottom", "left", "right"),
    "border": ("top", "bottom", "left", "right"),
}  # fmt: skip
_RULES: Mapping[str, tuple[str, ...]] = {
    "rows": ("top", "bottom"), "cols": ("left", "right"), "all": ("top", "bottom", "left", "right"),
}  # fmt: skip
_SIZED_TAGS = frozenset("img video canvas svg iframe embed object input source rect image".split())


def upgraded_page(source: str, title: str) -> str:
    """A well-formed page of EPUB 2 as one of EPUB 3; ``title`` is for pages that have an empty one."""
    has_charset = False
    parts: list[str] = []
    cells: list[str] = []  # what each open table says of its cells
    taken = set(re.findall(r"""\sid\s*=\s*["']([^"']*)["']""", source))
    for match in TOKEN.finditer(source):
        token = match[0]
        if token.startswith("<!") and not token.startswith(("<!--", "<![")):
            parts.append("<!DOCTYPE html>")
        elif match["close"] is not None:
            name = match["close"]
            if name == "table" and cells:
                cells.pop()
            parts.append(f"</{_RENAMED[name][0]}>" if name in _RENAMED else token)
        elif match["open"] is not None:
            name = match["open"]
            said = cells[-1] if name in {"td", "th"} and cells else ""
            if name == "table" and not match["empty"]:
                cells.append(_of_cells(match["attributes"]))
            token = _tag(name, match["attributes"], match["empty"], taken, said)
            if match["open"] == "meta" and "charset=" in token:
                token = "" if has_charset else token
                has_charset = True
            parts.append(token)
        elif match["text"] is not None and "&" in token:
            parts.append(_ENTITY.sub(_character, token))
        else:
            parts.append(token)
    page = "".join(parts)
    if not _HAS_TITLE.search(page):
        page = _HEAD.sub(lambda found: f"{found[0]}<title>{title}</title>", page, count=1)
    return _TITLE.sub(lambda found: f"{found[1]}>{title}</title>", page, count=1)


def _of_cells(attributes: str) -> str:
    """What a table's attributes say of how its cells look."""
    given = {match[1]: _unquoted(match[2]) for match in _ATTRIBUTE.finditer(attributes)}
    padding = _length(given.get("cellpadding", ""))
    lines = _lines(_RULES.get(given.get("rules", "").lower(), ()))
    return "; ".join(part for part in (f"padding: {padding}" if padding else "", lines) if part)


def _tag(name: str, attributes: str, empty: str, taken: set[str], cell: str = "") -> str:
    """An opening tag; ``cell`` is what the table around a cell says of it."""
    found = [(match[1], match[2]) for match in _ATTRIBUTE.finditer(attributes)]
    given = {key: _unquoted(value) for key, value in found}
    if name == "meta" and "http-equiv" in given:
        return '<meta charset="utf-8"/>' if given["http-equiv"].lower() == "content-type" else ""
    tag, style = _RENAMED.get(name, (name, ""))
    styles, kept, inside = [style, cell], [], ""
    for key, value in found:
        plain = given[key]
        if key == "style":
            continue
        if key == "name" and name in {"a", "img", "object", "form", "applet"}:
            if plain and plain not in taken:
                taken.add(plain)
                if "id" in given:
                    inside = f"<span id={quoteattr(plain)}></span>" if not empty else ""
                else:
                    kept.append(f"id={quoteattr(plain)}")
            continue
        if key == "summary" and plain.strip() and "aria-label" not in given:
            kept.append(f"aria-label={quoteattr(plain)}")
        said = _said(name, key, plain)
        if key == "border" and name == "table" and (length := _length(plain)) not in {"", "0px", "1px"}:
            kept.append('border="1"')
            styles.append(f"border-width: {length}")
        elif said is None:
            kept.append(f"{key}={_resolved(value)}" if value is not None else f'{key}=""')
        else:
            styles.append(said)
    if "style" in given:
        styles.append(given["style"].strip().rstrip(";"))
    if name == "img" and "alt" not in given:
        kept.append('alt=""')
    same = name == tag and len(kept) == len(found) and not inside and "name" not in given
    same = same and not any(styles) and not (name == "table" and "summary" in given)
    if same and "&" not in attributes:
        return f"<{name}{attributes}{empty}>"  # as it was written
    declarations = "; ".join(part for part in styles if part)
    if declarations:
        kept.append(f"style={quoteattr(declarations)}")
    return f"<{tag}{''.join(f' {one}' for one in kept)}{empty}>{inside}"


def _said(tag: str, key: str, value: str) -> str | None:
    """An attribute as CSS, which may be empty; None for one that stays."""
    if key in _DROPPED or (key == "type" and tag == "li") or (key == "language" and tag == "script"):
        return ""
    if key in {"charset", "coords", "shape"} and tag == "a":
        return ""
    if (
        (key == "abbr" and tag != "th")
        or (key == "scope" and tag == "td")
        or (key == "scheme" and tag == "meta")
    ):
        return ""
    if key in _STYLES and not (key == "text" and tag != "body"):
        return _STYLES[key](tag, value)
    if key == "border":
        return _border(tag, value)
    if key in {"width", "height"} and (tag not in _SIZED_TAGS or not value.strip().isdigit()):
        return _sized(key)(tag, value) if tag not in {"svg", "rect", "image"} else None
    if key == "size" and tag in {"font", "hr"}:
        return _font_size(tag, value) if tag == "font" else _sized("height")(tag, value)
    if key == "color":
        return _plain("color")(tag, value)
    if key == "type" and tag == "ul":
        return f"list-style-type: {value.lower()}" if value.lower() in {"disc", "circle", "square"} else ""
    return None


def _border(tag: str, value: str) -> str | None:
    if tag == "table":
        return None if value.strip() in {"", "1"} else ""
    if tag in {"img", "object"}:
        length = _length(value)
        return f"border: {length} solid" if length and not length.startswith("0") else "border: 0"
    return None


def _resolved(quoted: str) -> str:
    return _ENTITY.sub(_character, quoted) if "&" in quoted else quoted


def _unquoted(quoted: str | None) -> str:
    from html import unescape

    return unescape(quoted[1:-1]) if quoted else ""


def _character(match: re.Match[str]) -> str:
    name = match[1]
    character = html5.get(f"{name};")
    if name in _KEPT_ENTITIES:
        return match[0]
    if character is None:
        return f"&amp;{name};"
    return "".join(f"&#{ord(one)};" if one in "<>&\"'" or one.isspace() else one for one in character)


__all__ = ["upgraded_page"]
