"""Words that a language needs to be judged by: those that deny, and those that are about nothing."""

from __future__ import annotations

NEGATIONS = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|neither|nor|nowhere|without|cannot|hardly|scarcely)\b|n['’]t\b",
    "de": r"\b(?:nicht|kein\w{0,2}|nie|niemals|niemand\w{0,2}|nichts|ohne|weder|nirgend\w*|kaum)\b",
    "fr": r"\b(?:ne|pas|jamais|aucune?|rien|sans|ni|guère)\b|\bn['’]",
    "es": r"\b(?:no|nunca|jamás|nada|nadie|ningun[ao]|ningún|sin|ni|tampoco|apenas)\b",
    "ru": r"\b(?:не|нет|ни|никогда|никто|ничего|ничто|никак\w*|нигде|без|нельзя|едва)\b",
}
"""Patterns, by language."""

_STOP = {
    "en": """
        about after again also another because been before being both could does doing down each even
        ever every from have having here into itself just like made make many maybe more most much must
        only other over really said same should some something still such than that their them then
        there these they thing things this those through under very want well were what when where
        which while with would your yours know mean right exactly actually think people called says
        tell tells quite course
    """,
    "de": """
        aber alle allem allen aller alles also auch beim bist damit dann dass dein denn deren dessen
        dich dies diese diesem diesen dieser dieses doch durch eben eine einem einen einer eines etwas
        euch euer ganz genau gibt haben hatte hatten heißt hier ihre ihrem ihren ihrer immer jede jedem
        jeden jeder kann können könnte machen macht mehr mein mich muss müssen nach noch nämlich oder
        ohne schon sehr sein seine seinem seinen seiner selbst sich sind soll über unter viel vom vor
        wann warum weil weiter welche wenn werden wird wieder wollen worden wurde wurden
    """,
    "fr": """
        ainsi alors après aussi autre autres avant avec avoir bien cela cette ceux chaque comme dans
        deux depuis donc elle elles encore entre était étaient être fait faire leur leurs mais même
        moins notre nous parce plus pour pourquoi quand quel quelle quelque sont sous surtout tous tout
        toute toutes très vers voilà votre vous
    """,
    "es": """
        además algo algunos ante antes aquel aquí aunque cada casi como cómo con cosa cuando cual cuál
        desde donde ella ellas ellos entonces entre esta está este esto estos están había hace hacer
        hacia hasta luego más menos mientras mismo mucho muchos muy otra otro otros para pero poco
        porque puede pueden pues quien ser sido siempre sobre son sus también tanto tiene tienen toda
        todo todos unos usted
    """,
    "ru": """
        более больше быть было были была будет вообще ведь весь всего всегда всех даже другой если есть
        ещё зачем здесь именно иногда какая какой когда конечно которая которое которые который кого
        лишь между меня может можно надо наших него нибудь один однако опять очень перед после потом
        потому почему почти просто разве самый свою себе себя сейчас снова совсем среди такой также
        тебя тогда тоже только хорошо хоть чего чтобы этого этой этом этот
    """,
}
STOP = {language: frozenset(words.split()) for language, words in _STOP.items()}
"""Words of four letters and more that stand in a sentence about anything, by language."""

__all__ = ["NEGATIONS", "STOP"]
