"""Which parts of a book are narrated: the one table of front, body and back matter.

Semantics decide where there are any: the EPUB 3 Structural Semantics Vocabulary 1.1 (``epub:type``), its
twin DPUB-ARIA 1.1 (``role="doc-..."``), the landmarks, and the EPUB 2 guide, whose words are the same ones.
Books without them (made from plain HTML, or by a converter) are judged by the title in the table of contents
and by the file's name; both are trusted only when the text is as short, or as list-like, as such a part is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.model import Block, BlockKind, Matter

COVER, TITLE_PAGE, COPYRIGHT, CONTENTS = "cover", "titlepage", "copyright", "contents"
INDEX, BIBLIOGRAPHY, NOTE, LICENCE = "index", "bibliography", "note", "licence"

_FRONT, _BODY, _BACK = Matter.FRONT, Matter.BODY, Matter.BACK

SKIPPED_TYPES: dict[str, str] = {
    "cover": COVER,
    "titlepage": TITLE_PAGE,
    "title-page": TITLE_PAGE,
    "copyright-page": COPYRIGHT,
    "imprint": COPYRIGHT,
    "imprimatur": COPYRIGHT,
    "colophon": COPYRIGHT,
    "credits": COPYRIGHT,
    "other-credits": COPYRIGHT,
    "publisher-colophon": COPYRIGHT,
    "license": LICENCE,
    "toc": CONTENTS,
    "toc-brief": CONTENTS,
    "landmarks": CONTENTS,
    "page-list": CONTENTS,
    "pagelist": CONTENTS,
    "loi": CONTENTS,
    "lot": CONTENTS,
    "loa": CONTENTS,
    "lov": CONTENTS,
    "index": INDEX,
    "index-group": INDEX,
    "index-headnotes": INDEX,
    "index-legend": INDEX,
    "bibliography": BIBLIOGRAPHY,
    "endnotes": NOTE,
    "rearnotes": NOTE,
    "footnotes": NOTE,
    "endnote": NOTE,
    "rearnote": NOTE,
    "footnote": NOTE,
    "annotation": NOTE,
}
"""Semantic type of a section -> the kind under which it is skipped."""

NARRATED_TYPES: dict[str, Matter] = {
    "halftitlepage": _FRONT,
    "dedication": _FRONT,
    "epigraph": _FRONT,
    "foreword": _FRONT,
    "preface": _FRONT,
    "preamble": _FRONT,
    "introduction": _FRONT,
    "acknowledgments": _FRONT,
    "acknowledgements": _FRONT,
    "dramatis-personae": _FRONT,
    "prologue": _BODY,
    "part": _BODY,
    "volume": _BODY,
    "division": _BODY,
    "chapter": _BODY,
    "subchapter": _BODY,
    "epilogue": _BODY,
    "conclusion": _BODY,
    "afterword": _BACK,
    "appendix": _BACK,
    "glossary": _BACK,
    "contributors": _BACK,
}
"""Semantic type of a section that is narrated -> where it stands."""

MATTERS: dict[str, Matter] = {"frontmatter": _FRONT, "bodymatter": _BODY, "backmatter": _BACK}

# The same kind in English, German, French, Spanish, Russian, Chinese, Japanese, Arabic; then Italian, Portuguese,
# Dutch, Polish, Czech, Ukrainian, Swedish, Turkish, Greek, Korean, Hebrew.
_TITLES: dict[str, str] = {
    COVER: """cover|cover page|front cover|back cover|umschlag|titelbild|buchdeckel|couverture
        |première de couverture|quatrième de couverture|cubierta|обложка|封面|封底|表紙|カバー
        |الغلاف|غلاف|copertina|capa|omslag|okładka|obálka|обкладинка|kapak|εξώφυλλο|표지|כריכה""",
    TITLE_PAGE: """title page|titlepage|half title page|titelseite|titelblatt|schmutztitel
        |innentitel|page de titre|página de título|portada|portadilla|титульный лист
        |титульная страница|титул|扉页|书名页|書名頁|扉|صفحة العنوان|frontespizio|folha de rosto|página de rosto
        |titelpagina|strona tytułowa|titulní strana|титульна сторінка|titelsida|başlık sayfası|속표지|עמוד השער""",
    COPYRIGHT: """copyright|copyright page|copyright notice|copyright information|legal notice
        |imprint|colophon|impressum|urheberrecht|rechtliche hinweise|mentions légales
        |droits d auteur|achevé d imprimer|créditos|derechos de autor|aviso legal|página de créditos
        |colofón|авторские права|выходные данные|об авторских правах|版权|版权页|版权信息|版權
        |版權頁|奥付|著作権|著作権表示|حقوق النشر|حقوق الطبع|حقوق الطبع والنشر|بيانات النشر
        |diritti d autore|note legali|colophon|direitos autorais|ficha técnica|auteursrecht|prawa autorskie
        |strona redakcyjna|autorská práva|tiráž|авторські права|upphovsrätt|telif hakkı|künye|πνευματικά δικαιώματα
        |판권|저작권|זכויות יוצרים""",
    LICENCE: """license|licence|uncopyright|project gutenberg license
        |the full project gutenberg license|full project gutenberg license|project gutenberg licence
        |lizenz|licencia|лицензия|许可|许可证|授權|ライセンス|الترخيص|رخصة""",
    CONTENTS: """contents|table of contents|the contents|list of contents|detailed contents
        |brief contents|list of illustrations|list of figures|list of tables|list of maps|inhalt
        |inhaltsverzeichnis|abbildungsverzeichnis|tabellenverzeichnis|verzeichnis der abbildungen
        |table des matières|sommaire|table des illustrations|liste des tableaux|contenido|índice
        |índice general|tabla de contenidos|índice de contenidos|lista de ilustraciones|содержание
        |оглавление|список иллюстраций|目录|目錄|目次|图表目录|المحتويات|فهرس|الفهرس|فهرس المحتويات
        |جدول المحتويات|indice|indice generale|sommario|sumário|conteúdo|inhoud|inhoudsopgave|spis treści|obsah|зміст
        |innehåll|innehållsförteckning|içindekiler|περιεχόμενα|목차|차례|תוכן העניינים|תוכן""",
    INDEX: """index|general index|subject index|index of names|name index|register|sachregister
        |personenregister|namensregister|stichwortverzeichnis|index général|index des noms
        |índice analítico|índice alfabético|índice onomástico|алфавитный указатель
        |предметный указатель|именной указатель|указатель|索引|人名索引|فهرس الأعلام|كشاف
        |indice analitico|indice dei nomi|índice remissivo|indeks|rejstřík|покажчик|sakregister|dizin
        |ευρετήριο|찾아보기|색인|מפתח""",
    BIBLIOGRAPHY: """bibliography|works cited|references|select bibliography|literaturverzeichnis
        |literatur|bibliographie|bibliografie|quellenverzeichnis|références
        |références bibliographiques|bibliografía|referencias|библиография|список литературы
        |литература|参考文献|參考文獻|参考书目|المراجع|المصادر|المصادر والمراجع|قائمة المراجع
        |bibliografia|bibliografie|literatuurlijst|літератури|список літератури|litteratur|kaynakça|βιβλιογραφία
        |참고문헌|ביבליוגרפיה""",
    NOTE: """notes|endnotes|end notes|footnotes|notes and references|anmerkungen|fußnoten|fussnoten
        |endnoten|notes de bas de page|notes de fin|notas|notas al pie|notas finales|примечания
        |сноски|комментарии|注释|註釋|脚注|尾注|注|註|脚註|後注|الهوامش|هوامش|الحواشي|حواشي|ملاحظات
        |note|note a piè di pagina|notas de rodapé|noten|voetnoten|przypisy|poznámky|примітки|noter|notlar|dipnotlar
        |σημειώσεις|주석|미주|각주|הערות""",
}

_MATTER_TITLES: dict[Matter, str] = {
    _FRONT: """dedication|epigraph|foreword|preface|introduction|author s note|translator s note
        |acknowledgments|acknowledgements|dramatis personae|widmung|motto|vorwort|geleitwort
        |einleitung|einführung|danksagung|dédicace|épigraphe|avant propos|préface|introduction
        |remerciements|dedicatoria|epígrafe|prólogo|prefacio|introducción|agradecimientos|посвящение
        |эпиграф|предисловие|введение|вступление|献辞|前言|序|序言|自序|引言|まえがき|はじめに|序文
        |序章|الإهداء|إهداء|مقدمة|المقدمة|تمهيد|توطئة""",
    _BACK: """afterword|appendix|appendices|glossary|about the author|nachwort|anhang|glossar
        |über den autor|postface|annexe|annexes|appendice|glossaire|à propos de l auteur
        |epílogo del autor|apéndice|apéndices|glosario|sobre el autor|послесловие|приложение
        |приложения|словарь|об авторе|后记|後記|跋|附录|附錄|术语表|作者简介|あとがき|解説|付録
        |著者について|خاتمة|ملحق|الملاحق|عن المؤلف""",
}

_NOT_LETTERS = re.compile(r"[\W_]+")
_NUMBERING = re.compile(r"^(?:[0-9]+(?:\.[0-9]+)*|[ivxlc]+|[a-z])\s+")


def plain_title(title: str) -> str:
    """A title in lower case, its punctuation gone: what titles are compared by."""
    return _NOT_LETTERS.sub(" ", title.casefold()).strip()


def unnumbered(title: str) -> str:
    """``plain_title`` without a number in front of it ("2.1. Getting started")."""
    plain = plain_title(title)
    return _NUMBERING.sub("", plain) or plain


_KIND_OF_TITLE = {
    plain_title(title): kind
    for kind, titles in _TITLES.items()
    for title in titles.split("|")
    if title.strip()
}
_MATTER_OF_TITLE = {
    plain_title(title): matter
    for matter, titles in _MATTER_TITLES.items()
    for title in titles.split("|")
    if title.strip()
}

_FILE_WORDS = {
    COVER: {"cover", "coverpage", "bookcover", "frontcover", "backcover"},
    TITLE_PAGE: {"title", "titlepage"},
    COPYRIGHT: {"copyright", "copyrightpage", "imprint", "colophon", "impressum"},
    LICENCE: {"license", "licence", "uncopyright"},
    CONTENTS: {"toc", "contents", "inhaltsverzeichnis"},
    NOTE: {"endnotes", "footnotes", "rearnotes"},
}
_FILE_FILLERS = frozenset(
    {"page", "internal", "front", "back", "book", "ebook", "part", "section", "split", "fm", "bm", "x"}
)
_LETTERS = re.compile(r"[^\W\d_]+")

_LEGAL = re.compile(
    r"©|\(c\)|copyright|all rights reserved|\bisbn\b|licen[sc]e|first published|published by|printed in"
    r"|alle rechte|tous droits|dépôt légal|todos los derechos|depósito legal|все права|版权所有|著作権|無断"
    r"|حقوق",
    re.I,
)
_LONGEST = {COVER: 120, TITLE_PAGE: 250, COPYRIGHT: 2500, LICENCE: 6000}
"""Words that such a part has at most; a longer text under that name is the book's own."""
_LISTS = frozenset({CONTENTS, INDEX})
_LIST_ITEM_WORDS = 18.0
_AMBIGUOUS = frozenset({NOTE})
_NOTE_START = re.compile(r"^[\[(]?(?:\d{1,4}|[*†‡§]+|[a-z])[\])]?[.:)\s]|^[ivxlc]+\.\s", re.I)


def matter_of_types(types: Iterable[str]) -> Matter | None:
    """Where a section of those semantic types stands; None when they do not say.

    What says so outright counts before what merely stands there as a rule.
    """
    types = list(types)
    for table in (MATTERS, NARRATED_TYPES):
        for name in types:
            if name in table:
                return table[name]
    return None


def matter_of_title(title: str) -> Matter | None:
    """Where a narrated part with that title stands; None for any other title."""
    return _MATTER_OF_TITLE.get(plain_title(title))


def kind_of_title(title: str) -> str:
    """The kind that a title in the table of contents names; empty for any other title."""
    return _KIND_OF_TITLE.get(plain_title(title), "")


def kind_of_file(href: str) -> str:
    """The kind that a file is named for ("003_title-page.xhtml"); empty when its name has any other word."""
    stem = href.rpartition("/")[2].rpartition(".")[0].lower()
    words = set(_LETTERS.findall(stem)) - _FILE_FILLERS
    return next((kind for kind, names in _FILE_WORDS.items() if words and words <= names), "")


def looks_like(kind: str, blocks: Sequence[Block], words: int) -> bool:
    """True when a text of that many words can be what its title, its landmark or its file's name says."""
    blocks = without_titles(kind, blocks)
    if not blocks:
        return True  # what stood under it is left out already
    if kind in _LONGEST:
        return words <= _LONGEST[kind]
    if kind in _LISTS:
        return words / len(blocks) <= _LIST_ITEM_WORDS
    if kind in _AMBIGUOUS:
        numbered = sum(1 for block in blocks if _NOTE_START.match(block.text))
        return numbered >= max(1, len(blocks) // 3)
    return True


def without_titles(kind: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that are no headings, and no paragraphs that only bear the name of that kind of part."""
    return [b for b in blocks if b.kind is not BlockKind.HEADING and kind_of_title(b.text) != kind]


def is_legal_page(blocks: Sequence[Block], words: int) -> bool:
    """True for a copyright page that nothing names as one: short, and half of its blocks speak law."""
    if not blocks or words > 600:
        return False
    legal = sum(1 for block in blocks if _LEGAL.search(block.text))
    return legal >= 3 and legal * 2 >= len(blocks)


__all__ = [
    "MATTERS",
    "NARRATED_TYPES",
    "SKIPPED_TYPES",
    "is_legal_page",
    "kind_of_file",
    "kind_of_title",
    "looks_like",
    "matter_of_title",
    "matter_of_types",
    "plain_title",
    "unnumbered",
    "without_titles",
]
