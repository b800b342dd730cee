"""French, class by class."""

from __future__ import annotations

import pytest

from pipeline.script import speak_text

CASES = {
    "cardinal": [
        ("71 jours", "Soixante et onze jours"),
        ("99 ballons", "Quatre-vingt-dix-neuf ballons"),
        ("2 345 678 ans", "Deux millions trois cent quarante-cinq mille six cent soixante-dix-huit ans"),
        ("80 et 300", "Quatre-vingts et trois cents"),
    ],
    "ordinal": [
        ("le 1er jour, la 1re nuit", "le premier jour, la première nuit"),
        ("le 5e et le 9ème", "le cinquième et le neuvième"),
        ("la 2nde fois", "la seconde fois"),
    ],
    "decimal": [("3,14", "Trois virgule quatorze"), ("2,05", "Deux virgule zéro cinq")],
    "date": [
        ("le 14 juillet 1789", "le quatorze juillet mille sept cent quatre-vingt-neuf"),
        ("le 1 mai", "le premier mai"),
        ("le 25/12/2020", "le vingt-cinq décembre deux mille vingt"),
    ],
    "time": [
        ("à 8h05", "à huit heures cinq"),
        ("à 1 h", "à une heure"),
        ("à 21:30", "à vingt et une heures trente"),
    ],
    "money": [
        ("3,50 €", "Trois euros cinquante centimes"),
        ("2 millions €", "Deux millions d'euros"),
        ("21 £", "Vingt et une livres"),
    ],
    "measure": [
        ("1,5 km", "Un virgule cinq kilomètre"),
        ("100 km/h", "Cent kilomètres par heure"),
        ("-5 °C", "Moins cinq degrés Celsius"),
        ("un angle de 30°", "un angle de trente degrés"),
        ("12 %", "Douze pour cent"),
    ],
    "fraction": [("2/3", "Deux tiers"), ("3/4 du", "Trois quarts du"), ("2 1/2", "Deux et demi")],
    "range": [("pages 3–7", "pages trois à sept")],
    "roman": [
        ("Louis XIV", "Louis quatorze"),
        ("François Ier", "François premier"),
        ("au XVIIIe siècle", "au dix-huitième siècle"),
        ("chapitre VI", "chapitre six"),
        ("Le vin, De Gaulle, Me voici", "Le vin, De Gaulle, Me voici"),
    ],
    "abbreviation": [
        ("M. et Mme Roux", "M. et madame Roux"),
        ("M. Roux, Mlle Vert", "Monsieur Roux, mademoiselle Vert"),
        ("n° 5, p. 12, etc.", "numéro cinq, page douze, et cetera."),
        ("44 av. J.-C.", "Quarante-quatre avant Jésus-Christ."),
    ],
    "telephone": [
        ("01 23 45 67 89", "Zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf")
    ],
    "marks set apart": [("Quoi ! Il vient ; elle part.", "Quoi! Il vient; elle part.")],
    "symbol": [("Dupont & fils", "Dupont et fils")],
    "feminine": [
        ("21 femmes et 1 homme", "Vingt et une femmes et un homme"),
        ("1 fois", "Une fois"),
        ("1/2 tasse de riz", "Une demi tasse de riz"),
        ("1/2 citron", "Un demi citron"),
    ],
    "verse": [
        ("Jn 3,16", "Jn trois seize"),
    ],
    "old money": [
        ("20 fr. 50 c. par mois", "Vingt francs cinquante centimes par mois"),
    ],
    "many": [
        ("1 000 000 €", "Un million d'euros"),
        ("2 000 000 de", "Deux millions de"),
    ],
    "title": [
        ("M. de Guermantes", "Monsieur de Guermantes"),
        ("M. le duc", "Monsieur le duc"),
        ("S. M. le roi", "Sa Majesté le roi"),
        ("à M. V.", "à M. V."),
    ],
    "century": [
        ("au XXe s. et", "au vingtième siècle et"),
        ("t. II, vol. I", "tome deux, volume un"),
    ],
    "always": [
        ("24 h/24", "Vingt-quatre heures sur vingt-quatre"),
        ("et/ou", "et ou"),
        ("la version amd64", "la version amd soixante-quatre"),
        ("debconf(7)", "debconf sept"),
    ],
}


@pytest.mark.parametrize(
    ("written", "spoken"), [case for cases in CASES.values() for case in cases], ids=lambda text: text[:40]
)
def test_french(written: str, spoken: str) -> None:
    assert speak_text(written, "fr") == spoken
