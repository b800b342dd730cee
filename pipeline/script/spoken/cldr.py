"""Names of currencies and units from the Unicode CLDR (by way of Babel), with their plural forms.

CLDR has no names for the smaller unit of a currency (cents), and calls ``$`` by its country; where a language
has a shorter word, its module says so.
"""

from __future__ import annotations

import re
from functools import lru_cache

from babel.core import UnknownLocaleError
from babel.numbers import get_currency_name
from babel.units import format_unit

CURRENCY_SIGNS = {
    "$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "￥": "JPY", "₩": "KRW", "₹": "INR", "₽": "RUB", "₺": "TRY",
    "₪": "ILS", "₫": "VND", "฿": "THB", "₦": "NGN", "₱": "PHP", "₴": "UAH", "₸": "KZT", "₲": "PYG", "₡": "CRC",
    "₵": "GHS", "₮": "MNT", "₼": "AZN", "₾": "GEL", "₭": "LAK", "৳": "BDT", "៛": "KHR", "₿": "BTC",
    "US$": "USD",
    "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD",
    "R$": "BRL", "MX$": "MXN", "Mex$": "MXN", "R₣": "CHF", "zł": "PLN", "Kč": "CZK", "Fr.": "CHF",
}  # fmt: skip
"""Signs, and what they mean where nothing else is said."""

CURRENCY_CODES = frozenset(
    "AED AFN AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LBP LKR LRD "
    "LSL LYD MAD MDL MGA MKD MMK MNT MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK "
    "PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SRD SSP STN SYP SZL THB TJS TMT "
    "TND TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW DEM FRF ITL ESP ATS "
    "BTC".split()
)
"""ISO 4217, current ones and some that books still name; not those that are words in capitals (ALL, TOP, TRY)."""

LOWER_CODES = frozenset(code.lower() for code in CURRENCY_CODES) - frozenset(
    "bam bob cop dem ern esp gel mad mur pen ron sar ars nad sos std bif".split()
)
"""Those that may be written in small letters because they are no word of any language here."""

UNITS = {
    "km": "length-kilometer", "m": "length-meter", "dm": "length-decimeter", "cm": "length-centimeter",
    "mm": "length-millimeter", "µm": "length-micrometer", "μm": "length-micrometer", "nm": "length-nanometer",
    "pm": "length-picometer", "mi": "length-mile", "yd": "length-yard", "ft": "length-foot",
    "in": "length-inch",
    "nmi": "length-nautical-mile", "ly": "length-light-year", "au": "length-astronomical-unit",
    "pc": "length-parsec",
    "km²": "area-square-kilometer", "m²": "area-square-meter", "cm²": "area-square-centimeter",
    "mi²": "area-square-mile", "ft²": "area-square-foot", "in²": "area-square-inch", "yd²": "area-square-yard",
    "ha": "area-hectare", "ac": "area-acre",
    "m³": "volume-cubic-meter", "cm³": "volume-cubic-centimeter", "km³": "volume-cubic-kilometer",
    "ft³": "volume-cubic-foot", "in³": "volume-cubic-inch", "yd³": "volume-cubic-yard",
    "l": "volume-liter", "L": "volume-liter", "dl": "volume-deciliter", "cl": "volume-centiliter",
    "ml": "volume-milliliter", "mL": "volume-milliliter", "hl": "volume-hectoliter", "gal": "volume-gallon",
    "qt": "volume-quart", "pt": "volume-pint", "tbsp": "volume-tablespoon", "tsp": "volume-teaspoon",
    "fl oz": "volume-fluid-ounce", "bbl": "volume-barrel",
    "kg": "mass-kilogram", "g": "mass-gram", "mg": "mass-milligram", "µg": "mass-microgram",
    "μg": "mass-microgram", "t": "mass-tonne", "lb": "mass-pound", "lbs": "mass-pound", "oz": "mass-ounce",
    "st": "mass-stone", "ct": "mass-carat", "Da": "mass-dalton",
    "h": "duration-hour", "hr": "duration-hour", "hrs": "duration-hour", "min": "duration-minute",
    "s": "duration-second", "sec": "duration-second", "ms": "duration-millisecond",
    "µs": "duration-microsecond", "μs": "duration-microsecond", "ns": "duration-nanosecond",
    "d": "duration-day", "wk": "duration-week", "yr": "duration-year", "yrs": "duration-year",
    "km/h": "speed-kilometer-per-hour", "kmh": "speed-kilometer-per-hour", "kph": "speed-kilometer-per-hour",
    "mph": "speed-mile-per-hour", "m/s": "speed-meter-per-second", "kn": "speed-knot", "kt": "speed-knot",
    "mpg": "consumption-mile-per-gallon",
    "Hz": "frequency-hertz", "kHz": "frequency-kilohertz", "MHz": "frequency-megahertz",
    "GHz": "frequency-gigahertz",
    "W": "power-watt", "kW": "power-kilowatt", "MW": "power-megawatt", "GW": "power-gigawatt",
    "mW": "power-milliwatt", "hp": "power-horsepower",
    "J": "energy-joule", "kJ": "energy-kilojoule", "cal": "energy-calorie", "kcal": "energy-kilocalorie",
    "kWh": "energy-kilowatt-hour", "eV": "energy-electronvolt", "BTU": "energy-british-thermal-unit",
    "V": "electric-volt", "A": "electric-ampere", "mA": "electric-milliampere", "Ω": "electric-ohm",
    "N": "force-newton", "Pa": "pressure-pascal", "hPa": "pressure-hectopascal", "kPa": "pressure-kilopascal",
    "MPa": "pressure-megapascal", "bar": "pressure-bar", "mbar": "pressure-millibar",
    "atm": "pressure-atmosphere", "psi": "pressure-pound-force-per-square-inch",
    "bit": "digital-bit", "kB": "digital-kilobyte", "KB": "digital-kilobyte", "MB": "digital-megabyte",
    "GB": "digital-gigabyte", "TB": "digital-terabyte", "PB": "digital-petabyte", "Mbit": "digital-megabit",
    "kbit": "digital-kilobit", "Gbit": "digital-gigabit", "Mb": "digital-megabit", "Kb": "digital-kilobit",
    "Gb": "digital-gigabit", "px": "graphics-pixel", "MP": "graphics-megapixel", "dpi": "graphics-dot-per-inch",
    "lm": "light-lumen", "lx": "light-lux", "cd": "light-candela", "mol": "concentr-mole",
    "rad": "angle-radian",
    "°C": "temperature-celsius", "°F": "temperature-fahrenheit", "°": "angle-degree",
    "℃": "temperature-celsius",
    "℉": "temperature-fahrenheit", "K": "temperature-kelvin", "Nm": "torque-newton-meter",
}  # fmt: skip
"""Units as they are written, by their CLDR name."""

_ANY_CASE = frozenset(
    ["cm", "mm", "kg", "mg", "ml", "km/h", "mph", "kph", "khz", "mhz", "ghz", "hz", "kw", "kwh", "kb", "mb",
        "gb",
     "km", "tb", "lb", "lbs", "oz", "ft", "ha", "mbit", "gbit", "kcal", "hp", "psi", "min", "sec", "hrs"]
)  # fmt: skip
_BY_LOWER = {unit.lower(): name for unit, name in reversed(UNITS.items()) if unit.lower() in _ANY_CASE}
_NUMBER = re.compile(r"[\d.,\u00a0\u202f\s]+")


def unit_id(written: str) -> str | None:
    """The CLDR name of a unit; ``KG`` is kg, but ``M`` is not m. ``m2`` and ``m^2`` are ``m²``."""
    folded = re.sub(r"(?<=[a-z])\^?2$", "²", re.sub(r"(?<=[a-z])\^?3$", "³", written))
    return UNITS.get(folded) or _BY_LOWER.get(folded.lower())


@lru_cache(maxsize=4096)
def unit_name(unit: str, count: float, locale: str) -> str:
    """``kilometers`` for ``length-kilometer`` and 2: the name as it stands after that number."""
    shown = format_unit(count, unit, length="long", locale=locale)
    return " ".join(_NUMBER.sub(" ", shown).split())


@lru_cache(maxsize=4096)
def currency_name(code: str, count: float, locale: str) -> str:
    """``US dollars`` for ``USD`` and 2."""
    return get_currency_name(code, count, locale)


@lru_cache(maxsize=256)
def knows(locale: str) -> bool:
    """Whether there are names in that language."""
    try:
        return bool(unit_name("length-meter", 2, locale))
    except (UnknownLocaleError, ValueError):
        return False
