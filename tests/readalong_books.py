"""Two small EPUBs that are valid and hard to annotate: one of EPUB 3, one of EPUB 2."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
CSS = """\
p > em { color: #444; }
span { letter-spacing: 0; font-style: normal; }
h1 span { display: block; }
p.drop:first-letter { font-size: 200%; }
.line { display: block; }
"""
STYLE = '<link rel="stylesheet" type="text/css" href="../style.css"/>'

CHAPTER = f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en" lang="en">
<head><title>One</title>{STYLE}</head>
<body>
<!-- a comment with <p> in it -->
<section epub:type="chapter" id="one">
<h1>One: <small>The Quay</small></h1>
<p class="drop"><span>T</span>he boats lay still. He said <em>come here. And then</em> he left.</p>
<p>Nobody sang<a epub:type="noteref" href="#n1" id="r1"><sup>1</sup></a>, not even the cook. It
cost &lt; five&#160;pounds &amp; a <b>l</b>am<i>b</i>. A W<small>ORD</small> of <abbr>Mr.</abbr> Hill&#x2019;s.</p>
<p>Sil&#173;ver, ﬁne and long.<br/>The next line of it.</p>
<div class="verse"><p><span class="line">The tide is out,</span>
<span class="line">the lamp is in,</span> <span class="line">and so to bed.</span></p></div>
<p xml:lang="ja" lang="ja">これは<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>です。次の文。</p>
<p xml:lang="ar" lang="ar" dir="rtl">كان البحر <em>هادئا</em> جدا. ثم جاءت الريح.</p>
<p>The sum <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi><mo>=</mo><mn>2</mn></math> is known.</p>
<table><tr><td>Not read</td><td>1</td></tr></table>
<blockquote><p>A quoted sentence
with <a href="two.xhtml#there">a link to <cite>Two</cite></a> inside.</p></blockquote>
<ul><li>First item.</li><li><p>Second item. It has two sentences.</p></li></ul>
<pre>Short line
another one</pre>
<aside epub:type="footnote" id="n1"><p><a href="#r1">1</a> A note that nobody reads.</p></aside>
</section>
</body></html>
"""
SECOND = f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
<head><title>Two</title>{STYLE}</head>
<body><h1>Two</h1><p id="there">Where the <q>other</q> chapter&#8212;the second&#8212;begins.</p>
<p id="vx-s1">This paragraph has an id that looks like ours.</p></body></html>
"""
NAV = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en" lang="en">
<head><title>Contents</title></head><body><nav epub:type="toc"><ol><li><a href="text/one.xhtml">One</a></li>
<li><a href="text/two.xhtml">Two</a></li></ol></nav></body></html>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<!-- kept -->
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:isbn:9780000000002</dc:identifier>
<dc:title>Harbour Lights</dc:title><dc:language>en</dc:language><dc:creator>Ann Writer</dc:creator>
<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml" properties="mathml"/>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="style.css" media-type="text/css"/></manifest>
<spine><itemref idref="one"/><itemref idref="two"/></spine></package>
"""

DOCTYPE_2 = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
)
OLD = f"""<?xml version="1.0" encoding="utf-8"?>
{DOCTYPE_2}
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr">
<head><title>Un</title><meta http-equiv="Content-Type" content="application/xhtml+xml; charset=utf-8"/></head>
<body><h1 id="un">Le quai</h1>
<p style="color: gray">Il fait <big>grand</big> vent&nbsp;! Rien <tt>ne</tt> bouge &mdash; ni la mer.</p>
<table summary="rien" cellpadding="2" width="50%"><tr><td align="center" valign="top">Un</td></tr></table>
<p>L&eacute;on <acronym title="x">SA</acronym> part. <img src="dot.png" alt="point" width="10" height="10"/></p>
<hr/><ul><li>Un point.</li></ul>
<div><svg xmlns="http://www.w3.org/2000/svg" version="1.1" viewBox="0 0 1 1" width="1" height="1"></svg></div>
</body></html>
"""
OLD_NCX = """<?xml version="1.0" encoding="utf-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head>
<meta name="dtb:uid" content="urn:x:1"/></head>
<docTitle><text>Lumières</text></docTitle><navMap><navPoint id="n1" playOrder="1"><navLabel><text>Le quai</text>
</navLabel><content src="un.html#un"/></navPoint></navMap></ncx>
"""
OLD_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
<dc:identifier id="id" opf:scheme="URI">urn:x:1</dc:identifier><dc:title>Lumières</dc:title>
<dc:language>fr</dc:language><dc:creator opf:role="aut" opf:file-as="Auteur, Ann">Ann Auteur</dc:creator>
<dc:date opf:event="publication">1898</dc:date><dc:date opf:event="modification">2010-01-01</dc:date>
<meta name="cover" content="dot"/></metadata>
<manifest><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="un" href="un.html" media-type="application/xhtml+xml"/>
<item id="dot" href="dot.png" media-type="image/png"/></manifest>
<spine toc="ncx"><itemref idref="un"/></spine>
<guide><reference type="text" title="Texte" href="un.html"/></guide></package>
"""


def new_book(path: Path) -> Path:
    """An EPUB 3: notes, drop caps, verse, ruby, Arabic, formulas."""
    files = {
        "OPS/book.opf": PACKAGE,
        "OPS/nav.xhtml": NAV,
        "OPS/text/one.xhtml": CHAPTER,
        "OPS/text/two.xhtml": SECOND,
        "OPS/style.css": CSS,
    }
    return write(path, CONTAINER, files)


def old_book(path: Path) -> Path:
    """An EPUB 2: entities, elements and attributes that HTML has given up, an NCX."""
    files: dict[str, str | bytes] = {
        "OPS/book.opf": OLD_PACKAGE,
        "OPS/toc.ncx": OLD_NCX,
        "OPS/un.html": OLD,
        "OPS/dot.png": dot(),
    }
    return write(path, CONTAINER, files)


def write(path: Path, container: str, files: Mapping[str, str | bytes]) -> Path:
    """Zip them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", container)
        for name, data in files.items():
            book.writestr(name, data)
    return path


def dot() -> bytes:
    """A picture of one pixel."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()
