"""What stands among an article's paragraphs and is not of it: related stories, invitations, buttons, bylines.

Three things tell: what an element is called (roles, classes, ids), how much of a text is links, and set phrases
that such texts begin with. None of them alone takes out a passage of prose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from pipeline.ingest.blocks_kinds import word_set
from pipeline.ingest.web_units import Unit, tokens_of
from pipeline.ingest.xml import Element

CALL_TOKENS = 60
"""A text of more tokens is not an invitation, whatever it begins with."""
LABEL_TOKENS = 14
"""Nor a byline, a date or a line of tags."""
MOSTLY_LINKS = 0.8
QUOTED_TOKENS = 6
"""A pull quote repeats at least as many tokens of the article."""

_NAMES = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|recommend\w*|you-?may-?(?:also-?)?like|read-?(?:more|next|also)|"
    r"most-?(?:read|popular)|trending|popular-posts|newsletter\w*|sign-?up\w*|subscri(?:be|ption)\w*|mailing-?list|"
    r"paywall\w*|share|sharing|share(?:bar|buttons|links|tools)|sharedaddy|addtoany|social-?(?:share|links|icons|media|"
    r"buttons|follow|bar)|follow-?us|promo\w*|advert\w*|ads?|adsbygoogle|sponsor\w*|cookies?|consent|gdpr|popup|modal|"
    r"breadcrumbs?|tags|tag-?(?:list|links|cloud)|post-tags|entry-tags|author-?(?:bio|box|info|card)|about-?author|"
    r"comments?|comment-?(?:list|form)|disqus\w*|outbrain|taboola|pagination|pager|page-links|print-?only|"
    r"screen-reader-text|visually-?hidden|sr-only|byline|dateline-?meta|post-?meta|entry-?meta|article-?meta)"
    r"(?=$|[\s_-])"
)
_REMARK = re.compile(
    r"note|tip|warning|caution|important|info|hint|callout|admonition|example|definition|remark"
)
_ROLES = frozenset({"navigation", "complementary", "contentinfo", "banner", "search", "dialog", "form"})
_RELATED = re.compile(
    r"^[\W_]*(?:related(?: (?:article|stor(?:y|ies)|post|content|coverage|link|reading|video|topic)s?)?\b|"
    r"read (?:also|more|next|this)\b|also read\b|see also\b|more (?:from|on|stories|about|coverage)\b|"
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested)|recommended\b|don['’]t miss\b|trending\b|"
    r"most (?:read|popular|viewed)\b|further reading\b|up next\b|now read\b|"
    r"lesen sie (?:auch|mehr)|mehr (?:zum thema|dazu|lesen)|das k[öo]nnte (?:sie|dich) (?:auch )?interessieren|"
    r"auch interessant|siehe auch|weiterlesen|"
    r"(?:à )?lire (?:aussi|également|la suite)|voir aussi|sur le même sujet|articles? (?:liés|similaires|connexes)|"
    r"(?:lea|lee|leer|ver|vea|mira) (?:también|más)|te puede interesar|noticias relacionadas|"
    r"(?:leia|veja|confira) (?:também|mais)|saiba mais|leggi anche|potrebbe interessarti|articoli correlati|"
    r"(?:читайте|смотрите|читать) (?:также|ещё|еще|далее)|по теме|похожие (?:статьи|материалы|новости)|"
    r"(?:ещё|еще) по теме|lees ook|meer over|czytaj (?:też|także|również|więcej)|zobacz (?:też|także|również)|"
    r"läs (?:även|också|mer)|les også|læs også|baca juga|đọc thêm|xem thêm|i̇lgili haber|"
    r"相关(?:阅读|新闻|文章|报道|推荐)|延伸阅读|推荐阅读|相關(?:閱讀|新聞|文章)|関連(?:記事|ニュース)|あわせて読みたい|"
    r"관련 ?(?:기사|뉴스)|(?:اقرأ|إقرأ) أيضا|مواضيع ذات صلة)",
    re.I,
)
_CALL = re.compile(
    r"(?:^|[.!?…]\s+|\W\s)(?:(?:please |you can )?(?:subscribe|sign up|register) (?:to|for|now|here|today|and)\b|"
    r"(?:get|receive) .{0,60}\b(?:inbox|newsletter|e-?mail|every (?:week|month|day|morning)|letterbox)\b|"
    r"(?:enter|type) your e-?mail|follow (?:us|me|him|her|them) on\b|follow @\w+|"
    r"follow \w+(?: \w+)? on (?:twitter|facebook|instagram|youtube|telegram|linkedin|mastodon|tiktok|bluesky|x)\b|"
    r"like us on\b|"
    r"join (?:our|the) (?:newsletter|mailing list|community|conversation|discussion)|join us on\b|"
    r"share (?:this|on|via)\b|tell us what you think|leave a (?:comment|reply)|comments are closed|"
    r"click here (?:to|for) (?:subscribe|sign|join|more|get|read|download)|download (?:our|the) app\b|"
    r"(?:we|this (?:web)?site|our (?:web)?site) uses? cookies|by (?:continuing|clicking|signing up|subscribing)\b|"
    r"(?:article|story) continues (?:below|after)|advertisement$|scroll (?:down )?to continue|"
    r"support (?:us|our work|independent)|all rights reserved|"
    r"the post .{0,200} (?:appeared first|first appeared) on\b|"
    r"abonnieren sie|melden sie sich .{0,30}an\b|folgen sie uns|teilen sie|"
    r"abonnez-vous|inscrivez-vous|suivez-nous|partagez|suscríbe(?:te|ase)|síguenos|compart[ea]\b|"
    r"assine\b|inscreva-se|siga-nos|receba .{0,40}\b(?:newsletter|boletim)|"
    r"recevez .{0,40}\b(?:newsletter|e-?mail)|laissez un commentaire|recib[ae] .{0,40}\b(?:correo|bolet[íi]n)|"
    r"deja (?:tu|un) comentario|schreiben sie uns|оставьте (?:свой )?комментарий|"
    r"iscriviti|seguici|подпи(?:шитесь|сывайтесь)|следите за нами|поделит(?:ься|есь)|"
    r"订阅|关注我们|分享到|扫码|購読|フォロー(?:する|して)|구독)",
    re.I,
)
_LABEL_WORDS = word_set(
    """by on at in and the of am pm et est edt pst pdt gmt utc cet amt ist published updated posted last modified
    written author date time min mins minute minutes read reading tags tag tagged filed under category categories
    topics share comments comment views print email
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september
    october november december mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    von um uhr veröffentlicht aktualisiert stand lesezeit minuten januar februar märz mai juni juli oktober dezember
    par le à publié mis jour janvier février mars avril juin juillet août septembre octobre novembre décembre
    por el publicado actualizado enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre de em às publicada atualizado janeiro fevereiro março maio junho julho setembro outubro novembro
    dezembro tempo leitura minuto minutos di il pubblicato gennaio febbraio aprile maggio giugno luglio settembre
    ottobre dicembre автор опубликовано обновлено января февраля марта апреля мая июня июля августа сентября октября
    ноября декабря категория теги рубрика categoria etiquetas 年 月 日 作 者 时 间 来 源 发 布 作者"""
)


def furniture(units: Sequence[Unit], names: Collection[str] | None) -> set[int]:
    """The indices of ``units``, which are an article's, that are not to be narrated with it.

    ``names`` are texts known of the page (authors, site, categories): a line that says nothing else is a label.
    Without names only what is surely furniture is named.
    """
    out = _named(units)
    out |= _related(units)
    out |= {i for i, unit in enumerate(units) if _is_call(unit)}
    if names is None:
        return out
    out |= _labels(units, names, out)
    out |= _pull_quotes(units, out)
    out |= _trailing_links(units, out)
    return out


def _named(units: Sequence[Unit]) -> set[int]:
    """Units in elements that are named as furniture, unless most of the article is in there."""
    holds: Counter[Element] = Counter()
    for unit in units:
        for element in (unit.block, *unit.block.iterancestors()):
            holds[element] += len(unit.tokens)
    total = sum(len(unit.tokens) for unit in units)
    verdicts: dict[Element, bool] = {}

    def is_furniture(element: Element) -> bool:
        if element not in verdicts:
            verdicts[element] = holds[element] < 0.3 * total and _is_named(element)
        return verdicts[element]

    return {
        i
        for i, unit in enumerate(units)
        if any(is_furniture(element) for element in (unit.block, *unit.block.iterancestors()))
    }


def _is_named(element: Element) -> bool:
    if element.tag in ("nav", "footer", "form", "button", "dialog") or element.get("role") in _ROLES:
        return True
    if element.tag == "aside":  # of a manual it is a part, of a news page hardly ever
        return not _REMARK.search((element.get("class") or "").lower())
    written = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
    return bool(written) and element.tag not in ("html", "body") and bool(_NAMES.search(written.lower()))


def _related(units: Sequence[Unit]) -> set[int]:
    """Lines that lead to other articles: links behind a set phrase, and lists of links below one."""
    out: set[int] = set()
    below = False
    for i, unit in enumerate(units):
        if below and unit.link_share >= MOSTLY_LINKS:
            out.add(i)
            continue
        below = False
        found = _RELATED.match(unit.text)
        if not found or len(unit.tokens) > CALL_TOKENS:
            continue
        rest = tokens_of(unit.text[found.end() :])
        nexts = units[i + 1] if i + 1 < len(units) else None
        if len(rest) <= 4 and nexts is not None and nexts.link_share >= MOSTLY_LINKS:
            below = True
            out.add(i)
        elif unit.link_share >= 0.5 or (len(rest) == 0 and nexts is None):
            out.add(i)
    return out


def _is_call(unit: Unit) -> bool:
    """An invitation of the site to its reader: short, with a set phrase, and with a link or on its own."""
    if len(unit.tokens) > CALL_TOKENS or unit.whole:
        return False
    found = _CALL.search(unit.text)
    return found is not None and (unit.anchors > 0 or found.start() <= 2 or len(unit.tokens) <= 12)


def _labels(units: Sequence[Unit], names: Collection[str], out: Collection[int]) -> set[int]:
    """Lines above the first and below the last paragraph that are bylines, dates, categories and no more."""
    known = {token for name in names for token in tokens_of(name)}
    prose = [i for i, unit in enumerate(units) if i not in out and _is_prose(unit)]
    first, last = (prose[0], prose[-1]) if prose else (len(units), -1)
    return {
        i
        for i, unit in enumerate(units)
        if (i < first or i > last) and not unit.is_heading and _is_label(unit, known)
    }


def _is_label(unit: Unit, known: Collection[str]) -> bool:
    if len(unit.tokens) > LABEL_TOKENS or unit.whole:
        return False
    timed = sum(len(e.text_content()) for e in unit.block.iter("time")) if unit.tag != "table" else 0
    return timed >= 0.6 * len(unit.text) or all(
        token in known or token in _LABEL_WORDS or token[0].isdigit() for token in unit.tokens
    )


def _is_prose(unit: Unit) -> bool:
    return len(unit.tokens) > LABEL_TOKENS and unit.link_share < 0.5 and not unit.is_heading


def _pull_quotes(units: Sequence[Unit], out: Collection[int]) -> set[int]:
    """Passages set apart that say again what a paragraph says."""
    apart = [
        i for i, u in enumerate(units) if i not in out and len(u.tokens) >= QUOTED_TOKENS and _is_apart(u)
    ]
    if not apart:
        return set()
    texts = [f" {' '.join(u.tokens)} " for i, u in enumerate(units) if i not in out and i not in set(apart)]
    return {i for i in apart if any(f" {' '.join(units[i].tokens)} " in text for text in texts)}


def _is_apart(unit: Unit) -> bool:
    around = [unit.block, *list(unit.block.iterancestors())[:3]]
    return any(
        e.tag in ("aside", "blockquote", "figure") or "quote" in (e.get("class") or "").lower()
        for e in around
    )


def _trailing_links(units: Sequence[Unit], out: Collection[int]) -> set[int]:
    """Links on their own, and headings, after the last text of the article."""
    found: set[int] = set()
    for i in range(len(units) - 1, -1, -1):
        unit = units[i]
        if i in out:
            continue
        if unit.whole or not (unit.link_share >= MOSTLY_LINKS or (unit.is_heading and (found or out))):
            break
        found.add(i)
    return found if len(found) < len(units) else set()


__all__ = ["furniture"]
