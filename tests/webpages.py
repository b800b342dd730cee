"""Pages as sites of many kinds build them, with what is their article and what is around it known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

LANGUAGES = {
    "en": (
        "The miller of the village had {n} mills, and each of them stood on another river.",
        "When the water was low in summer, he walked from one to the next and listened for the wheels.",
        "Nobody in the valley could say how old the oldest of the buildings really was.",
        "His daughter kept the books, and she kept them better than he had ever done.",
        "In the end it was the railway, and not the drought, that closed them down.",
    ),
    "de": (
        "Der Müller des Dorfes hatte {n} Mühlen, und jede von ihnen stand an einem anderen Fluss.",
        "Wenn das Wasser im Sommer niedrig war, ging er von einer zur nächsten und horchte auf die Räder.",
        "Niemand im Tal konnte sagen, wie alt das älteste der Gebäude wirklich war.",
        "Seine Tochter führte die Bücher, und sie führte sie besser, als er es je getan hatte.",
        "Am Ende war es die Eisenbahn und nicht die Dürre, die sie zum Stillstand brachte.",
    ),
    "ru": (
        "У деревенского мельника было {n} мельницы, и каждая из них стояла на другой реке.",
        "Летом, когда воды было мало, он ходил от одной к другой и слушал, как стучат колёса.",
        "Никто в долине не мог сказать, сколько лет самому старому из этих зданий.",
        "Книги вела его дочь, и вела их лучше, чем он сам когда-либо умел.",
        "В конце концов их остановила железная дорога, а вовсе не засуха.",
    ),
    "zh": (
        "村里的磨坊主有{n}座磨坊，每一座都建在不同的河边。",
        "夏天水位低的时候，他从一座走到另一座，听着水轮的声音。",
        "山谷里没有人说得清最老的那座房子到底有多少年了。",
        "他的女儿管账，而且管得比他从前任何时候都好。",
        "最后让磨坊停下来的是铁路，而不是干旱。",
    ),
}
NOISE = {
    "en": (
        "Read also",
        "Sign up for our newsletter and get the best stories in your inbox.",
        "The secret of good bread",
    ),
    "de": (
        "Lesen Sie auch",
        "Abonnieren Sie unseren Newsletter und verpassen Sie nichts.",
        "Das Geheimnis guten Brotes",
    ),
    "ru": (
        "Читайте также",
        "Подпишитесь на нашу рассылку и не пропускайте новости.",
        "Секрет хорошего хлеба",
    ),
    "zh": ("相关阅读", "关注我们的公众号，订阅每日新闻。", "好面包的秘密是什么"),
}


@dataclass(frozen=True)
class Page:
    """A page, the passages that have to be narrated in this order, and those that must not be."""

    html: str
    article: tuple[str, ...]
    around: tuple[str, ...]
    language: str


def paragraphs(language: str, number: int = 8) -> list[str]:
    """Different paragraphs of three sentences each."""
    pool = LANGUAGES[language]
    glue = "" if language == "zh" else " "
    return [
        glue.join(pool[(i * (1 + i // 5) + k) % 5].format(n=i + 3) for k in range(3)).replace("{n}", str(i))
        + f"{glue}({1800 + i})"
        for i in range(number)
    ]


def _menu(language: str) -> str:
    return "".join(f"<li><a href='/{n}'>{NOISE[language][2]} {n}</a></li>" for n in range(12))


def semantic(language: str) -> Page:
    """HTML as it is meant: article, headings, aside, nav, footer, figures with captions."""
    texts = paragraphs(language)
    lead, call, other = NOISE[language]
    body = "".join(f"<p>{text}</p>" for text in texts[:4])
    rest = "".join(f"<p>{text}</p>" for text in texts[4:])
    html = f"""<header><nav><ul>{_menu(language)}</ul></nav></header><main><article><header><h1>III</h1></header>
      {body}<aside class="related-articles"><h3>{lead}</h3><ul><li><a href="/b">{other} A</a></li></ul></aside>
      <h2>IV</h2>{rest}<div class="newsletter-signup"><p>{call}</p><form><input><button>OK</button></form></div>
      </article><aside><h2>{lead}</h2><p><a href="/c">{other} C</a></p></aside></main>
      <footer><p>© 2024 {other} GmbH. {call}</p></footer>"""
    return Page(_whole(html, language), tuple(texts), (call, f"{other} A", f"{other} C"), language)


def div_soup(language: str) -> Page:
    """Nothing but divisions with names that only a machine could like; links to other stories between paragraphs."""
    texts = paragraphs(language)
    lead, call, other = NOISE[language]
    inner = []
    for i, text in enumerate(texts):
        inner.append(f"<p class='x{i}'>{text}</p>")
        if i in (2, 5):
            inner.append(f"<p><strong>{lead}: <a href='/r{i}'>{other} R{i}</a></strong></p>")
    menu = "".join(f"<a href='/{n}'>{other} {n}</a> " for n in range(15))
    html = f"""<div class="a1"><div class="a2">{menu}</div></div>
      <div class="b1"><div class="b2"><div class="b3 css-1x">{"".join(inner)}</div>
      <div class="share-buttons"><a href="#f">Facebook</a> <a href="#t">Twitter</a></div></div>
      <div class="c1"><div><a href="/z1">{other} Z1</a></div><div><a href="/z2">{other} Z2</a></div></div></div>
      <div id="cookie-banner" role="dialog"><p>{call}</p></div>"""
    return Page(
        _whole(html, language), tuple(texts), (call, f"{other} R2", f"{other} R5", f"{other} Z1"), language
    )


def broken_lines(language: str) -> Page:
    """An old page: a table lays it out, and two line breaks end each paragraph."""
    texts = paragraphs(language)
    lead, call, other = NOISE[language]
    html = f"""<table width="100%"><tr><td width="150"><ul>{_menu(language)}</ul></td>
      <td><font size="5"><b>III</b></font><br><br>{"<br><br>".join(texts)}<br><br></td>
      <td width="160"><b>{lead}</b><br><a href="/q">{other} Q</a></td></tr></table><hr><center>{call}</center>"""
    return Page(_whole(html, language), tuple(texts), (f"{other} Q",), language)


def blog(language: str) -> Page:
    """A blog: byline, tags, a quotation set apart, comments, what was written before and after."""
    texts = paragraphs(language)
    lead, call, other = NOISE[language]
    quoted = texts[3]
    body = "".join(
        f"<p>{text}</p>" + (f"<blockquote class='pullquote'>{quoted}</blockquote>" if i == 5 else "")
        for i, text in enumerate(texts)
    )
    comments = "".join(f"<li class=comment><p>{other}, {n}: {call}</p></li>" for n in range(4))
    html = f"""<div id="page"><div id="header"><h1><a href="/">{other}</a></h1><ul>{_menu(language)}</ul></div>
      <div class="post hentry category-mills tag-water"><h2 class="entry-title">III</h2>
      <div class="entry-meta">Ann Example, <time datetime="2024-05-03">2024-05-03</time></div>
      <div class="entry-content">{body}<p class="tags">#a <a href="/t/1">{other} T</a></p></div>
      <div class="nav-previous"><a href="/old" rel="prev">{other} P</a></div></div>
      <div id="comments" class="comments-area"><h3>4</h3><ol class="comment-list">{comments}</ol></div>
      <div id="sidebar" class="widget-area"><div class="widget"><h4>{lead}</h4><p>{call}</p></div></div></div>"""
    return Page(_whole(html, language), tuple(texts), (call, f"{other} T", f"{other} P"), language)


TEMPLATES: tuple[Callable[[str], Page], ...] = (semantic, div_soup, broken_lines, blog)


def pages() -> Iterator[tuple[str, Page]]:
    """Every kind of page in every language, with a name."""
    for template in TEMPLATES:
        for language in LANGUAGES:
            yield f"{template.__name__}-{language}", template(language)


def _whole(body: str, language: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>III</title>'
        f'<meta name="author" content="Ann Example"></head><body>{body}</body></html>'
    )
