"""The homographs that come with Voxpress: what is said, and above all what is left alone.

The sentences are our own. Between asterisks stands what the lexicon makes of it; a sentence without asterisks is
left as it is.
"""

from __future__ import annotations

import re

import pytest

from pipeline.script.lexicon import Lexicon
from pipeline.script.lexicon.files import homographs
from pipeline.script.words import split_words

ENGLISH = """
She had read=red the letter twice.
He has never read=red it.
Have you read it? I have read=red nothing else.
They had already read=red about the fire.
The will was read=red aloud.
The names are being read=red out now.
It has been read=red by thousands.
I've read=red all her books.
He read=red the note and turned pale.
She quickly read=red the page.
She is widely read=red in Spain.
A well-read=well-red man came in.
Three unread=un-red letters lay there.
He had not read=red the paper.
I will read it tomorrow.
She likes to read in bed.
We read every night before we sleep.
Can he read?
Did she read it to you?
He can read Greek.
You should read this.
I have to read it first.
They let him read alone.
It was a good read.
She had me read it aloud.
He had better read it.
Let her read.
I heard her read the poem.
She could not read his hand.
He wants you to read.
A lead=led pipe lay on the floor.
They stripped the lead=led roof.
His legs felt like lead=led.
The bag was as heavy as lead=led.
Molten lead=led ran down the wall.
She died of lead=led poisoning.
He wrote with a lead=led pencil.
A coffin made of lead=led stood there.
They will lead us home.
He took the lead at once.
The lead singer was ill.
She will lead glass makers to the fair.
The road led north.
Follow my lead.
It may lead to war.
In the lead were two boys.
We heard live=lyve music from the square.
A live=lyve audience laughed.
The talk was broadcast live=lyve from Rome.
They fired live=lyve rounds over us.
He touched a live=lyve wire.
We live here.
They live music and breathe it.
Where do you live?
People who live alone talk to cats.
To live is to hope.
I live television days like these.
He must wind=wined up the clock every night.
You wind=wined back the tape.
We can wind=wined down now.
He forgot to wind=wined his watch.
The wind blew up the chimney.
A cold wind came down from the hills.
The wind was in the east.
To the wind they gave their sails.
She likes the sound of wind and rain.
With the wind up, we sailed.
He wound=wownd the scarf around his neck.
The path wound=wownd through the trees.
The stairs wound=wownd upward in the dark.
They wound=wownd up in prison.
She wound=wownd the clock.
The wound healed.
A deep wound ran down his arm.
He dressed the wound with care.
It was a flesh wound.
The arrow will wound him.
His wound opened again.
Do not tear=tare it.
They will tear=tare the house down.
I could tear=tare them apart.
The coat showed wear and tear=tare.
She began to tear=tare paper.
A tear ran down her cheek.
The first tear fell.
She wiped a tear from her eye.
One tear off her lash fell.
There were tears in his eyes.
Not a tear was shed.
He made a low bow=bough.
With a stiff bow=bough he left.
We must bow=bough to the king.
They did not bow=bough down.
She stood in the bow=bough of the boat.
The actors took a bow=bough.
He shot with bow and arrow.
She tied a bow in her hair.
He wore a red bow tie.
The bow of the violin broke.
A bow hung on the wall.
They had a blazing row=row.
They sat in the front row.
We row across the lake.
A terrible row of teeth appeared.
We ate sea bass=bass.
He plays the bass in a band.
He studied it in minute=my-newt detail.
Wait a minute.
The last minute passed.
He would never desert=dessert his men.
You must not desert=dessert her.
They crossed the desert.
The desert wind was hot.
He got his just deserts=desserts.
"""

RUSSIAN = """
Большая=бо́льшая часть людей ушла.
Он проспал большую=бо́льшую часть дня.
По большей=бо́льшей части это правда.
На холме стоял рыцарский замок=за́мок.
На двери висел ржавый замок=замо́к.
Он закрыл дверь на замок=замо́к.
Возьмите стакан муки=муки́.
Он терпел адские муки=му́ки.
Пшеничная мука=мука́ кончилась.
Он открыл географический атлас=а́тлас.
Сколько стоит=сто́ит этот хлеб?
Это стоит=сто́ит сто рублей.
Мы видели замок издали.
Большая собака лаяла.
Дом стоит на горе.
Он стоит у двери.
Атлас лежал на столе.
Мука была долгой.
"""


def _cases(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in text.strip().splitlines():
        pairs.append((re.sub(r"=[\w\u0301-]+", "", line), line))
    return pairs


def _changed(text: str, language: str) -> str:
    """The sentence with ``=`` and what is said after each word that the lexicon changes."""
    lexicon = Lexicon(homographs())
    words = split_words(text, language)
    told = lexicon.apply([word.text for word in words], [word.joined for word in words], language)
    shown = []
    for index, word in enumerate(words):
        core = re.sub(r"[^\w-]+$", "", word.text)
        said = re.sub(r"[^\w\u0301-]+$", "", told[index].spoken or "") if index in told else ""
        marked = index in told and (said.lower() != core.lower() or bool(told[index].ipa))
        shown.append(f"{core}={said}{word.text[len(core) :]}" if marked else word.text)
    return " ".join(shown)


@pytest.mark.parametrize(("text", "expected"), _cases(ENGLISH))
def test_english_homographs(text: str, expected: str) -> None:
    assert _changed(text, "en-GB") == expected


@pytest.mark.parametrize(("text", "expected"), _cases(RUSSIAN))
def test_russian_homographs(text: str, expected: str) -> None:
    assert _changed(text, "ru") == expected


def test_homographs_hold_in_their_language_only() -> None:
    assert _changed("Das hat er read a lead pipe.", "de") == "Das hat er read a lead pipe."


def test_a_user_overrules_them() -> None:
    from pipeline.script.lexicon import Entry

    lexicon = Lexicon((*homographs(), Entry("read", "reed")))
    words = split_words("She had read it.", "en", lexicon=lexicon)
    assert [word.spoken for word in words] == ["She", "had", "reed", "it."]


def test_every_voice_can_say_them() -> None:
    """None has IPA alone, so none is ever left out."""
    assert [entry.word for entry in homographs() if not entry.say] == []
