"""English, class by class."""

from __future__ import annotations

import pytest

from pipeline.script import speak_text

CASES = {
    "cardinal": [
        ("7 cats", "Seven cats"),
        ("He has 1,204 books.", "He has one thousand two hundred and four books."),
        ("some 15000 soldiers", "some fifteen thousand soldiers"),
        ("It is -3 outside.", "It is minus three outside."),
        ("agent 007", "agent zero zero seven"),
    ],
    "ordinal": [
        ("the 42nd street", "the forty second street"),
        ("on the 1st, 2nd and 3rd", "on the first, second and third"),
        ("the 20th century", "the twentieth century"),
        ("the 111th", "the one hundred and eleventh"),
    ],
    "decimal": [("about 3.14159", "about three point one four one five nine"), ("0.5", "Zero point five")],
    "date": [
        ("on March 3, 1875", "on March third, eighteen seventy five"),
        ("on 4 July 1776", "on the fourth of July seventeen seventy six"),
        ("the 4th July", "the fourth of July"),
        ("Sept. 1939", "September nineteen thirty nine"),
        ("2021-12-31", "December thirty first twenty twenty one"),
        ("3/15/44", "March fifteenth forty four"),
        ("in the 1920s and '30s", "in the nineteen twenties and thirties"),
        ("in 1906", "in nineteen oh six"),
        ("in 2000", "in two thousand"),
        ("in 1066", "in ten sixty six"),
        ("in 400 BC", "in four hundred BC"),
        ("you may 10 times", "you may ten times"),
        ("1500 people came in 1500.", "Fifteen hundred people came in fifteen hundred."),
    ],
    "time": [
        ("at 9:05 a.m. sharp", "at nine oh five AM sharp"),
        ("at 10:00", "at ten o'clock"),
        ("the 17:45 train", "the seventeen forty five train"),
        ("from 9am-5pm", "from nine AM to five PM"),
    ],
    "money": [
        ("$19.99", "Nineteen dollars ninety nine cents"),
        ("£1", "One pound"),
        ("£0.01", "One penny"),
        ("a $5 bill", "a five dollar bill"),
        ("$3 million", "Three million dollars"),
        ("€2.5bn", "Two point five billion euros"),
        ("$10-15 million", "Ten to fifteen million dollars"),
        ("45 USD", "Forty five US dollars"),
        ("£3 10s 6d", "Three pounds ten shillings six pence"),
        ("He paid £1 2s. 6d. in all.", "He paid one pound two shillings six pence in all."),
        ("It was 2s. 6d. the dozen.", "It was two shillings six pence the dozen."),
        ("Pears at 3d. each, for 10s. a week.", "Pears at three pence each, for ten shillings a week."),
        ("All through the 20s. Nobody knew.", "All through the twenties. Nobody knew."),
        ("75¢", "Seventy five cents"),
    ],
    "measure": [
        ("100 km/h", "One hundred kilometers per hour"),
        ("a 5-km run", "a five kilometer run"),
        ("1 kg", "One kilogram"),
        ("90%", "Ninety percent"),
        ("-40 °F", "Minus forty degrees Fahrenheit"),
        ("2 lbs. of tea", "Two pounds of tea"),
        ("6'1\" tall", "Six feet one inch tall"),
        ("4s", "Four s"),
    ],
    "fraction": [
        ("2/3 of it", "Two thirds of it"),
        ("1 3/4", "One and three quarters"),
        ("3½ miles", "Three and a half miles"),
        ("open 24/7", "open twenty four seven"),
    ],
    "range": [
        ("pages 12–19", "pages twelve to nineteen"),
        ("1939–1945", "Nineteen thirty nine to nineteen forty five"),
        ("1914-18", "Nineteen fourteen to eighteen"),
        ("won 3-1", "won three one"),
    ],
    "telephone": [
        ("+44 20 7946 0018", "Plus four four, two zero, seven nine four six, zero zero one eight"),
        ("(555) 010-4477", "Five five five, zero one zero, four four seven seven"),
        ("192.168.0.1", "One nine two dot one six eight dot zero dot one"),
    ],
    "roman": [
        ("Chapter XXIV", "Chapter twenty four"),
        ("Henry V was king.", "Henry the fifth was king."),
        ("Louis XVI's head", "Louis the sixteenth's head"),
        ("World War II", "World War two"),
        ("Malcolm X spoke", "Malcolm X spoke"),
        ("She and I", "She and I"),
        ("VII", "Seven"),
        ("see p. xiv", "see page fourteen"),
    ],
    "abbreviation": [
        ("Dr. Grey lives on Elm St. She", "Doctor Grey lives on Elm Street. She"),
        ("St. Peter's", "Saint Peter's"),
        ("Mr. Hyde vs. Prof. Moriarty, etc.", "Mister Hyde versus professor Moriarty, et cetera."),
        ("No. 9 said no.", "Number nine said no."),
        ("e.g. this", "for example this"),
        ("the U.S.A. and the U.N.", "the USA and the UN."),
        ("Mt. Etna", "Mount Etna"),
    ],
    "address": [
        ("He lives at 1600 Penn Ave.", "He lives at sixteen hundred Penn Avenue."),
        ("12 W 3rd St", "Twelve West third Street"),
        ("Austin, TX 73301", "Austin, Texas seven three three zero one"),
    ],
    "electronic": [
        ("www.example.org/a-b", "WWW dot example dot org slash a dash b"),
        ("write to joe99@example.com.", "write to joe nine nine at example dot com."),
        ("he/she", "he slash she"),
    ],
    "formula": [("H2SO4", "H two S O four"), ("CO₂", "C O two")],
    "math": [
        ("x + 1 = 5", "x plus one equals five"),
        ("a² + b² = c²", "a squared plus b squared equals c squared"),
        ("10⁶", "Ten to the power of six"),
        ("3 × 4 = 12", "Three times four equals twelve"),
    ],
    "symbol": [
        ("R&D & more", "R and D and more"),
        ("§ 5", "Section five"),
        ("the word¹ and", "the word and"),
        ("C# and C++", "C sharp and C plus plus"),
        ("nice 😀!", "nice!"),
    ],
    "letters with digits": [("the A4 and MP3", "the A four and MP three"), ("100-car", "One hundred car")],
    "verse": [
        ("Psalm 23:4, 1 Cor. 13:4–7", "Psalm twenty three, four, one Cor. thirteen four to seven"),
        ("He won 3:1.", "He won three to one."),
    ],
    "coordinates": [
        ("at 40°26′46″N", "at forty degrees twenty six minutes forty six seconds north"),
        ("30° W. of it", "Thirty degrees west of it"),
        ("100° F.", "One hundred degrees F."),
        ("6'1\"", "Six feet one inch"),
    ],
    "recipe": [
        ("1/2 tsp. of salt", "One half teaspoon of salt"),
        ("2 1/2 tsp. of salt", "Two and a half teaspoons of salt"),
        ("1 tbsp. milk", "One tablespoon milk"),
        ("2 tbsp. Mix well.", "Two tablespoons. Mix well."),
    ],
    "seconds": [
        ("in 9.58s flat", "in nine point five eight seconds flat"),
        ("Wait 20 s and stir.", "Wait twenty seconds and stir."),
        ("in her 20s", "in her twenties"),
    ],
    "double year": [
        ("in 1848/49", "in eighteen forty eight forty nine"),
        ("1805–6", "Eighteen oh five to six"),
        ("the 3/4 mark", "the three quarters mark"),
    ],
    "several": [
        ("F-16s", "F sixteens"),
        ("the 747s", "the seven forty sevens"),
    ],
    "old ordinal": [
        ("the 22d regiment", "the twenty second regiment"),
        ("on the 5th inst. and", "on the fifth instant and"),
    ],
    "pages": [
        ("pages xii–xv", "pages twelve to fifteen"),
        ("Parts I–III", "Parts one to three"),
        ("vol. II of", "volume two of"),
    ],
    "not a number": [
        ("World War I ended", "World War one ended"),
        ("the World War I fought", "the World War I fought"),
        ("B. 4, The Albany", "B. four, The Albany"),
        ("b. 1805", "born eighteen oh five"),
        ("191 A classic tale.", "One hundred and ninety one A classic tale."),
    ],
    "street": [
        ("Near James St. is it.", "Near James Street is it."),
        ("in room 101", "in room one oh one"),
    ],
    "score": [
        ("It was 3–2.", "It was three to two."),
    ],
    "Greek word": [
        ("the πλεον", "the πλεον"),
        ("2 π r", "Two pi r"),
    ],
    "bracket": [
        ("chroot(8)", "chroot eight"),
    ],
    "opus": [
        ("No. 3, Op. 27", "Number three, Opus twenty seven"),
        ("of the 17th c. and", "of the seventeenth century and"),
        ("at 120/80 mmHg", "at one hundred and twenty over eighty mmHg"),
    ],
}


@pytest.mark.parametrize(
    ("written", "spoken"), [case for cases in CASES.values() for case in cases], ids=lambda text: text[:40]
)
def test_english(written: str, spoken: str) -> None:
    assert speak_text(written, "en") == spoken
