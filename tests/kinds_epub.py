"""EPUBs as the programs of the world write them, each in the markup that its kind is known for.

Every function writes one small book and returns its path. The sentences are this project's own; the markup
is that of the producers named.
"""

from __future__ import annotations

from pathlib import Path

from tests.helpers_epub import METADATA, page, write_epub


def gutenberg(folder: Path) -> Path:
    """Project Gutenberg: header and licence in boxes, page numbers as anchors, ``fnanchor`` notes, a contents
    table, a chapter that runs over two files, a contents line for the licence."""
    first = page(
        '<section class="pg-boilerplate pgheader" id="pg-header"><h2>The Project Gutenberg eBook of Harbour'
        " Lights</h2><div>This ebook is for the use of anyone anywhere.</div></section>"
        '<h1>Harbour Lights</h1><p class="center">BY<br/>ANN WRITER</p>'
        '<p class="center">LONDON<br/>PRINTED BY NOBODY<br/>1898</p>'
        '<h2>CONTENTS</h2><table summary="contents"><tbody>'
        '<tr><td>I.</td><td><a href="b.xhtml#link_c1" class="pginternal">The Quay</a></td><td>1</td></tr>'
        '<tr><td>II.</td><td><a href="c.xhtml#link_c2" class="pginternal">The Lamp</a></td><td>9</td></tr>'
        "</tbody></table>"
    )
    second = page(
        '<div class="chapter"><h2 id="link_c1">CHAPTER I<br/>THE QUAY</h2>'
        '<p><span class="pagenum"><a id="Page_1">[Pg 1]</a></span><span class="smcap">The</span> boats lay'
        ' still.<a id="FNanchor_1_1"></a><a href="#Footnote_1_1" class="fnanchor">[1]</a> Nobody'
        ' sang.<span class="pagenum" id="Page_2">[2]</span></p>'
        '<div class="footnote"><p><a id="Footnote_1_1"></a><a href="#FNanchor_1_1"><span class="label">[1]'
        "</span></a> They were herring boats.</p></div></div>"
    )
    third = page(
        '<p>The chapter goes on in this file.</p><div class="chapter"><h2 id="link_c2">CHAPTER II<br/>'
        'THE LAMP</h2><p>She lit it.</p><div class="poetry-container"><div class="poetry"><div class="stanza">'
        '<div class="verse indent0">The tide is out,</div><div class="verse indent2">the lamp is in,</div>'
        "</div></div></div></div>"
    )
    last = page(
        '<section class="pg-boilerplate pgfooter" id="pg-footer"><div>*** END OF THE PROJECT GUTENBERG EBOOK'
        " HARBOUR LIGHTS ***</div><h2>THE FULL PROJECT GUTENBERG LICENSE</h2><p>To protect the mission.</p>"
        "</section>"
    )
    toc = [
        ("Harbour Lights", "a.xhtml#pg-header"),
        ("CONTENTS", "a.xhtml"),
        ("CHAPTER I THE QUAY", "b.xhtml#link_c1"),
        ("CHAPTER II THE LAMP", "c.xhtml#link_c2"),
        ("THE FULL PROJECT GUTENBERG LICENSE", "d.xhtml#pg-footer"),
    ]
    documents = {"a.xhtml": first, "b.xhtml": second, "c.xhtml": third, "d.xhtml": last}
    return write_epub(folder / "gutenberg.epub", documents, ncx_toc=toc)


def calibre(folder: Path) -> Path:
    """Converted by calibre: classes for everything, no headings, superscript by style sheet, contents of one
    line."""
    css = (
        ".calibre3 { font-size: 0.7em; vertical-align: super; line-height: normal }\n"
        ".calibre1 { margin: 0; text-indent: 1.5em }\n@media print { .calibre1 { display: none } }"
    )
    chapter = (
        '<div class="calibre"><p class="calibre2"><span class="bold">Chapter {n}</span></p>'
        '<p class="calibre1">The {word} came down to the river'
        '<a id="r{n}"></a><a href="notes.html#n{n}" class="calibre3">{n}</a> and drank.</p>'
        '<blockquote class="calibre5">Then it went away.</blockquote><div class="calibre6"> </div></div>'
    )
    documents = {
        f"part_split_00{n}.html": page(chapter.format(n=n, word=word), body='class="calibre"')
        for n, word in enumerate(("horse", "crow", "child"), 1)
    }
    documents["notes.html"] = page(
        '<p class="calibre2"><span class="bold">Notes</span></p>'
        + "".join(f'<p class="calibre1" id="n{n}">{n}. Said the note of chapter {n}.</p>' for n in (1, 2, 3))
    )
    return write_epub(
        folder / "calibre.epub",
        documents,
        ncx_toc=[("Start", "part_split_001.html")],
        files={"OPS/stylesheet.css": css},
        manifest='<item id="css" href="stylesheet.css" media-type="text/css"/>',
    )


def word(folder: Path) -> Path:
    """Saved by Word as a web page: ``MsoFootnoteReference``, lists of notes by ``mso-element``."""
    content = (
        '<div class="WordSection1"><p class="MsoTitle">Of Salt</p><h1>Of Salt</h1>'
        '<p class="MsoNormal">Salt was a coin.<a href="#_ftn1" name="_ftnref1" title="" id="_ftnref1">'
        '<span class="MsoFootnoteReference"><span style="font-size:10pt">[1]</span></span></a> It is not now.'
        "</p></div>"
        "<div style='mso-element:footnote-list'><br/><hr align='left' size='1' width='33%'/>"
        "<div style='mso-element:footnote' id='ftn1'><p class='MsoFootnoteText'><a href='#_ftnref1' "
        "name='_ftn1' title='' id='_ftn1'><span class='MsoFootnoteReference'>[1]</span></a> So Pliny says.</p>"
        "</div></div>"
    )
    return write_epub(folder / "word.epub", {"a.html": page(content)}, [("Of Salt", "a.html")])


def kindle(folder: Path) -> Path:
    """Unpacked from a Kindle book: anchors as file positions, headings as fonts, notes that link back."""
    body = (
        '<a id="filepos100"></a><p height="1em" align="center"><font size="5"><b>Chapter One</b></font></p>'
        '<p height="0pt" width="1em">The lamp was out.<a id="filepos140"></a><a href="#filepos900">[1]</a> She'
        ' waited<a id="filepos150"></a><a href="#filepos950">[2]</a> for him.</p><mbp:pagebreak/>'
        '<a id="filepos400"></a><p align="center"><font size="5"><b>Chapter Two</b></font></p>'
        '<p width="1em">In [3] of the cases he came.</p>'
        '<a id="filepos880"></a><p><b>Notes</b></p>'
        '<p><a id="filepos900"></a><a href="#filepos140">[1]</a> It was an oil lamp.</p>'
        '<p><a id="filepos950"></a><a href="#filepos150">[2]</a> For two hours.</p>'
    ).replace("<mbp:pagebreak/>", '<mbp:pagebreak xmlns:mbp="http://mobipocket.com/ns/mbp"/>')
    toc = [
        ("Chapter One", "book.html#filepos100"),
        ("Chapter Two", "book.html#filepos400"),
        ("Notes", "book.html#filepos880"),
    ]
    return write_epub(folder / "kindle.epub", {"book.html": page(body)}, ncx_toc=toc)


def indesign(folder: Path) -> Path:
    """Exported by InDesign: a span for each run and letter, ``_idFootnote`` notes, drop caps of their own."""
    letters = "".join(f'<span class="CharOverride-{n}">{c}</span>' for n, c in enumerate("Harbour"))
    content = (
        '<div id="_idContainer001" class="Basic-Text-Frame"><p class="Chapter-Title ParaOverride-1">'
        f"{letters}</p>"
        '<p class="Body-First"><span class="_idGenDropcap-1">M</span><span class="CharOverride-9">orn</span>ing'
        ' came.<span id="footnote-002-backlink" class="_idFootnoteLink _idGenCharOverride-1"><a '
        'class="_idFootnoteLink _idGenColorInherit" href="#footnote-002">1</a></span></p>'
        '<p class="Body"><span class="CharOverride-2">Ex</span>­<span class="CharOverride-2">tra</span>ordinary'
        " news e\ufb03cient.</p>"
        '<div class="_idFootnotes"><div id="footnote-002" class="_idFootnote"><p class="Note"><span '
        'class="_idFootnoteAnchor"><a class="_idFootnoteAnchor" href="#footnote-002-backlink">1</a></span>'
        "\tAt six.</p></div></div></div>"
    )
    return write_epub(folder / "indesign.epub", {"a.xhtml": page(content)}, [("Harbour", "a.xhtml")])


def arabic(folder: Path) -> Path:
    """Arabic, from right to left: notes in Arabic digits, direction marks, a contents by fragment."""
    content = (
        '<h2 id="c1">الفصل الأول</h2><p>خرج الصياد إلى البحر<a id="r1" href="#n1"><sup>(١)</sup></a> فجرا.\u200f</p>'
        '<h2 id="c2">الفصل الثاني</h2><p>عاد في المساء<a id="r2" href="#n2">[٢]</a> ومعه سمكة.</p>'
        '<hr/><p id="n1"><a href="#r1">(١)</a> بحر العرب.</p><p id="n2"><a href="#r2">[٢]</a> أي بعد الغروب.</p>'
    )
    document = page(content, attributes='xml:lang="ar" dir="rtl"')
    toc = [("الفصل الأول", "a.xhtml#c1"), ("الفصل الثاني", "a.xhtml#c2")]
    return write_epub(
        folder / "arabic.epub", {"a.xhtml": document}, toc, metadata=METADATA.replace(">en<", ">ar<")
    )


def japanese(folder: Path) -> Path:
    """Japanese, vertical: ruby of both forms, upright digits, glyphs as pictures, paragraphs broken by ``br``."""
    content = (
        '<div class="main"><p class="oo-midashi" id="m1">一　<ruby>港<rp>（</rp><rt>みなと</rt><rp>）</rp></ruby></p>'
        '<p>　<ruby><rb>漁師</rb><rt>りょうし</rt></ruby>は<span class="tcy">12</span>時に'
        '<a href="notes.xhtml#n1" id="r1"><span class="super">＊１</span></a>起きた。</p>'
        '<p>　「<img class="gaiji" src="g.png" alt="鷗"/>が鳴く」<br/>　彼は言った。'
        "<br/><br/>　海は静かだった。</p></div>"
    )
    notes = '<p class="h1">註</p><p id="n1"><a href="a.xhtml#r1">＊１</a>　夜中の十二時。</p>'
    return write_epub(
        folder / "japanese.epub",
        {
            "a.xhtml": page(content, attributes='xml:lang="ja" class="vrtl"'),
            "notes.xhtml": page(notes, attributes='xml:lang="ja" class="vrtl"'),
        },
        [("一　港", "a.xhtml"), ("註", "notes.xhtml")],
        metadata=METADATA.replace(">en<", ">ja<"),
    )


def chinese(folder: Path) -> Path:
    """A Chinese edition for the readers of its country: notes behind pictures, their text in ``alt``."""
    content = (
        '<h1 class="chapter-title">第一章　渡口</h1><p>　　老人<sup><a class="duokan-footnote" href="#n1" id="r1">'
        '<img alt="注" src="note.png"/></a></sup>坐在船头。</p><p>他有一只狗<img class="qqreader-footnote" '
        'alt="这只狗名叫阿黄。" src="note.png"/>，很老了。</p>'
        '<ol class="duokan-footnote-content"><li class="duokan-footnote-item" id="n1"><p><a href="#r1">◎</a>'
        "年逾七十。</p></li></ol>"
    )
    return write_epub(
        folder / "chinese.epub",
        {"a.xhtml": page(content, attributes='xml:lang="zh-CN"')},
        [("第一章　渡口", "a.xhtml")],
        metadata=METADATA.replace(">en<", ">zh<"),
    )


def omnibus(folder: Path) -> Path:
    """Three works in one volume, each with its own title page, copyright page, contents and notes."""
    documents: dict[str, str] = {"cover.xhtml": page('<img src="c.jpg" alt="Three Works"/>')}
    toc = []
    for n, name in enumerate(("The Mill", "The Weir", "The Ford"), 1):
        documents[f"w{n}_title.xhtml"] = page(f"<h1>{name}</h1><p>Ann Writer</p>")
        documents[f"w{n}_copyright.xhtml"] = page(
            f"<p>Copyright © 19{n}0 Ann Writer</p><p>All rights reserved.</p><p>ISBN 978-0-00-000000-{n}</p>"
        )
        documents[f"w{n}_toc.xhtml"] = page(
            "<h2>Contents</h2>"
            + "".join(f'<p><a href="w{n}_c{c}.xhtml">Chapter {c}</a></p>' for c in (1, 2))
            + f'<p><a href="w{n}_notes.xhtml">Notes</a></p><p><a href="w{n}_title.xhtml">{name}</a></p>'
        )
        for c in (1, 2):
            documents[f"w{n}_c{c}.xhtml"] = page(
                f"<h2>Chapter {c}</h2><p>Water ran past {name.lower()} in the year {c}.<sup>"
                f'<a id="r{c}" href="w{n}_notes.xhtml#n{c}">{c}</a></sup></p>'
            )
        documents[f"w{n}_notes.xhtml"] = page(
            "<h2>Notes</h2>"
            + "".join(f'<p><a id="n{c}" href="w{n}_c{c}.xhtml#r{c}">{c}</a> Of work {n}.</p>' for c in (1, 2))
        )
        toc.append(
            (
                name,
                f"w{n}_title.xhtml",
                [
                    ("Copyright", f"w{n}_copyright.xhtml"),
                    ("Contents", f"w{n}_toc.xhtml"),
                    *((f"Chapter {c}", f"w{n}_c{c}.xhtml") for c in (1, 2)),
                    ("Notes", f"w{n}_notes.xhtml"),
                ],
            )
        )
    return write_epub(folder / "omnibus.epub", documents, [("Cover", "cover.xhtml"), *toc])


def contents_page_only(folder: Path) -> Path:
    """An NCX that says "Start", no headings in the chapters, and a page of links that is the real contents."""
    names = ("Ash", "Birch", "Cedar", "Dogwood", "Elm")
    listed = "".join(f'<p><a href="t{n}.html#top">{n}. {name}</a></p>' for n, name in enumerate(names, 1))
    documents = {
        "start.html": page("<p><b>TREES</b></p><p>by Ann Writer</p>"),
        "index.html": page(f"<p><b>Table of Contents</b></p>{listed}"),
    } | {
        f"t{n}.html": page(f'<p id="top"><b>{n}. {name}</b></p><p>A tree stood here and was an {name}.</p>')
        for n, name in enumerate(names, 1)
    }
    return write_epub(
        folder / "contents.epub",
        documents,
        ncx_toc=[("Start", "start.html")],
        extra='<guide><reference type="toc" href="index.html" title="Contents"/></guide>',
    )


def every_section(folder: Path) -> Path:
    """A handbook whose contents list every subsection, parts and chapters that begin at one place."""
    content = (
        '<section id="p1"><h1>Part One: Tools</h1><section id="c1"><h2>1 Hammers</h2>'
        '<section id="s11"><h3>1.1 Heads</h3><p>Steel.</p></section>'
        '<section id="s12"><h3>1.2 Handles</h3><p>Ash, see <a href="#s11">1.1</a>.</p>'
        '<section id="s121"><h4>1.2.1 Length</h4><p>A forearm.</p></section></section></section></section>'
    )
    second = "<h1>Part Two: Work</h1><h2>2 Nails</h2><p>Drive them.</p><h2>3 Pegs</h2><p>Turn them.</p>"
    toc = [
        (
            "Part One: Tools",
            "a.xhtml#p1",
            [
                (
                    "1 Hammers",
                    "a.xhtml#c1",
                    [
                        ("1.1 Heads", "a.xhtml#s11"),
                        ("1.2 Handles", "a.xhtml#s12", [("1.2.1 Length", "a.xhtml#s121")]),
                    ],
                )
            ],
        ),
        ("Part Two: Work", "b.xhtml", [("2 Nails", "b.xhtml"), ("3 Pegs", "b.xhtml#gone")]),
    ]
    return write_epub(folder / "sections.epub", {"a.xhtml": page(content), "b.xhtml": page(second)}, toc)


def fiction_book(folder: Path) -> Path:
    """Made from FictionBook: titles in boxes, notes in sections titled by their number, epigraphs."""
    chapter = (
        '<div class="title2"><p class="p">Глава {n}</p><p class="p">{name}</p></div>'
        '<div class="epigraph"><p class="p">Вода камень точит.</p><p class="text-author">Пословица</p></div>'
        '<p class="p">Он вышел к реке<a class="anchor" href="notes.html#n_{n}" id="anchor_n_{n}"><sup>[{n}]</sup>'
        "</a> и сел.</p>"
    )
    notes = '<div class="title1"><p class="p">Примечания</p></div>' + "".join(
        f'<div class="note_section"><h1 class="note_title" id="n_{n}">{n}</h1><p class="p">Это примечание.</p>'
        "</div>"
        for n in (1, 2)
    )
    documents = {
        "c1.html": page(chapter.format(n=1, name="Берег")),
        "c2.html": page(chapter.format(n=2, name="Лодка")),
        "notes.html": page(notes),
    }
    toc = [("Глава 1. Берег", "c1.html"), ("Глава 2. Лодка", "c2.html"), ("Примечания", "notes.html")]
    return write_epub(folder / "fb2.epub", documents, ncx_toc=toc, metadata=METADATA.replace(">en<", ">ru<"))


def docbook(folder: Path) -> Path:
    """Made from DocBook: markers in brackets around the link, numbers of notes that repeat."""
    content = (
        '<div class="chapter" title="Chapter 1"><div class="titlepage"><div><div><h2 class="title"><a id="ch1">'
        '</a>Chapter 1. Ropes</h2></div></div></div><p>A knot<sup>[<a id="id42" href="#ftn.id42">1</a>]</sup>'
        ' holds H<sub>2</sub>O at 4 m<sup>2</sup>.</p><div class="footnotes"><br/><hr/><div class="footnote">'
        '<p><sup>[<a id="ftn.id42" href="#id42">1</a>] </sup>A bowline.</p></div></div></div>'
    )
    return write_epub(
        folder / "docbook.epub", {"ch01.html": page(content)}, ncx_toc=[("1. Ropes", "ch01.html")]
    )


def scripture(folder: Path) -> Path:
    """Verses with their numbers raised before them, chapter numbers, no links."""
    verses = "".join(
        f'<span class="verse"><sup class="v">{n}</sup>{text}</span> '
        for n, text in enumerate(("In that year it rained.", "The wells rose.", "And 40 men drank."), 1)
    )
    plain = "".join(
        f"<p><sup>{n}</sup> {text}</p>"
        for n, text in enumerate(("Hear the river.", "It is old.", "It is 3 miles long."), 4)
    )
    return write_epub(
        folder / "scripture.epub",
        {"a.xhtml": page(f"<h2>The Book of Wells 1</h2><p>{verses}</p>{plain}")},
        [("The Book of Wells 1", "a.xhtml")],
    )


def unlinked_notes(folder: Path) -> Path:
    """Raised numbers without links after words and full stops, the notes at the end of the chapter; references
    whose file is not in the book; one with a link to a whole document."""
    content = (
        "<h2>Sheep</h2><p>They graze.<sup>1</sup> They are shorn<sup>2</sup> in June, over 30 m<sup>2</sup>"
        ' and x<sup>2</sup>.</p><p>Dogs help.<sup>3</sup> Men rest.<sup><a href="gone.xhtml#n4">4</a></sup> Women '
        'card.<sup><a href="notes.xhtml">5</a></sup> The end came<a href="notes.xhtml#n6">6</a>.</p>'
    )
    notes = '<h2>Notes</h2><p>1. On grass.</p><p>2. With shears.</p><p id="n6">6. Late.</p>'
    return write_epub(
        folder / "unlinked.epub",
        {"a.xhtml": page(content), "notes.xhtml": page(notes)},
        [("Sheep", "a.xhtml"), ("Notes", "notes.xhtml")],
    )


def drama(folder: Path) -> Path:
    """A play in plain paragraphs, lists and classes."""
    content = (
        '<h2>ACT I</h2><p class="scene">SCENE I. A quay.</p><p class="stage">[Enter NED.]</p>'
        '<p><b>NED.</b> Who is there?</p><p class="speaker">ANN.</p><p class="speech">Only I.</p>'
        "<dl><dt>NED.</dt><dd>Come in.</dd></dl>"
        '<div class="sp"><span class="speaker">ANN</span><div class="l">The night is long,</div>'
        '<div class="l">the wind is strong.<span class="lineno">5</span></div></div>'
    )
    return write_epub(folder / "drama.epub", {"a.xhtml": page(content)}, [("ACT I", "a.xhtml")])


KINDS = (
    gutenberg, calibre, word, kindle, indesign, arabic, japanese, chinese, omnibus, contents_page_only,
    every_section, fiction_book, docbook, scripture, unlinked_notes, drama,
)  # fmt: skip
