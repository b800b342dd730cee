"""Files of web addresses: what browsers write, lists, OPML, and what strangers make of them."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from pipeline import limits
from pipeline.errors import SourceBroken, SourceEmpty, SourceError, SourceTooLarge
from pipeline.ingest.links import addresses_in, is_link, is_list, read_links

PAGE = "https://example.org/an-article?a=1&b=2#part"
SHORTCUT = f"[{{000214A0}}]\r\nProp3=19,11\r\n[InternetShortcut]\r\nIDList=\r\nURL={PAGE}\r\n"
OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="Folder">
    <outline text="A page" type="link" url="https://example.org/one"/>
    <outline text="A feed" type="rss" xmlUrl="https://example.org/feed.xml" htmlUrl="https://example.org/"/>
  </outline>
  <outline text="Another" url="https://example.org/two"/>
  <outline text="Other list" type="include" url="https://example.org/other.opml"/>
</body></opml>"""


def test_the_name_says_what_it_is() -> None:
    assert is_link("Article.URL")
    assert is_link("a.webloc")
    for name in ("urls.txt", "to read.urls.txt", "feeds.OPML"):
        assert is_list(name)
    assert not is_list("my urls.txt")
    assert not is_link("a.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "cp1252"])
def test_a_windows_shortcut(encoding: str) -> None:
    assert read_links("a.url", SHORTCUT.encode(encoding)) == (PAGE,)


@pytest.mark.parametrize("kind", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_a_mac_web_location(kind: plistlib.PlistFormat) -> None:
    assert read_links("a.webloc", plistlib.dumps({"URL": PAGE}, fmt=kind)) == (PAGE,)


def test_a_list_has_an_address_a_line_each_once() -> None:
    text = f"# to read\n\n  {PAGE}  \r\nhttp://example.org/b\n{PAGE}\n"
    assert read_links("my.urls.txt", text.encode("utf-8-sig")) == (PAGE, "http://example.org/b")


def test_opml_has_pages_and_feeds() -> None:
    assert read_links("a.opml", OPML.encode()) == (
        "https://example.org/one",
        "https://example.org/feed.xml",
        "https://example.org/two",
    )


def test_a_file_is_one_of_links_by_its_name_or_by_having_nothing_else(tmp_path: Path) -> None:
    def leads(name: str, text: str) -> tuple[str, ...] | None:
        (tmp_path / name).write_text(text)
        return addresses_in(str(tmp_path / name))

    assert leads("a.url", SHORTCUT) == (PAGE,)
    assert leads("urls.txt", PAGE) == (PAGE,)
    assert leads("to read.txt", f"# Sunday\n{PAGE}\n\nhttp://example.org/b\n") == (
        PAGE,
        "http://example.org/b",
    )
    assert leads("a story.txt", f"See {PAGE}\n") is None
    assert leads("another.txt", f"{PAGE}\nis a page that I read.\n") is None
    assert leads("empty.txt", "") is None
    assert addresses_in(str(tmp_path / "missing.url")) is None
    assert addresses_in("https://example.org/urls.txt") is None
    with pytest.raises(SourceBroken, match="Line 2"):
        leads("mine.urls.txt", f"{PAGE}\nnot one\n")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.url", b"", "no web address"),
        ("a.url", b"[InternetShortcut]\nURL=\n", "no web address"),
        ("a.url", b"URL=https://example.org/\n", "no internet shortcut"),
        ("a.url", b"[InternetShortcut]\nURL=file:///etc/passwd\n", "no http"),
        ("a.url", b"[InternetShortcut]\nURL=javascript:alert(1)\n", "no http"),
        ("a.url", b"[InternetShortcut]\nURL=https://[::1\n", "no http"),
        ("a.webloc", b"\0\1\2", "property list"),
        ("a.webloc", b"bplist00" + b"\xff" * 40, "property list"),
        ("a.webloc", plistlib.dumps(["x"]), "no web address"),
        ("a.urls.txt", b"https://example.org/a\nnot one\n", "Line 2"),
        ("a.urls.txt", b"https://example.org/a b\n", "Line 1"),
        ("a.opml", b"not xml at all", "XML"),
        ("a.opml", b"<html><body/></html>", "something else"),
    ],
)
def test_what_leads_nowhere_is_refused_with_a_sentence(name: str, data: bytes, said: str) -> None:
    with pytest.raises((SourceBroken, SourceEmpty), match=said) as caught:
        read_links(name, data)
    assert str(caught.value).endswith(".")
    assert name in str(caught.value)


@pytest.mark.parametrize("data", [b"# nothing\n", b"\n", b""])
def test_an_empty_list_is_refused(data: bytes) -> None:
    with pytest.raises(SourceEmpty, match="names no web address"):
        read_links("a.urls.txt", data)


def test_sizes_are_bounded() -> None:
    with pytest.raises(SourceTooLarge, match="4 MB"):
        read_links("a.urls.txt", b"#" * (limits.LINK_FILE_BYTES + 1))
    many = "".join(f"https://example.org/{n}\n" for n in range(limits.LINKS + 1))
    with pytest.raises(SourceTooLarge, match="1000 addresses"):
        read_links("a.urls.txt", many.encode())
    with pytest.raises(SourceBroken):
        read_links("a.urls.txt", b"https://example.org/" + b"x" * limits.LINK_CHARACTERS)


BODY = b'<opml><body><outline url="&h;"/></body></opml>'


@pytest.mark.parametrize("name", ["a.opml", "a.webloc"])
@pytest.mark.parametrize("outside", [True, False])
def test_entities_are_not_expanded(name: str, outside: bool) -> None:
    levels = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(7))
    inside = b'<!ENTITY a "aaaaaaaaaa">' + levels
    entities = b'<!ENTITY h SYSTEM "file:///etc/passwd">' if outside else inside
    data = b'<?xml version="1.0"?><!DOCTYPE x [' + entities + b"]>" + BODY
    with pytest.raises(SourceError) as caught:
        read_links(name, data)
    assert len(str(caught.value)) < 300
    assert "root:" not in str(caught.value)
