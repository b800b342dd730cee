"""German names of currencies and units, and abbreviations."""

from __future__ import annotations

import re

from pipeline.script.spoken.de_numbers import cardinal, counted, digits
from pipeline.script.spoken.western import Money, Tongue

SCALES = r"(?i:(?:Million|Milliarde|Billion|Billiarde|Trillion)(?:en|n)?|Mio\.|Mrd\.|Tausend|Hundert|Dutzend)"


TONGUE = Tongue(
    tag="de",
    counted=counted,
    cardinal=cardinal,
    digits=digits,
    minus="minus",
    to="bis",
    per="pro",
    percent="Prozent",
    scales=SCALES,
    of=lambda name: name,
    scale_names={"Mio.": "Millionen", "Mrd.": "Milliarden"},
    money={
        "USD": Money("Dollar", "Dollar", "Cent", "Cent"),
        "EUR": Money("Euro", "Euro", "Cent", "Cent"),
        "GBP": Money("Pfund", "Pfund", "Penny", "Pence"),
        "CHF": Money("Franken", "Franken", "Rappen", "Rappen"),
        "JPY": Money("Yen", "Yen", "Sen", "Sen"),
        "KRW": Money("Won", "Won", "Chon", "Chon"),
        "INR": Money("Rupie", "Rupien", "Paisa", "Paisa", "f"),
        "RUB": Money("Rubel", "Rubel", "Kopeke", "Kopeken", "m", "f"),
        "PLN": Money("Zloty", "Zloty", "Groschen", "Groschen"),
        "TRY": Money("Lira", "Lira", "Kurusch", "Kurusch", "f"),
        "CNY": Money("Yuan", "Yuan", "Fen", "Fen"),
        "CZK": Money("Krone", "Kronen", "Heller", "Heller", "f"),
        "SEK": Money("Krone", "Kronen", "Öre", "Öre", "f"),
        "DKK": Money("Krone", "Kronen", "Öre", "Öre", "f"),
        "NOK": Money("Krone", "Kronen", "Öre", "Öre", "f"),
        "UAH": Money("Hrywnja", "Hrywnja", "Kopijka", "Kopijky", "f"),
        "DM": Money("Mark", "Mark", "Pfennig", "Pfennig", "f"),
        "DEM": Money("Mark", "Mark", "Pfennig", "Pfennig", "f"),
        "US$": Money("US-Dollar", "US-Dollar", "Cent", "Cent"),
    },
    units={
        "mph": ("Meile pro Stunde", "Meilen pro Stunde"), "kWh": ("Kilowattstunde", "Kilowattstunden"),
        "Wh": ("Wattstunde", "Wattstunden"), "MWh": ("Megawattstunde", "Megawattstunden"),
        "PS": ("PS", "PS"), "°": ("Grad", "Grad"), "°C": ("Grad Celsius", "Grad Celsius"),
        "°F": ("Grad Fahrenheit", "Grad Fahrenheit"), "Std.": ("Stunde", "Stunden"),
        "Min.": ("Minute", "Minuten"), "Sek.": ("Sekunde", "Sekunden"), "dB": ("Dezibel", "Dezibel"),
        "kV": ("Kilovolt", "Kilovolt"), "qm": ("Quadrat Meter", "Quadrat Meter"), "lb": ("Pfund", "Pfund"),
        "lbs": ("Pfund", "Pfund"), "ft": ("Fuß", "Fuß"), "Mbit/s": ("Megabit pro Sekunde",) * 2,
        "TL": ("Teelöffel",) * 2, "EL": ("Esslöffel",) * 2, "Pfd.": ("Pfund",) * 2,
        "Msp.": ("Messerspitze", "Messerspitzen"), "Pck.": ("Päckchen",) * 2, "Pf.": ("Pfennig",) * 2,
        "m/s²": ("Meter pro Quadrat Sekunde",) * 2,
        "U/min": ("Umdrehung pro Minute", "Umdrehungen pro Minute"),
    },
    feminine_units=frozenset(
        "Stunde Minute Sekunde Millisekunde Mikrosekunde Nanosekunde Meile Seemeile Tonne Unze Kalorie"
        " Kilokalorie Gallone"
        " Kilowattstunde Wattstunde Megawattstunde Atmosphäre Krone Rupie Lira Mark Umdrehung Woche"
        " Messerspitze".split()
    ),
    below_per={"d": "Tag", "Tag": "Tag"},
    rename=lambda name: re.sub(r"^(Quadrat|Kubik)(?=[a-zä])", r"\1 ", name).replace("Quadrat m", "Quadrat M"),
)  # fmt: skip

ABBREVIATIONS = {
    "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "Z. B.": "zum Beispiel", "d. h.": "das heißt",
    "D. h.": "das heißt",
    "u. a.": "unter anderem", "u. ä.": "und ähnliches", "o. ä.": "oder ähnliches", "u. U.": "unter Umständen",
    "z. T.": "zum Teil", "z. Zt.": "zur Zeit", "i. d. R.": "in der Regel", "m. E.": "meines Erachtens",
    "s. o.": "siehe oben",
    "s. u.": "siehe unten", "v. a.": "vor allem", "u. s. w.": "und so weiter", "usw.": "und so weiter",
    "usf.": "und so fort",
    "bzw.": "beziehungsweise", "ca.": "circa", "evtl.": "eventuell", "ggf.": "gegebenenfalls",
    "vgl.": "vergleiche",
    "Vgl.": "vergleiche", "etc.": "et cetera", "inkl.": "inklusive", "exkl.": "exklusive", "bzgl.": "bezüglich",
    "sog.": "sogenannt", "allg.": "allgemein", "geb.": "geboren", "gest.": "gestorben", "Dr.": "Doktor",
    "Prof.": "Professor",
    "Hr.": "Herr", "Hrn.": "Herrn", "Frl.": "Fräulein", "Mrs.": "misses", "Mr.": "mister", "Ms.": "miss",
    "Mio.": "Millionen",
    "Mrd.": "Milliarden", "Tsd.": "Tausend", "Jh.": "Jahrhundert", "Jhd.": "Jahrhundert",
    "Jhs.": "Jahrhunderts",
    "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "u. Z.": "unserer Zeit", "Std.": "Stunden",
    "St.": "Sankt",
    "Str.": "Straße", "hl.": "heilige", "Hl.": "Sankt", "d. Gr.": "der Große",
    "Hg.": "Herausgeber", "Hrsg.": "Herausgeber",
    "Aufl.": "Auflage",
    "Ing.": "Ingenieur", "Dipl.": "Diplom", "jun.": "junior", "sen.": "senior", "Tel.": "Telefon",
    "Abt.": "Abteilung",
    "franz.": "französisch", "engl.": "englisch", "lat.": "lateinisch", "griech.": "griechisch",
    "dt.": "deutsch",
    "a. D.": "außer Dienst", "e. V.": "eingetragener Verein", "u. v. m.": "und vieles mehr",
    "zzgl.": "zuzüglich",
    "abzgl.": "abzüglich", "insb.": "insbesondere", "gem.": "gemäß", "max.": "maximal", "mind.": "mindestens",
    "ehem.": "ehemalig", "h. c.": "honoris causa",
}  # fmt: skip

BEFORE_NUMBER = {
    "Op": "Opus", "op": "Opus",
    "Nr": "Nummer", "Nrn": "Nummern", "S": "Seite", "Bd": "Band", "Bde": "Bände", "Kap": "Kapitel",
    "Abb": "Abbildung",
    "Tab": "Tabelle", "Abs": "Absatz", "Art": "Artikel", "Ziff": "Ziffer", "Anm": "Anmerkung", "Z": "Zeile",
    "V": "Vers",
    "Fig": "Figur", "um": "um", "Jg": "Jahrgang", "H": "Heft", "Sp": "Spalte", "Bl": "Blatt",
}  # fmt: skip

BOOKS = (
    "Mose Josua Richter Samuel Könige Chronik Esra Nehemia Ester Hiob Psalm Psalmen Sprüche Prediger Jesaja Jeremia"
    " Hesekiel Daniel Hosea Joel Amos Jona Micha Habakuk Sacharja Maleachi Matthäus Markus Lukas Johannes"
    " Apostelgeschichte Römer Korinther Galater Epheser Philipper Kolosser Thessalonicher Timotheus Titus Hebräer"
    " Jakobus Petrus Offenbarung Gen Ex Lev Num Dtn Jos Ri Sam Kön Chr Neh Ijob Ps Spr Koh Jes Jer Hes Ez Dan Hos"
    " Mt Mk Lk Joh Apg Röm Kor Gal Eph Phil Kol Thess Tim Hebr Jak Petr Offb"
).split()
"""Of the Bible: names and abbreviations, before chapter and verse."""
