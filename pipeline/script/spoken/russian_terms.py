"""Words that stand behind Russian signs: units, currencies, months, letters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A unit or currency: what is counted, and what follows unchanged."""

    noun: str
    adjective: str = ""
    """Agrees with the noun and stands before it: квадратный."""
    tail: str = ""
    """Follows, unchanged: в час."""
    parts: str = ""
    """The hundredth of a currency."""


def _terms(table: str) -> dict[str, Term]:
    """Lines of ``written written ...: [adjective] noun [/ tail]``."""
    found: dict[str, Term] = {}
    for line in table.strip().splitlines():
        written, _, said = line.partition(":")
        words, _, tail = said.partition("/")
        adjective, _, noun = words.strip().rpartition(" ")
        for sign in written.split():
            found[sign.replace("_", " ")] = Term(noun, adjective, tail.strip())
    return found


UNITS = _terms("""
%: процент
‰: промилле
мм mm: миллиметр
см cm: сантиметр
дм dm: дециметр
м m: метр
км km: километр
мкм µm μm: микрометр
нм nm: нанометр
мм² мм2 кв._мм mm²: квадратный миллиметр
см² см2 кв._см cm² cm2: квадратный сантиметр
м² м2 кв.м кв._м m² m2: квадратный метр
км² км2 кв._км km² km2: квадратный километр
мм³ мм3 куб._мм: кубический миллиметр
см³ см3 куб._см cm³ cm3: кубический сантиметр
м³ м3 куб.м куб._м m³ m3: кубический метр
км³ км3 куб._км: кубический километр
га ha: гектар
мг mg: миллиграмм
мкг µg: микрограмм
г гр. g: грамм
кг kg: килограмм
ц: центнер
т: тонна
л l: литр
мл ml: миллилитр
дл: децилитр
с сек. сек s: секунда
мс ms: миллисекунда
мкс µs: микросекунда
нс ns: наносекунда
мин. мин min: минута
ч час. h: час
сут. сут: сутки
нед.: неделя
мес.: месяц
км/ч km/h: километр / в час
км/с: километр / в секунду
м/с m/s: метр / в секунду
м/мин: метр / в минуту
об/мин: оборот / в минуту
кг/м³ кг/м3: килограмм / на кубический метр
г/см³ г/см3: грамм / на кубический сантиметр
г/л: грамм / на литр
мг/л: миллиграмм / на литр
л/с: литр / в секунду
руб./кг: рубль / за килограмм
Мбит/с Mbit/s Mbps: мегабит / в секунду
Гбит/с Gbit/s Gbps: гигабит / в секунду
кбит/с kbit/s: килобит / в секунду
МБ/с MB/s: мегабайт / в секунду
°C °С: градус / Цельсия
°F: градус / Фаренгейта
°: градус
′: минута
К: кельвин
Вт W: ватт
мВт mW: милливатт
кВт kW: киловатт
МВт MW: мегаватт
ГВт GW: гигаватт
кВт·ч кВт⋅ч кВтч: киловатт-час
В V: вольт
мВ mV: милливольт
кВ kV: киловольт
А: ампер
мА mA: миллиампер
А·ч: ампер-час
мА·ч мАч mAh: миллиампер-час
Ом Ω: ом
кОм: килоом
Гц Hz: герц
кГц kHz: килогерц
МГц MHz: мегагерц
ГГц GHz: гигагерц
Па Pa: паскаль
кПа: килопаскаль
МПа: мегапаскаль
гПа: гектопаскаль
атм. атм: атмосфера
бар: бар
мм_рт._ст.: миллиметр / ртутного столба
Н: ньютон
Дж: джоуль
кДж: килоджоуль
МДж: мегаджоуль
кал: калория
ккал kcal: килокалория
эВ: электронвольт
дБ dB: децибел
л._с.: лошадиная сила
бит bit: бит
байт: байт
Кбит: килобит
Мбит: мегабит
Гбит: гигабит
КБ Кб кБ KB kB Кбайт: килобайт
МБ Мб MB Мбайт: мегабайт
ГБ Гб GB Гбайт: гигабайт
ТБ Тб TB Тбайт: терабайт
ПБ PB: петабайт
КиБ KiB: кибибайт
МиБ MiB: мебибайт
ГиБ GiB: гибибайт
px: пиксель
п.л. а.л.: лист
шт. шт: штука
экз. экз: экземпляр
чел. чел: человек
стр.: страница
верст: верста
""")
"""Units as they are written after a number."""

CURRENCIES = _terms("""
₽ руб. руб р. RUB: рубль
коп. коп: копейка
$ долл. долл дол. USD: доллар
долл._США дол._США: доллар / сэ ш а
¢: цент
€ EUR: евро
£ GBP: фунт
¥ JPY: иена
CNY: юань
₴ грн. грн UAH: гривна
₸ KZT: тенге
₹: рупия
фр.: франк
""")
"""Currencies, before or after the number."""

HUNDREDTHS = {"рубль": "копейка", "доллар": "цент", "евро": "цент", "фунт": "пенс", "гривна": "копейка"}
"""What the two digits after the point of a price are."""

SCALES = {"тыс": "тысяча", "млн": "миллион", "млрд": "миллиард", "трлн": "триллион"}
"""Shortened names of large numbers."""

MONTHS = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
).split()
MONTH_FORMS = {
    name: number
    for number, names in enumerate(
        (
            "январь янв", "февраль фев февр", "март мар", "апрель апр", "май", "июнь июн", "июль июл",
            "август авг", "сентябрь сен сент", "октябрь окт", "ноябрь ноя нояб", "декабрь дек",
        ),
        1,
    )
    for name in (*names.split(), MONTHS[number - 1])
}  # fmt: skip
"""Months as they are written within a date, to their numbers from 1."""

_RUSSIAN = (
    "а а б бэ в вэ г гэ д дэ е е ё ё ж жэ з зэ и и й и-краткое к ка л эл м эм н эн о о п пэ р эр с эс т тэ у у ф эф"
    " х ха ц цэ ч че ш ша щ ща ъ твердый-знак ы ы ь мягкий-знак э э ю ю я я"
).split()
RUSSIAN_LETTERS = {
    letter: name.replace("-", " ") for letter, name in zip(_RUSSIAN[::2], _RUSSIAN[1::2], strict=True)
}
"""Names of the letters, as acronyms are spelled."""

LATIN_LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "эй би си ди и эф джи эйч ай джей кей эл эм эн оу пи кью ар эс ти ю ви дабл-ю икс уай зет".split(),
        strict=True,
    )
) | {"w": "дабл ю"}
"""Names of the Latin letters, after English."""

GREEK_LETTERS = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        (
            "альфа бета гамма дельта эпсилон дзета эта тета йота каппа лямбда мю ню кси омикрон пи ро сигма тау"
            " ипсилон фи хи пси омега"
        ).split(),
        strict=True,
    )
) | {"ς": "сигма"}

SPELLED_OTHERWISE = {
    "США": "сэ ш а",
    "ФРГ": "фэ эр гэ",
    "ФБР": "фэ бэ эр",
    "ВДНХ": "вэ дэ эн ха",
    "ИКЕА": "икеа",
    "МХАТ": "мхат",
    "ВГИК": "вгик",
    "МГИМО": "мгимо",
    "ВЦИК": "вцик",
    "ВТЭК": "втэк",
    "ВЦСПС": "вэ цэ эс пэ эс",
}
"""Acronyms that custom reads in another way than their shape says."""

SITES = {
    "gmail": "джи мейл",
    "hotmail": "хот мейл",
    "mail": "мейл",
    "yandex": "яндекс",
    "google": "гугл",
    "yahoo": "яху",
    "rambler": "рамблер",
    "outlook": "аутлук",
    "youtube": "ютуб",
    "facebook": "фейсбук",
    "twitter": "твиттер",
    "github": "гитхаб",
    "wikipedia": "википедия",
    "info": "инфо",
    "com": "ком",
    "org": "орг",
    "net": "нет",
    "ru": "ру",
    "рф": "рф",
    "gov": "гов",
    "edu": "еду",
    "biz": "биз",
    "www": "вэ вэ вэ",
    "html": "эйч ти эм эл",
}
"""Parts of addresses that have a Russian name."""
