"""Sentence splitting language by language: each case is written with ``|`` where one sentence ends.

The sentences are our own, written from each language's grammar before the rules were.
"""

from __future__ import annotations

import pytest

from pipeline.script.sentences import split_sentences

CASES = {
    "en": """
        The boat left.| Nobody waved.| Why would they?
        She met Dr. Alder at 5 p.m. on Friday.| He was late.
        We arrived at 9 a.m.| The shop was shut.
        We arrived at 9 a.m. Monday and left.
        It was made in the U.S.| They sold it abroad.
        At 9 a.m. Mr. Alder opened the shop.| He closed it at 5 p.m.| Nobody had come.
        The U.S. Senate voted.| It failed.
        He works for Harker & Co.| She does not.
        He works for Harker & Co. in Leeds.
        Prof. J. R. Marlow taught there until 1932.| Then he left.
        I saw Mrs. Oakes and St. Mary's church.
        See pp. 12-14 and fig. 3 for details.| The rest is plain.
        They came from Acme Inc.| It was a surprise.
        Bring pens, paper, etc.| We will share them.
        Bring pens, paper, etc. to the hall.
        "Stop!" he cried.| "I will not," said Ann.
        He asked, "Are you coming?"| She was not.
        She turned to him, "This is great." she said.
        (It was the wrong door.)| They tried another.
        They left (it was raining.) and never came back.
        He paid $4.75 for it.| It was worth 2.5 pence.
        Write to jo.bloggs@example.org today.| Or see www.example.org for more.
        The file is called notes.txt and lies there.| Open it.
        What?!| You never said so!
        Well ... I think so.| Perhaps.
        I never meant . . . well, you know.| Forget it.
        He stopped....| Then he went on.
        Was it he... or was it she?
        1. Wash the pan.| 2. Dry it.| 3. Put it away.
        1) Wash the pan| 2) Dry the pan| 3) Put it away
        a) apples| b) pears| c) plums
        • Apples from the north| • Pears from the south
        No. 7 is mine.| No. 8 is yours.
        I said no.| Seven of them left.
        The plan B. was dropped.
        It was plan B.| We had no other.
        J. S. Bach wrote it.| So did C. P. E. Bach.
        You may find it at N. 12th St. near the park.
        Gov. Hale and Sen. Ortiz met Gen. Grey.
        They live at 4 Elm Rd.| Nobody visits.
        Albert I. Jones came.| I did not.
        Yahoo! is a firm.| So is it.
        He is 5 ft. 8 in. tall.
        Jan. 5 was cold.| Feb. 6 was not.
        Vol. 2 of the work, ed. by A. Smith, is lost.
        Ph.D. students came.| They ate.
        She has a Ph.D.| He has none.
        He lived in Washington, D.C.| They did too.
        i.e. this one, e.g. that one.| And so on.
    """,
    "de": """
        Das Boot fuhr ab.| Niemand winkte.
        Am 3. Oktober kam er.| Er blieb bis zum 5. November.
        Das 19. Jahrhundert begann.| Es war lang.
        Sie besuchte Dr. Meier um 5 Uhr.| Er war da.
        Das gilt z. B. für Obst.| Gemüse ist anders.
        Das gilt z.B. für Obst u. a. Dinge.| So ist es.
        Er aß Äpfel, Birnen usw.| Dann schlief er.
        Er aß Äpfel, Birnen usw. und schlief.
        „Komm!“, rief er.| „Nein“, sagte sie.
        „Bist du da?“| Niemand antwortete.
        Siehe S. 14 ff. und Abb. 3.| Der Rest ist klar.
        Prof. h. c. J. S. Brandt sprach.| Alle schliefen.
        Die Fa. Müller & Co. KG wurde verkauft.
        Er wohnt in der Hauptstr. 7.| Sie wohnt nebenan.
        Es kostet ca. 3,50 Euro.| Das ist viel.
        Kaiser Wilhelm II. starb im Exil.
        Vom 1.–3. Mai ist frei.| Danach nicht.
        Im 1. bis 2. Stock wohnt niemand.
        Um 17.30 Uhr ging er.| Es war kalt.
        Das war ... nun ja.| Schade.
        1. Waschen Sie den Topf.| 2. Trocknen Sie ihn.
        • Äpfel aus dem Norden| • Birnen aus dem Süden
        Er wurde 1990 geboren.| Sie 1991.
        Die Nr. 5 gehört mir.| Das ist gut.
        Er ist 20.| Sie ist älter.
        Bzgl. des Hauses gibt es nichts Neues.
        Der Vertrag vom 12.03.2004 gilt.| Er endet bald.
    """,
    "da": """
        Båden sejlede.| Ingen vinkede.
        Han mødte dr. Holm kl. 5 om eftermiddagen.| Hun kom ikke.
        De arbejder for Holm & Co.| Hun gør ikke.
        Den 3. maj kom han.| Han blev længe.
        Jeg bor i U.S.A.| Hvor bor du?
        Han spiste æbler, pærer osv.| Så sov han.
        Han spiste bl.a. æbler.| De var gode.
        Det koster f.eks. 5 kr. pr. stk. i dag.
        »Kom nu!« råbte han.| Hun gik.
        1. Vask panden.| 2. Tør den.
        1) Vask panden| 2) Tør den
        a) æbler| b) pærer
        Se s. 14 ff.| Resten er klar.
        Han er født d. 12. marts 1990.| Hun er yngre.
    """,
    "nl": """
        De boot vertrok.| Niemand zwaaide.
        Dr. Jansen kwam om 5 uur.| Hij bleef lang.
        Hij at o.a. appels.| Ze waren goed.
        Zie blz. 14 e.v. voor meer.| De rest is duidelijk.
        Prof. mr. J. de Wit sprak.| Iedereen sliep.
        Hij kocht brood, kaas enz.| Daarna ging hij naar huis.
    """,
    "fr": """
        Le bateau partit.| Personne ne fit signe.
        M. Durand et Mme Petit vinrent.| Ils restèrent.
        « Viens ! » cria-t-il.| Elle ne bougea pas.
        Il acheta du pain, du vin, etc.| Puis il partit.
        Il acheta du pain, etc. pour la fête.
        Voir p. 14 et fig. 3.| Le reste est clair.
        Il naquit av. J.-C. dans cette ville.
        Que veux-tu ?| Rien.
        Le Dr Martin habite au no. 7.| Il est vieux.
        C’était… disons, étrange.| Bon.
        J. K. Huysmans l'a écrit.| Pas elle.
    """,
    "es": """
        El barco salió.| Nadie saludó.
        ¿Quién es?| ¡Nadie!| Vete.
        El Sr. Gómez y la Dra. Ruiz vinieron.| Se quedaron.
        Vive en la Avda. Mayor núm. 7.| Es viejo.
        EE. UU. ganó el partido.| Fue ayer.
        Compró pan, vino, etc.| Luego se fue.
        Compró pan, etc. para la fiesta.
        Véase la pág. 14.| El resto es claro.
        «¡Ven!», gritó.| Ella no vino.
        —¿Vienes? —preguntó Ana.| —No.
        Llegó a las 5 p. m. y se fue.
        Ud. lo sabe.| Uds. no.
        Nació en el año 44 a. C. en Roma.
        1. Lave la olla.| 2. Séquela.
        • Manzanas del norte| • Peras del sur
    """,
    "it": """
        La barca partì.| Nessuno salutò.
        Il dott. Rossi e la sig.ra Bianchi vennero.| Restarono.
        «Vieni!» gridò.| Lei no.
        Comprò pane, vino, ecc.| Poi andò via.
        Vedi pag. 14 e fig. 3.| Il resto è chiaro.
        Il prof. G. B. Verdi parlò.| Tutti dormivano.
        Nacque nel 44 a.C. a Roma.| Morì lì.
        Chi è?| Nessuno!
        Costa 3,50 euro.| È molto.
        1. Lavare la pentola.| 2. Asciugarla.
    """,
    "ru": """
        Лодка отплыла.| Никто не махал.
        Он родился в 1890 г. в Москве.| Потом уехал.
        Это было в 1890 г.| Потом он уехал.
        А. С. Пушкин жил здесь.| Он писал.
        Яблоки, груши и т. д. лежали на столе.
        Он купил яблоки и т. д.| Потом ушёл.
        См. стр. 14 и рис. 3.| Остальное ясно.
        — Пойдёшь? — спросил он.| — Нет.
        «Стой!» — крикнул он.| Она шла.
        Ул. Ленина, д. 5, кв. 7.| Там он жил.
        Это стоит 5 тыс. руб. в год.
        Население — 3 млн. человек.| Это много.
        Т. е. он не придёт.| Жаль.
        Он ушёл...| Она осталась.
        Ну... я не знаю.| Может быть.
        Проф. Иванов и акад. Петров спорили.
        Приехал и г-н Орлов.| Все встали.
        Это случилось в V в. до н. э. в Афинах.
    """,
    "pl": """
        Łódź odpłynęła.| Nikt nie machał.
        Prof. Nowak i dr hab. Lis przyszli.| Zostali.
        Urodził się w 1890 r. w Krakowie.| Potem wyjechał.
        Kupił chleb, ser itd.| Potem wyszedł.
        Zob. s. 14 i rys. 3.| Reszta jest jasna.
        Było to np. w maju.| Padało.
        Ul. Długa 5, m.in. tam mieszkał.
    """,
    "sk": """
        Loď odplávala.| Nikto nemával.
        Dňa 3. mája prišiel.| Zostal dlho.
        Prof. Ing. Novák, PhD. prednášal.| Všetci spali.
        Kúpil chlieb, syr atď.| Potom odišiel.
        Bolo to napr. v máji.| Pršalo.
    """,
    "cs": """
        Loď odplula.| Nikdo nemával.
        Dne 3. května přišel.| Zůstal dlouho.
        Koupil chléb, sýr atd.| Potom odešel.
        Viz str. 14 a obr. 3.| To je jasné.
    """,
    "bg": """
        Лодката отплава.| Никой не махаше.
        Роден е през 1890 г. в София.| После замина.
        Купи хляб, сирене и т.н.| После си тръгна.
    """,
    "kk": """
        Қайық кетті.| Ешкім қол бұлғаған жоқ.
        Ол 1890 ж. туған.| Кейін кетті.
        А. Байтұрсынов осында тұрды.| Ол жазды.
    """,
    "hy": """
        Նավակը գնաց։| Ոչ ոք չկար։
        Նա եկավ:| Հետո գնաց:
    """,
    "el": """
        Το πλοίο έφυγε.| Κανείς δεν ήταν εκεί.
        Πού πας;| Σπίτι.
        Ο κ. Παππάς ήρθε.| Έμεινε πολύ.
    """,
    "ar": """
        غادر القارب.| لم يلوح أحد.
        من أنت؟| لا أحد!
        بلغ السعر 3.5 دولار.| هذا كثير.
    """,
    "fa": """
        قایق رفت.| هیچ‌کس دست تکان نداد.
        تو کیستی؟| هیچ‌کس.
    """,
    "ur": """
        کشتی چلی گئی۔| کسی نے ہاتھ نہیں ہلایا۔
        تم کون ہو؟| کوئی نہیں۔
    """,
    "hi": """
        नाव चली गई।| किसी ने हाथ नहीं हिलाया।
        तुम कौन हो?| कोई नहीं।
        डॉ. वर्मा आए।| वे बैठे।
    """,
    "mr": """
        नाव गेली.| कोणीही हात हलवला नाही.
        तू कोण आहेस?| कोणी नाही.
    """,
    "my": """
        လှေထွက်သွားပြီ။| ဘယ်သူမှမရှိဘူး။
    """,
    "am": """
        ጀልባው ሄደ።| ማንም አልነበረም።
        ማን ነህ?| ማንም።
    """,
    "ja": """
        船は出た。|誰も手を振らなかった。
        「来い！」と彼は叫んだ。|彼女は来なかった。
        「そう。もう行く」と言った。|雨だった。
        誰だ？|誰でもない。
    """,
    "zh": """
        船走了。|没有人挥手。
        “快来！”他喊道。|她没有来。
        你是谁？|谁也不是。
        他说：“我走了。”|她没有说话。
    """,
    "hu": """
        A hajó elment.| Senki sem integetett.
        Az 1. fejezet rövid.| A 2. hosszú.
        Dr. Kovács megjött.| Sokáig maradt.
    """,
    "fi": """
        Vene lähti.| Kukaan ei vilkuttanut.
        Hän tuli 3. toukokuuta.| Hän jäi.
    """,
    "pt": """
        O barco saiu.| Ninguém acenou.
        O Sr. Gomes e a Dra. Lima vieram.| Ficaram.
        Comprou pão, vinho, etc.| Depois saiu.
    """,
}


def _cases() -> list[tuple[str, str]]:
    return [
        (language, line.strip()) for language, lines in CASES.items() for line in lines.strip().split("\n")
    ]


@pytest.mark.parametrize(("language", "marked"), _cases())
def test_sentences_of_a_language(language: str, marked: str) -> None:
    text = marked.replace("|", "")
    assert [one.strip() for one in split_sentences(text, language)] == [
        one.strip() for one in marked.split("|")
    ]
    assert "".join(split_sentences(text, language)) == text
