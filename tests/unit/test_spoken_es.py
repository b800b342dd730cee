"""Spanish, class by class."""

from __future__ import annotations

import pytest

from pipeline.script import speak_text

CASES = {
    "cardinal": [
        ("21 años y 21 páginas", "Veintiún años y veintiuna páginas"),
        ("500 personas", "Quinientas personas"),
        ("1.234.567", "Un millón doscientos treinta y cuatro mil quinientos sesenta y siete"),
        ("1 casa y 1 perro", "Una casa y un perro"),
    ],
    "ordinal": [
        ("el 3.er piso", "el tercer piso"),
        ("la 2.ª vez", "la segunda vez"),
        ("el 25.º", "el vigesimoquinto"),
        ("la 34.ª", "la trigésima cuarta"),
    ],
    "decimal": [("3,14", "Tres coma catorce"), ("3.5", "Tres punto cinco")],
    "date": [
        ("el 2 de mayo de 1808", "el dos de mayo de mil ochocientos ocho"),
        ("el 1 de abril", "el primero de abril"),
        ("el 31/12/1999", "el treinta y uno de diciembre de mil novecientos noventa y nueve"),
        ("44 a. C.", "Cuarenta y cuatro antes de Cristo."),
    ],
    "time": [
        ("a las 3:15", "a las tres y cuarto"),
        ("a la 1:30 p. m.", "a la una y media de la tarde."),
        ("a las 10:20 a. m. en", "a las diez y veinte de la mañana en"),
    ],
    "money": [
        ("1 €", "Un euro"),
        ("21 £", "Veintiuna libras"),
        ("$5,50", "Cinco dólares cincuenta centavos"),
        ("2 millones $", "Dos millones de dólares"),
    ],
    "measure": [
        ("1 h", "Una hora"),
        ("200 millas", "Doscientas millas"),
        ("100 km/h", "Cien kilómetros por hora"),
        ("2.5 kg", "Dos punto cinco kilogramos"),
        ("10 %", "Diez por ciento"),
    ],
    "fraction": [("2/3", "Dos tercios"), ("1/2 litro", "Medio litro"), ("5/16", "Cinco dieciseisavos")],
    "range": [("10-12 días", "Diez a doce días")],
    "roman": [
        ("Felipe II", "Felipe segundo"),
        ("Isabel II", "Isabel segunda"),
        ("Luis XIV", "Luis catorce"),
        ("el siglo XX", "el siglo veinte"),
        ("capítulo V", "capítulo cinco"),
    ],
    "abbreviation": [
        ("el Sr. Ruiz y la Dra. Gil", "el señor Ruiz y la doctora Gil"),
        ("pág. 5, etc.", "página cinco, etcétera."),
        ("EE. UU. y", "Estados Unidos y"),
        ("D. Quijote", "Don Quijote"),
    ],
    "telephone": [("91 123 45 67", "Nueve uno, uno dos tres, cuatro cinco, seis siete")],
    "dialogue": [("¿Vienes? —dijo ella—. Sí.", "¿Vienes? dijo ella. Sí."), ("—Sí —dijo.", "Sí, dijo.")],
    "symbol": [("Gil & Cía.", "Gil y compañía.")],
    "feminine": [
        ("200 mujeres", "Doscientas mujeres"),
        ("101 noches", "Ciento una noches"),
        ("21 mil mujeres", "Veintiún mil mujeres"),
        ("1/2 taza de", "Media taza de"),
        ("1/2 litro", "Medio litro"),
    ],
    "verse": [
        ("Juan 3:16", "Juan tres dieciséis"),
        ("a las 3:16", "a las tres y dieciséis"),
    ],
    "many": [
        ("1.000.000 €", "Un millón de euros"),
        ("2.000.000 habitantes", "Dos millones de habitantes"),
    ],
    "dollars": [
        ("$1,000.50", "Mil dólares con cincuenta"),
        ("$1.500", "Mil quinientos dólares"),
    ],
    "century": [
        ("el s. XIX", "el siglo diecinueve"),
        ("S. M. el rey", "S. M. el rey"),
        ("t. II", "tomo dos"),
    ],
    "degrees": [
        ("40° N", "Cuarenta grados norte"),
        ("el 3° piso", "el tercero piso"),
    ],
    "street": [
        ("c/ Mayor", "calle Mayor"),
        ("el km 21", "el kilómetro veintiuno"),
    ],
}


@pytest.mark.parametrize(
    ("written", "spoken"), [case for cases in CASES.values() for case in cases], ids=lambda text: text[:40]
)
def test_spanish(written: str, spoken: str) -> None:
    assert speak_text(written, "es") == spoken
