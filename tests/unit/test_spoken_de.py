"""German, class by class."""

from __future__ import annotations

import pytest

from pipeline.script import speak_text

CASES = {
    "cardinal": [
        ("21 Kinder", "Ein und zwanzig Kinder"),
        ("1 Hund und 1 Katze", "Ein Hund und eine Katze"),
        ("2.500.001 Leute", "Zwei Millionen fünf hundert tausend eins Leute"),
    ],
    "ordinal": [
        ("am 7. Tag", "am siebten Tag"),
        ("der 3. Mann", "der dritte Mann"),
        ("3. Kapitel", "Drittes Kapitel"),
        ("die 21. Auflage", "die ein und zwanzigste Auflage"),
        ("Es waren 25. Das war viel.", "Es waren fünf und zwanzig. Das war viel."),
    ],
    "decimal": [("etwa 3,14", "etwa drei komma eins vier")],
    "date": [
        ("am 9. November 1989", "am neunten November neunzehn hundert neun und achtzig"),
        ("am 1.2.2003", "am ersten Februar zwei tausend drei"),
        ("seit 1871", "seit achtzehn hundert ein und siebzig"),
        ("die 20er Jahre", "die zwanziger Jahre"),
        ("44 v. Chr.", "Vier und vierzig vor Christus."),
    ],
    "time": [
        ("um 7:05 Uhr", "um sieben Uhr fünf"),
        ("um 13.00 Uhr", "um dreizehn Uhr"),
        ("um 1 Uhr", "um ein Uhr"),
    ],
    "money": [
        ("1 €", "Ein Euro"),
        ("19,99 €", "Neunzehn Euro neun und neunzig Cent"),
        ("5 Mio. $", "Fünf Millionen Dollar"),
        ("0,50 CHF", "Fünfzig Rappen"),
    ],
    "measure": [
        ("1 h", "Eine Stunde"),
        ("120 km/h", "Ein hundert zwanzig Kilometer pro Stunde"),
        ("80 m²", "Achtzig Quadrat Meter"),
        ("50 %", "Fünfzig Prozent"),
        ("-3 °C", "Minus drei Grad Celsius"),
    ],
    "fraction": [("3/4 davon", "Drei viertel davon"), ("1/20", "Ein zwanzigstel")],
    "range": [("10–12 Tage", "Zehn bis zwölf Tage"), ("ein 3:1", "ein drei zu eins")],
    "roman": [
        ("Ludwig XVI. starb", "Ludwig der sechzehnte starb"),
        ("unter Friedrich II. von", "unter Friedrich dem zweiten von"),
        ("Kapitel IX", "Kapitel neun"),
        ("im XX. Jahrhundert", "im zwanzigsten Jahrhundert"),
        ("im 19./20. Jahrhundert", "im neunzehnten und zwanzigsten Jahrhundert"),
        ("vom 1.-3. Mai", "vom ersten bis dritten Mai"),
    ],
    "abbreviation": [
        ("z. B. das", "zum Beispiel das"),
        ("z.B. das", "zum Beispiel das"),
        ("Dr. Faust, Nr. 5, S. 12", "Doktor Faust, Nummer fünf, Seite zwölf"),
        ("Parkstr. 3", "Parkstraße drei"),
    ],
    "telephone": [("030 1234567", "Null drei null, eins zwei drei vier fünf sechs sieben")],
    "electronic": [("www.abc.de", "w w w punkt a b c punkt de")],
    "symbol": [("Müller & Söhne", "Müller und Söhne"), ("§ 1", "Paragraph eins")],
    "verse": [
        ("Joh 3,16", "Joh drei sechzehn"),
        ("um 3,16 m", "um drei komma eins sechs Meter"),
    ],
    "declined": [
        ("in der 3. Klasse", "in der dritten Klasse"),
        ("mit der 1. Liebe", "mit der ersten Liebe"),
        ("der 3. Junge", "der dritte Junge"),
        ("XIV. Kapitel", "Vierzehntes Kapitel"),
        ("Bis zum 21.", "Bis zum ein und zwanzigsten."),
    ],
    "recipe": [
        ("1/2 Tasse Mehl", "Eine halbe Tasse Mehl"),
        ("1/2 Liter Milch", "Ein halber Liter Milch"),
        ("2 EL Öl", "Zwei Esslöffel Öl"),
        ("50 St. und", "Fünfzig Stück und"),
        ("in St. Gallen", "in Sankt Gallen"),
    ],
    "double year": [
        ("im Winter 1914/15", "im Winter neunzehn hundert vierzehn fünfzehn"),
        ("24/7", "Vier und zwanzig sieben"),
        ("die 68er", "die acht und sechziger"),
    ],
    "following": [
        ("S. 7 ff. und", "Seite sieben folgende und"),
    ],
    "saints": [
        ("vom hl. Franz", "vom heiligen Franz"),
        ("Hl. Klara", "Sankt Klara"),
        ("Brot u. Wein", "Brot und Wein"),
        ("Äpfel u. a. Obst", "Äpfel unter anderem Obst"),
        ("1. Der Mann kam.", "Eins. Der Mann kam."),
        ("Op. 27 Nr. 2", "Opus sieben und zwanzig Nummer zwei"),
    ],
}


@pytest.mark.parametrize(
    ("written", "spoken"), [case for cases in CASES.values() for case in cases], ids=lambda text: text[:40]
)
def test_german(written: str, spoken: str) -> None:
    assert speak_text(written, "de") == spoken
