"""French names of currencies and units, and abbreviations."""

from __future__ import annotations

from pipeline.script.spoken.fr_numbers import cardinal, counted, digits
from pipeline.script.spoken.western import Money, Tongue


def _of(name: str) -> str:
    return ("d'" if name[0] in "aeiouyéèêhAEIOUÉ" else "de ") + name


TONGUE = Tongue(
    tag="fr",
    counted=counted,
    cardinal=cardinal,
    digits=digits,
    minus="moins",
    to="à",
    per="par",
    percent="pour cent",
    scales=r"(?i:(?:million|milliard|billion|billiard|trillion)s?|Md|M(?= ?[€$]))",
    of=_of,
    scale_names={"M": "millions", "Md": "milliards"},
    money={
        "USD": Money("dollar", "dollars", "cent", "cents"),
        "EUR": Money("euro", "euros", "centime", "centimes"),
        "GBP": Money("livre", "livres", "penny", "pence", "f"),
        "CHF": Money("franc suisse", "francs suisses", "centime", "centimes"),
        "JPY": Money("yen", "yens"),
        "KRW": Money("won", "wons"),
        "INR": Money("roupie", "roupies", "paisa", "paisas", "f"),
        "RUB": Money("rouble", "roubles", "kopeck", "kopecks"),
        "PLN": Money("zloty", "zlotys", "grosz", "groszy"),
        "CNY": Money("yuan", "yuans", "fen", "fens"),
        "TRY": Money("livre turque", "livres turques", "kurus", "kurus", "f"),
        "FRF": Money("franc", "francs", "centime", "centimes"),
        "F": Money("franc", "francs", "centime", "centimes"),
        "UAH": Money("hryvnia", "hryvnias", "kopiyka", "kopiykas", "f"),
        "CAD": Money("dollar canadien", "dollars canadiens", "cent", "cents"),
    },
    units={
        "mph": ("mille à l'heure", "milles à l'heure"),
        "km/h": ("kilomètre par heure", "kilomètres par heure"), "°": ("degré", "degrés"),
        "°C": ("degré Celsius", "degrés Celsius"), "°F": ("degré Fahrenheit", "degrés Fahrenheit"),
        "kWh": ("kilowattheure", "kilowattheures"), "Wh": ("wattheure", "wattheures"),
        "dB": ("décibel", "décibels"), "h": ("heure", "heures"), "mn": ("minute", "minutes"),
        "kV": ("kilovolt", "kilovolts"), "ch": ("cheval", "chevaux"), "lb": ("livre", "livres"),
        "ft": ("pied", "pieds"), "j": ("jour", "jours"), "o": ("octet", "octets"),
        "ko": ("kilooctet", "kilooctets"), "Mo": ("mégaoctet", "mégaoctets"),
        "Go": ("gigaoctet", "gigaoctets"), "To": ("téraoctet", "téraoctets"),
        "tr/min": ("tour par minute", "tours par minute"),
        "m/s²": ("mètre par seconde carrée", "mètres par seconde carrée"),
    },
    feminine_units=frozenset(
        "heure minute seconde milliseconde microseconde nanoseconde tonne livre once calorie kilocalorie"
        " roupie semaine"
        " atmosphère année couronne".split()
    ),
    rename=lambda name: name.replace("\u2019", "'"),
    singular_below_two=True,
)  # fmt: skip

ABBREVIATIONS = {
    "M.": "monsieur", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle",
    "Mlles": "mesdemoiselles",
    "Mr": "monsieur", "Mr.": "monsieur", "Mrs.": "misses", "Mᵐᵉ": "madame", "Mᵐᵉˢ": "mesdames",
    "Mˡˡᵉ": "mademoiselle",
    "Mˡˡᵉˢ": "mesdemoiselles", "Mʳ": "monsieur", "Dʳ": "docteur", "Dʳˢ": "docteurs", "Pʳ": "professeur",
    "Vᵛᵉ": "veuve",
    "Mᵉ": "maître", "Mᵍʳ": "monseigneur", "Sᵗ": "saint", "Dʳᵉ": "docteure", "Pʳᵉ": "professeure", "Sʳ": "sieur",
    "Dᵐᵉ": "dame", "Mⁱˢ": "marquis",
    "Mⁱˢᵉ": "marquise", "Bᵒⁿ": "baron", "Bᵒⁿⁿᵉ": "baronne", "Cᵗᵉ": "comte", "Cᵗᵉˢˢᵉ": "comtesse",
    "Vᵗᵉ": "vicomte",
    "Vᵗᵉˢˢᵉ": "vicomtesse", "Lᵗ": "lieutenant", "Gᵃˡ": "général", "Cᵃⁿᵉ": "capitaine", "Cᵉˡ": "colonel",
    "Bᵈ": "boulevard", "Fᵍ": "faubourg", "Nᵒˢ": "numéros", "Sᵗᵉ": "sainte", "Cⁱᵉ": "compagnie",
    "Cie": "compagnie", "Dr": "docteur",
    "Dr.": "docteur", "Pr": "professeur", "Pr.": "professeur", "Prof.": "professeur", "Mgr": "monseigneur",
    "Mgr.": "monseigneur",
    "St": "saint", "Ste": "sainte", "St.": "saint", "Ste.": "sainte", "n°s": "numéros",
    "c. à s.": "cuillères à soupe", "c. à c.": "cuillères à café", "c. à soupe": "cuillères à soupe",
    "c. à café": "cuillères à café", "Sts": "saints", "etc.": "et cetera", "p. ex.": "par exemple",
    "c.-à-d.": "c'est-à-dire",
    "c-à-d": "c'est-à-dire", "cf.": "confer", "Cf.": "confer", "av. J.-C.": "avant Jésus-Christ",
    "apr. J.-C.": "après Jésus-Christ",
    "ap. J.-C.": "après Jésus-Christ", "J.-C.": "Jésus-Christ", "env.": "environ", "bd": "boulevard",
    "Bd": "boulevard",
    "boul.": "boulevard", "tél.": "téléphone", "Tél.": "téléphone", "éd.": "édition", "coll.": "collection",
    "vs": "versus", "et/ou": "et ou",
    "vs.": "versus", "ibid.": "ibidem", "N.B.": "nota bene", "P.-S.": "post-scriptum", "R.-V.": "rendez-vous",
    "svp": "s'il vous plaît",
    "S.V.P.": "s'il vous plaît", "s.v.p.": "s'il vous plaît", "fig.": "figure", "hab.": "habitants",
    "i.e.": "c'est-à-dire",
    "nᵒ": "numéro", "nᵒˢ": "numéros", "Nᵒ": "numéro", "sq.": "sequentes", "Me": "maître",
}  # fmt: skip

FEMININE = frozenset(
    "femme fille fois heure minute seconde page année journée semaine nuit personne ligne voix ville maison rue"
    " pièce lettre tasse cuillère cuillerée goutte tranche gousse feuille botte branche pincée poignée bouteille"
    " boîte carotte tomate pomme poire mère sœur reine princesse dame demoiselle vache poule jument lieue toise"
    " table chaise porte fenêtre chambre place part partie scène phrase chose idée fleur robe église école chanson"
    " étoile île montagne rivière guerre bataille armée compagnie troupe tête main jambe dent arme épée balle"
    " voiture planche image figure règle classe couche victime once verste matinée soirée douzaine centaine".split()
)
"""Nouns before which a one is ``une``, where the ending does not tell."""

BEFORE_NUMBER = {"op": "opus", "Op": "opus",
    "p": "page", "pp": "pages", "vol": "volume", "chap": "chapitre", "t": "tome",
    "art": "article", "fig": "figure",
                  "ch": "chapitre", "v": "vers", "l": "ligne", "n": "numéro", "no": "numéro", "éd": "édition",
                  "sect": "section"}  # fmt: skip

BOOKS = (
    "Genèse Exode Lévitique Nombres Deutéronome Josué Juges Ruth Samuel Rois Chroniques Esdras Néhémie Esther Job"
    " Psaume Psaumes Proverbes Isaïe Jérémie Ézéchiel Daniel Osée Joël Amos Jonas Michée Zacharie Malachie Matthieu"
    " Marc Luc Jean Actes Romains Corinthiens Galates Éphésiens Philippiens Colossiens Timothée Tite Hébreux Jacques"
    " Pierre Apocalypse Gn Ex Lv Nb Dt Jos Jg Ps Pr Is Jr Éz Dn Mt Mc Lc Jn Ac Rm Co Ga Ep Ph Col Th Tm He Jc Ap"
).split()
"""Of the Bible: names and abbreviations, before chapter and verse."""
