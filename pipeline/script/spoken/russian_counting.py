"""Russian numbers before the noun that they count, after the one that bears them, or alone."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_amounts import (
    AMOUNT,
    SIGN_WORDS,
    gender_of,
    quantity,
    range_words,
    split_number,
    with_or_from,
)
from pipeline.script.spoken.russian_grammar import (
    Following,
    agreeing_form,
    before,
    counting_form,
    demanded,
    ends_in,
    following,
    noun_forms,
    nouns,
    word_before,
)
from pipeline.script.spoken.russian_numerals import (
    LARGEST,
    Case,
    Form,
    Gender,
    counted,
    ordinal,
)
from pipeline.script.spoken.russian_terms import BEFORE_NUMBER, SCALES

NOM, GEN, DAT, ACC, INS, LOC = Case


LABELS = frozenset("глава часть том книга акт действие сцена явление картина песнь лекция".split())
"""What the number after it says the place of: глава пятая."""


NUMBERED = frozenset(
    "страница рисунок таблица пункт номер дом квартира палата комната статья строка схема формула пример упражнение"
    " задача приложение раздел параграф кабинет корпус строение аудитория вариант рейс шаг".split()
)
"""What bears a number that is never declined: на странице двадцать пять."""


PLACED = frozenset(
    "класс этаж место курс том глава часть ряд урок тур сезон раунд квартал полк дивизия армия батальон рота взвод"
    " съезд конгресс этап пункт параграф статья страница строка сектор участок отряд отделение палата вагон автобус"
    " трамвай выпуск серия издание категория разряд группа степень уровень ступень число мировой подъезд тайм период"
    " семестр четверть линия канал фронт флот поколение попытка заседание сессия созыв годовщина тысячелетие"
    " столетие десятилетие половина век путь маршрут ранг бригада корпус эскадрон пятилетка колонна стадия фаза"
    " район дом куплет псалом стих симфония соната концерт олимпиада турнир чемпионат день ночь неделя месяц".split()
)
"""What a bare number before it may say the place of: на третьем этаже."""


def _number(match: re.Match[str]) -> str | None:
    """A number with the noun it counts, with the noun whose place it says, or with none."""
    text, start, end = match.string, match.start(), match.end()
    sign = SIGN_WORDS.get(match["sign"], "")
    scale = match["scale"].strip(" .")
    last = match["b"] or match["a"]
    head, places = split_number(last)
    compact = re.sub(r"\D", "", head)
    number = int(compact)
    alone = start == 0 and end == len(text)
    cases = demanded(text, start)
    if scale:
        case = with_or_from(match, cases)
        gender = Gender.FEM if scale == "тыс" else Gender.MASC
        said = _pair(match, Form(case, gender))
        forms = noun_forms(SCALES[scale])
        named = forms[0][GEN] if places else counted(number, forms, case)
        return f"{sign}{said}|{named}"
    if places or number >= LARGEST:
        return sign + _pair(match, Form(cases[0] if cases else NOM))
    noun = following(text, end)
    label = _label(text, start)
    if label is not None and not match["b"] and number <= 199:
        return sign + ordinal(number, label)
    if _is_numbered(text, start):
        return sign + _pair(match, Form())
    if number <= 12 and word_before(text, start).startswith("половин"):  # половина шестого
        return sign + ordinal(number, Form(GEN))
    until = _UNTIL.match(text, end)
    if until and cases[:1] == (GEN,):  # с 1 по 5 класс
        last = agreeing_form((ACC,), following(text, until.end()).readings)
        if last is not None:
            return sign + ordinal(number, Form(GEN, last.gender))
    if not cases and _is_age(match, noun):
        cases = (GEN,)
    if noun.word in _TIMES_OF_DAY and not noun.adjectives:  # после 8 вечера: hours
        return sign + _pair(match, Form(cases[0] if cases else NOM))
    form = counting_form(number, cases, noun)
    place = _place(number, cases, noun)
    if place is not None and (form is None or _says_place(number, noun, cases)):
        return sign + ordinal(number, place)
    if form is None:
        form = Form(cases[0] if cases else NOM)
    elif form.case is NOM and cases and ACC in cases:
        form = Form(ACC, form.gender, form.plural, form.animate)
    return sign + _pair(match, form, one=alone)


_COUNTED = frozenset("дом группа часть день ночь неделя месяц половина".split())
_TIMES_OF_DAY = frozenset(("утра", "вечера", "ночи", "пополудни", "пополуночи"))
_PASSED = frozenset(("километр", "верста", "минута", "секунда", "неделя", "день", "миля"))
_AGE = re.compile(r" лет(?=$|[.,;:!?)»])")


def _is_age(match: re.Match[str], noun: Following) -> bool:
    """люди 30–40 лет, мальчик лет 10."""
    word = word_before(match.string, match.start())
    if word == "лет":
        owner = word_before(match.string, match.start() - len("лет "))
        return any(reading.animate for reading in nouns(owner))
    if noun.word != "лет" or not _AGE.match(match.string, match.end()):
        return False
    return any(r.animate for r in nouns(word)) and not any(r.case is DAT for r in nouns(word))


_UNTIL = re.compile(r" по \d+(?= [а-яё])")


_ABBREVIATED = re.compile(r"(?<![\w-])([А-ЯЁа-яё]{1,5}\.|№|§) ?$")


def _is_numbered(text: str, start: int) -> bool:
    """Whether the word before is one that bears a number: на странице двадцать пять."""
    abbreviated = before(_ABBREVIATED, text, start)
    if abbreviated:
        return abbreviated[1].lower() in BEFORE_NUMBER
    word = word_before(text, start)
    return bool(word) and _lemma(word) in NUMBERED


def _pair(match: re.Match[str], form: Form, one: bool = False) -> str:
    first = quantity(match["a"], form, one)
    return range_words(first, quantity(match["b"], form)) if match["b"] else first


@lru_cache(maxsize=4_096)
def _lemma(word: str) -> str:
    found = nouns(word)
    lemmas = [r.lemma for r in found if r.lemma in LABELS or r.lemma in NUMBERED]
    return lemmas[0] if lemmas else (found[0].lemma if found else "")


def _label(text: str, start: int) -> Form | None:
    """The form in which a number agrees with a label before it: в главе пятой."""
    abbreviated = before(_ABBREVIATED, text, start)
    if abbreviated:
        noun = BEFORE_NUMBER.get(abbreviated[1].lower(), "")
        if noun not in LABELS:
            return None
        cases = demanded(text, abbreviated.start())
        case = LOC if cases[:2] == (ACC, LOC) else cases[0] if cases else NOM
        return Form(case, gender_of(noun))
    word = word_before(text, start)
    if not word or not text.endswith(" ", 0, start):
        return None
    found = [r for r in nouns(word) if r.lemma in LABELS and not r.plural and not r.animate]
    if not found:
        return None
    place = start - 1 - len(word)
    return agreeing_form(demanded(text, place), found) or agreeing_form((), found)


def _place(number: int, cases: tuple[Case, ...], noun: Following) -> Form | None:
    found = [r for r in noun.readings if r.lemma in PLACED and not r.plural]
    if ends_in(number) == 1 and cases == (ACC, LOC):  # на 21 километре
        found += [r for r in noun.readings if r.lemma in _PASSED and r.case is LOC and not r.plural]
    if (
        not found and 1 < number <= 200 and ends_in(number) != 1
    ):  # из 14 комнаты: no number of rooms stands so
        oblique = tuple(c for c in cases if c in (GEN, DAT, INS, LOC))
        return agreeing_form(oblique, [r for r in noun.readings if not r.plural]) if oblique else None
    return agreeing_form(cases, found) or (agreeing_form((), found) if not cases else None)


def _says_place(number: int, noun: Following, cases: tuple[Case, ...]) -> bool:
    """1 место, на 1 этаже: one of something is not said of these, its place is."""
    if not cases and number > 20:
        return False
    return ends_in(number) == 1 and number < 1000 and noun.readings[0].lemma not in _COUNTED


NUMBERS: tuple[Rule, ...] = (rule("cardinal", rf"{AMOUNT}(?!\w)(?![.,]\d)", _number),)
