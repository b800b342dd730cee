"""What is said around a text that is not in it, by language.

A language that is not here gets bylines and transitions without words of any language, and no announcements.
Numbers are written as digits: the spoken form declines them.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences and parts of them; what is in braces is put in."""

    authors: str = "{}"
    """Opens a byline."""
    others: str = "{} …"
    """Names of whom the rest is left out."""
    site: str = "{}"
    """Goes on after the authors; ``site_first`` where there are none."""
    site_first: str = "{}"
    day: str = "{}"
    """Goes on with a date; ``day_first`` where nothing is before it."""
    day_first: str = "{}"
    month: str = "{}"
    month_first: str = "{}"
    year: str = "{}"
    year_first: str = "{}"
    comma: str = ", "
    """Between the authors and what follows."""
    published: str = ", "
    """Between the site and the date."""
    first: str = "1. {}"
    """The three transitions of a digest."""
    next: str = "{}"
    last: str = "{}"
    contents: tuple[tuple[str, str], ...] = (("other", "{}: {}"),)
    """What opens a digest: how many articles, by plural category (CLDR), and their titles."""
    title_by: str = "{}, {}"
    """A title with its authors."""


_TABLE: dict[str, Phrases] = {
    "en": Phrases(
        authors="By {}",
        others="{} and others",
        site="from {}",
        site_first="From {}",
        day="on {}",
        day_first="Published on {}",
        month="in {}",
        month_first="Published in {}",
        year="in {}",
        year_first="Published in {}",
        first="First: {}",
        next="Next: {}",
        last="And last: {}",
        contents=(("one", "{} article: {}."), ("other", "{} articles: {}.")),
        title_by="{}, by {}",
    ),
    "de": Phrases(
        authors="Von {}",
        others="{} und anderen",
        site="erschienen bei {}",
        site_first="Erschienen bei {}",
        day="am {}",
        day_first="Erschienen am {}",
        month="im {}",
        month_first="Erschienen im {}",
        year="im Jahr {}",
        year_first="Erschienen im Jahr {}",
        published=" ",
        first="Zuerst: {}",
        next="Als Nächstes: {}",
        last="Und zum Schluss: {}",
        contents=(("one", "{} Artikel: {}."), ("other", "{} Artikel: {}.")),
        title_by="{}, von {}",
    ),
    "fr": Phrases(
        authors="Par {}",
        others="{} et d’autres",
        site="pour {}",
        site_first="Publié par {}",
        day="le {}",
        day_first="Publié le {}",
        month="en {}",
        month_first="Publié en {}",
        year="en {}",
        year_first="Publié en {}",
        first="Pour commencer : {}",
        next="Ensuite : {}",
        last="Et pour finir : {}",
        contents=(("one", "{} article : {}."), ("other", "{} articles : {}.")),
        title_by="{}, par {}",
    ),
    "es": Phrases(
        authors="Por {}",
        others="{} y otros",
        site="en {}",
        site_first="Publicado en {}",
        day="el {}",
        day_first="Publicado el {}",
        month="en {}",
        month_first="Publicado en {}",
        year="en {}",
        year_first="Publicado en {}",
        first="Para empezar: {}",
        next="A continuación: {}",
        last="Y por último: {}",
        contents=(("one", "{} artículo: {}."), ("other", "{} artículos: {}.")),
        title_by="{}, por {}",
    ),
    "ru": Phrases(
        authors="Автор: {}",
        others="{} и другие",
        day_first="Опубликовано {}",
        month_first="Опубликовано: {}",
        year="{} год",
        year_first="Опубликовано в {} году",
        comma=". ",
        first="Сначала: {}",
        next="Далее: {}",
        last="И наконец: {}",
        contents=(
            ("one", "{} статья: {}."),
            ("few", "{} статьи: {}."),
            ("many", "{} статей: {}."),
            ("other", "{} статьи: {}."),
        ),
        title_by="{}. Автор: {}",
    ),
}
_NEUTRAL = Phrases()


def phrases(language: str) -> Phrases:
    """Those of a language (BCP 47), or neutral ones."""
    return _TABLE.get(primary(language), _NEUTRAL)


def primary(language: str) -> str:
    """``de`` of ``de-AT``."""
    return language.lower().partition("-")[0]


def locale_of(language: str) -> Locale | None:
    """What CLDR knows of a language, its region included; None where it knows nothing."""
    for tag in (language, primary(language)):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None


def plural(forms: tuple[tuple[str, str], ...], count: int, language: str) -> str:
    """The form of a phrase that goes with a number: by category of CLDR's plural rules, the last one for all else."""
    locale = locale_of(language)
    category = locale.plural_form(count) if locale else "other"
    return dict(forms).get(category, forms[-1][1])


def listed(items: list[str], language: str) -> str:
    """``A, B and C``."""
    from babel.lists import format_list

    return format_list(items, locale=locale_of(language) or Locale("en")) if items else ""


def sentence(text: str) -> str:
    """With a full stop at its end, unless it has an end of its own."""
    return text if text.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{text}."


__all__ = ["Phrases", "listed", "locale_of", "phrases", "plural", "primary", "sentence"]
