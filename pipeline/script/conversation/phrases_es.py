"""Spanish."""

from pipeline.script.conversation.phrases import Phrases

PHRASES = Phrases(
    welcome=("Hola, les damos la bienvenida. Hoy hablamos de «{title}».", "Hola. Nuestro tema de hoy: «{title}»."),
    by="Un texto de {authors}.",
    me="Soy {name}.",
    me_too="Y yo soy {name}.",
    opening=("Entonces, ¿de qué se trata?", "¿Cómo empieza?", "¿Qué hay que saber primero?"),
    about=(
        "Pasemos a «{heading}». ¿De qué se trata?",
        "El siguiente punto es «{heading}». ¿Qué se dice ahí?",
        "¿Y qué hay de «{heading}»?",
        "Luego está «{heading}». ¿Nos puedes contar más?",
        "¿Qué aprendemos sobre «{heading}»?",
    ),
    unnamed=("¿Y qué viene después?", "¿Cómo sigue?", "¿Y luego?"),
    known={
        "introducción": "¿Por dónde empieza?",
        "contexto": "¿Cuál es el contexto?",
        "método": "¿Cómo se hizo?",
        "métodos": "¿Cómo se hizo?",
        "resultados": "¿Y qué resultó?",
        "discusión": "¿Qué significa eso?",
        "conclusión": "¿Y cuál es la conclusión?",
        "conclusiones": "¿Y cuáles son las conclusiones?",
        "resumen": "¿Puedes resumirlo?",
    },
    go_on=("Sigue.", "¿Qué más?", "¿Y luego?", "Cuéntanos más.", "¿Y qué más hay?"),
    reactions=("Ajá.", "Ya veo.", "Claro.", "Interesante.", "Bien."),
    quote="Y cito: {text}",
    listed="Hay {count} puntos.",
    ordinals=tuple(
        f"{word}: {{text}}" for word in (
            "Primero", "Segundo", "Tercero", "Cuarto", "Quinto", "Sexto", "Séptimo", "Octavo", "Noveno", "Décimo",
        )
    ),
    then="Después: {text}",
    thanks="Esto fue «{title}». Gracias, y gracias por escucharnos.",
    goodbye="Gracias, {name}. Hasta la próxima.",
)  # fmt: skip
