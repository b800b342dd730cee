"""French."""

from pipeline.script.conversation.phrases import Phrases

PHRASES = Phrases(
    welcome=(
        "Bonjour et bienvenue. Aujourd'hui, nous parlons de « {title} ».",
        "Bonjour. Notre sujet : « {title} ».",
    ),
    by="Un texte de {authors}.",
    me="Je suis {name}.",
    me_too="Et moi, je suis {name}.",
    opening=("Alors, de quoi s'agit-il ?", "Comment cela commence-t-il ?", "Que faut-il savoir d'abord ?"),
    about=(
        "Passons à « {heading} ». De quoi s'agit-il ?",
        "Le point suivant : « {heading} ». Qu'en est-il ?",
        "Et « {heading} » ?",
        "Il y a ensuite « {heading} ». Pouvez-vous nous en dire plus ?",
        "Qu'apprend-on sur « {heading} » ?",
    ),
    unnamed=("Et ensuite ?", "Comment cela continue-t-il ?", "Et après ?"),
    known={
        "introduction": "Par quoi cela commence-t-il ?",
        "contexte": "Quel est le contexte ?",
        "méthode": "Comment a-t-on procédé ?",
        "méthodes": "Comment a-t-on procédé ?",
        "résultats": "Et qu'en est-il ressorti ?",
        "discussion": "Qu'est-ce que cela signifie ?",
        "conclusion": "Et quelle est la conclusion ?",
        "résumé": "Pouvez-vous résumer ?",
    },
    go_on=("Continuez.", "Quoi d'autre ?", "Et puis ?", "Dites-nous en plus.", "Et encore ?"),
    reactions=("Mm-hm.", "Je vois.", "D'accord.", "Intéressant.", "Bien."),
    quote="Je cite : {text}",
    listed="Il y a {count} points.",
    ordinals=tuple(
        f"{word} : {{text}}" for word in (
            "Premièrement", "Deuxièmement", "Troisièmement", "Quatrièmement", "Cinquièmement", "Sixièmement",
            "Septièmement", "Huitièmement", "Neuvièmement", "Dixièmement",
        )
    ),
    then="Ensuite : {text}",
    thanks="C'était « {title} ». Merci, et merci de nous avoir écoutés.",
    goodbye="Merci, {name}. À la prochaine fois.",
)  # fmt: skip
