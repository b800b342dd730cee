"""German."""

from pipeline.script.conversation.phrases import Phrases

PHRASES = Phrases(
    welcome=("Hallo und willkommen. Heute geht es um „{title}“.", "Willkommen. Unser Thema heute: „{title}“."),
    by="Geschrieben von {authors}.",
    me="Ich bin {name}.",
    me_too="Und ich bin {name}.",
    opening=("Worum geht es also?", "Wie fängt es an?", "Was muss man zuerst wissen?"),
    about=(
        "Kommen wir zu „{heading}“. Worum geht es da?",
        "Der nächste Punkt ist „{heading}“. Was steht da?",
        "Und wie ist das mit „{heading}“?",
        "Dann gibt es „{heading}“. Kannst du uns mehr dazu sagen?",
        "Was erfahren wir über „{heading}“?",
    ),
    unnamed=("Und was kommt dann?", "Wie geht es weiter?", "Und danach?"),
    known={
        "einleitung": "Womit fängt es an?",
        "einführung": "Womit fängt es an?",
        "hintergrund": "Was ist der Hintergrund?",
        "methode": "Wie wurde das gemacht?",
        "methoden": "Wie wurde das gemacht?",
        "ergebnisse": "Und was kam dabei heraus?",
        "diskussion": "Was bedeutet das?",
        "fazit": "Und was ist das Fazit?",
        "schluss": "Und worauf läuft alles hinaus?",
        "zusammenfassung": "Kannst du es zusammenfassen?",
    },
    go_on=("Und weiter?", "Was noch?", "Und dann?", "Erzähl weiter.", "Was gehört noch dazu?"),
    reactions=("Mhm.", "Ach so.", "Genau.", "Interessant.", "Okay."),
    quote="Ich zitiere: {text}",
    listed="Es sind {count} Punkte.",
    ordinals=tuple(
        f"{word}: {{text}}" for word in (
            "Erstens", "Zweitens", "Drittens", "Viertens", "Fünftens", "Sechstens", "Siebtens", "Achtens",
            "Neuntens", "Zehntens",
        )
    ),
    then="Weiter: {text}",
    thanks="Das war „{title}“. Vielen Dank, und danke fürs Zuhören.",
    goodbye="Danke, {name}. Bis zum nächsten Mal.",
)  # fmt: skip
