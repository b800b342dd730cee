"""Spanish names of currencies and units, and abbreviations."""

from __future__ import annotations

from pipeline.script.spoken.es_numbers import cardinal, counted, digits
from pipeline.script.spoken.western import Money, Tongue

_COUNTRIES = {
    "TTD": "de Trinidad y Tobago", "HKD": "de Hong Kong", "AUD": "australianos", "CAD": "canadienses",
    "NZD": "neozelandeses",
    "SGD": "de Singapur", "JMD": "jamaicanos", "BSD": "bahameños", "BZD": "beliceños", "BBD": "barbadenses",
}  # fmt: skip

_SINGULAR = {"australianos": "australiano", "canadienses": "canadiense", "neozelandeses": "neozelandés",
             "jamaicanos": "jamaicano", "bahameños": "bahameño", "beliceños": "beliceño",
             "barbadenses": "barbadense"}  # fmt: skip


def _gender(name: str) -> str:
    return "f" if name.endswith("a") and name not in {"gramma", "lempira"} else "m"


TONGUE = Tongue(
    tag="es",
    counted=counted,
    cardinal=cardinal,
    digits=digits,
    minus="menos",
    to="a",
    per="por",
    percent="por ciento",
    scales=r"(?i:(?:mil )?(?:mill|bill|trill|cuatrill|quintill)(?:ón|on|ones)|mil millones|millardos?)",
    of=lambda name: "de " + name,
    money={
        "USD": Money("dólar", "dólares", "centavo", "centavos"),
        "EUR": Money("euro", "euros", "céntimo", "céntimos"),
        "GBP": Money("libra", "libras", "penique", "peniques", "f"),
        "JPY": Money("yen", "yenes", "centavo", "centavos"),
        "KRW": Money("won", "wones", "jeon", "jeons"),
        "INR": Money("rupia", "rupias", "paisa", "paisas", "f", "f"),
        "RUB": Money("rublo", "rublos", "kopek", "kopeks"),
        "CHF": Money("franco suizo", "francos suizos", "céntimo", "céntimos"),
        "CNY": Money("yuan", "yuanes", "fen", "fenes"),
        "PAB": Money("balboa", "balboas", "centésimo", "centésimos"),
        "GTQ": Money("quetzal", "quetzales", "centavo", "centavos"),
        "HNL": Money("lempira", "lempiras", "centavo", "centavos"),
        "PEN": Money("sol", "soles", "céntimo", "céntimos"),
        "VES": Money("bolívar", "bolívares", "céntimo", "céntimos"),
        "PYG": Money("guaraní", "guaraníes", "céntimo", "céntimos"),
        "PLN": Money("esloti", "eslotis", "grosz", "groszy"),
        "MXN": Money("peso mexicano", "pesos mexicanos", "centavo", "centavos"),
        "TRY": Money("lira turca", "liras turcas", "kurus", "kurus", "f"),
        "UAH": Money("grivna", "grivnas", "kopek", "kopeks", "f"),
        "ILS": Money("séquel", "séqueles", "agorá", "agorot"),
        "R$": Money("real", "reales", "centavo", "centavos"),
        "mk": Money("marco", "marcos", "penique", "peniques"),
        "kr": Money("corona", "coronas", "ore", "ores", "f"),
        "fr": Money("franco", "francos", "céntimo", "céntimos"),
        "rs": Money("rupia", "rupias", "paisa", "paisas", "f", "f"),
        "q": Money("quetzal", "quetzales", "centavo", "centavos"),
        "bs": Money("bolívar", "bolívares", "céntimo", "céntimos"),
        "s/": Money("sol", "soles", "céntimo", "céntimos"),
        "r$": Money("real", "reales", "centavo", "centavos"),
        "us$": Money("dólar", "dólares", "centavo", "centavos"),
        "us $": Money("dólar", "dólares", "centavo", "centavos"),
        "₡": Money("colón", "colones", "céntimo", "céntimos"),
        "₲": Money("guaraní", "guaraníes", "céntimo", "céntimos"),
        "₧": Money("peseta", "pesetas", "céntimo", "céntimos", "f"),
        "ptas": Money("peseta", "pesetas", "céntimo", "céntimos", "f"),
        "pts": Money("peseta", "pesetas", "céntimo", "céntimos", "f"),
        **{
            code: Money(f"dólar {_SINGULAR.get(of, of)}", f"dólares {of}", "centavo", "centavos")
            for code, of in _COUNTRIES.items()
        },
    },
    units={
        "°": ("grado", "grados"), "°C": ("grado Celsius", "grados Celsius"),
        "°F": ("grado Fahrenheit", "grados Fahrenheit"), "kg": ("kilogramo", "kilogramos"),
        "g": ("gramo", "gramos"), "mg": ("miligramo", "miligramos"), "dB": ("decibelio", "decibelios"),
        "mph": ("milla por hora", "millas por hora"), "kWh": ("kilovatio hora", "kilovatios hora"),
        "Wh": ("vatio hora", "vatios hora"), "lb": ("libra", "libras"), "lbs": ("libra", "libras"),
        "ft": ("pie", "pies"), "m/s²": ("metro por segundo cuadrado", "metros por segundo cuadrado"),
        "t": ("tonelada", "toneladas"), "hs": ("hora", "horas"), "hrs": ("hora", "horas"),
        "kV": ("kilovoltio", "kilovoltios"), "seg": ("segundo", "segundos"),
        "cda.": ("cucharada", "cucharadas"), "cdas.": ("cucharada", "cucharadas"),
        "cdta.": ("cucharadita", "cucharaditas"), "cdtas.": ("cucharadita", "cucharaditas"),
        "cc": ("centímetro cúbico", "centímetros cúbicos"),
        "rpm": ("revolución por minuto", "revoluciones por minuto"),
        "Mbps": ("megabit por segundo", "megabits por segundo"),
    },
    feminine_units=frozenset(),
    genders=_gender,
)  # fmt: skip

_TABLE = {
    "sr.": "señor", "sra.": "señora", "srta.": "señorita", "sres.": "señores", "sras.": "señoras",
    "dr.": "doctor",
    "dra.": "doctora", "dres.": "doctores", "prof.": "profesor", "profa.": "profesora", "lic.": "licenciado",
    "ing.": "ingeniero",
    "arq.": "arquitecto", "gral.": "general", "cnel.": "coronel", "cap.": "capítulo", "cía.": "compañía",
    "ud.": "usted",
    "uds.": "ustedes", "vd.": "usted", "vds.": "ustedes", "d.": "don", "dña.": "doña", "sto.": "santo",
    "sta.": "santa",
    "avda.": "avenida", "av.": "avenida", "pza.": "plaza", "plza.": "plaza", "esq.": "esquina",
    "ctra.": "carretera", "izq.": "izquierda",
    "dcha.": "derecha", "etc.": "etcétera", "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "ej.": "ejemplo",
    "pág.": "página",
    "págs.": "páginas", "vol.": "volumen", "op.": "opus", "núm.": "número", "núms.": "números", "art.": "artículo",
    "fig.": "figura", "tel.": "teléfono",
    "teléf.": "teléfono", "aprox.": "aproximadamente", "depto.": "departamento", "dpto.": "departamento",
    "admón.": "administración",
    "a. c.": "antes de Cristo", "a.c.": "antes de Cristo", "d. c.": "después de Cristo",
    "d.c.": "después de Cristo",
    "a. C.": "antes de Cristo", "a.C.": "antes de Cristo", "d. C.": "después de Cristo",
    "d.C.": "después de Cristo",
    "a. de c.": "antes de Cristo", "a. de C.": "antes de Cristo", "d. de C.": "después de Cristo",
    "b. c.": "antes de Cristo",
    "s. a.": "sociedad anónima", "ee. uu.": "Estados Unidos", "EE. UU.": "Estados Unidos",
    "EE.UU.": "Estados Unidos",
    "S. A.": "sociedad anónima", "vs.": "versus", "cf.": "compárese", "i. e.": "esto es", "rte.": "remitente",
    "atte.": "atentamente",
    "mons.": "monseñor", "fdo.": "firmado", "máx.": "máximo", "mín.": "mínimo", "mr.": "míster",
    "mrs.": "misis", "hnos.": "hermanos",
    "trad.": "traducción", "ed.": "edición", "nro.": "número", "c/u": "cada uno", "s. s.": "su santidad",
    "ph. d.": "doctor",
}  # fmt: skip

ABBREVIATIONS = _TABLE | {
    key[0].upper() + key[1:]: value for key, value in _TABLE.items() if key[0].islower()
}

BOOKS = (
    "Génesis Éxodo Levítico Números Deuteronomio Josué Jueces Rut Samuel Reyes Crónicas Esdras Nehemías Ester Job"
    " Salmo Salmos Proverbios Eclesiastés Isaías Jeremías Ezequiel Daniel Oseas Joel Amós Jonás Miqueas Zacarías"
    " Malaquías Mateo Marcos Lucas Juan Hechos Romanos Corintios Gálatas Efesios Filipenses Colosenses Timoteo Tito"
    " Hebreos Santiago Pedro Apocalipsis Gn Éx Lv Dt Sal Is Jr Ez Dn Mt Mc Lc Jn Hch Rm Co Gal Ef Flp Col Tm Hb Ap"
).split()
"""Of the Bible: names and abbreviations, before chapter and verse."""
