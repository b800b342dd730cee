"""What a full stop after an abbreviation means, language by language.

Four classes say what grammar says of them: what stands before a name, before a number, and inside a phrase
never ends a sentence; what may end one does so where the next word is one that begins sentences. Words that
begin sentences are the closed classes: pronouns, articles, conjunctions, prepositions, question words. All are
lower case; of an abbreviation in several parts the spaces and the last full stop are left out (``z.b``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The abbreviations of one language, and the words that begin its sentences."""

    titles: frozenset[str] = _NOTHING
    """Before a name: ``dr``."""
    numbered: frozenset[str] = _NOTHING
    """Before a number: ``fig``."""
    inside: frozenset[str] = _NOTHING
    """Inside a phrase: ``e.g``."""
    ending: frozenset[str] = _NOTHING
    """May end a sentence; does so before a word of ``starters``: ``inc``."""
    closing: frozenset[str] = _NOTHING
    """Ends it before any capital, in a language that keeps capitals for names: ``etc``."""
    starters: frozenset[str] = field(default=_NOTHING, repr=False)

    def knows(self, token: str) -> bool:
        """Whether it is one of them."""
        return any(
            token in kind for kind in (self.titles, self.numbered, self.inside, self.ending, self.closing)
        )


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DANISH = Abbreviations(
    titles=_set("dr hr fr frk prof cand mag adv dir ing sct skt"),
    numbered=_set("nr s kap kl d jan feb mar apr jun jul aug sep sept okt nov dec fig bd tlf"),
    inside=_set("f.eks bl.a ca pga mht dvs inkl ekskl evt jf ift pr stk iht iflg vedr hhv ang"),
    ending=_set("co kr f.kr e.kr m.fl a/s"),
    closing=_set("osv m.m m.v mv ff o.lign"),
    starters=_set(
        "den det de en et han hun jeg vi i du man dette denne disse men og eller så da når hvor hvem hvad"
        " hvorfor hvordan her der nu også ikke ingen alle hans hendes deres min mit din sin vores på med"
        " til fra for af om efter før hvis at nogle var er blev kan skal vil har"
    ),
)
_SLOVAK = Abbreviations(
    titles=_set("prof ing mgr mudr judr rndr phdr bc dr doc sv p gen plk"),
    numbered=_set("č str s obr kap roč ods tel"),
    inside=_set("napr tzv t.j t.zn resp cca t.č príp"),
    ending=_set("r hod kč sk mil tis"),
    closing=_set("atď apod a.pod i.i"),
    starters=_set(
        "on ona ono oni ja ty my vy to ten tá tí táto tento ale a alebo potom keď kde kto čo ako prečo ak"
        " nie v vo na s so do po od u za pri jeho jej ich môj každý nikto nič tu tam tak teraz už ešte"
        " len bol bola je"
    ),
)

LANGUAGES: dict[str, Abbreviations] = {
    "en": Abbreviations(
        titles=_set(
            "mr mrs ms dr prof gov sen rep gen col capt lt sgt maj cmdr adm rev hon pres mt messrs mme mlle"
            " supt"
        ),
        numbered=_set(
            "op no nos p pp vv ll vol vols pt bk cor thess tim pet chron lat tbsp tsp lb lbs oz inst ult prox"
            " ch fig figs sec para eq jan feb mar apr jun jul aug sept sep oct nov dec"
        ),
        inside=_set("e.g i.e cf viz vs ca approx incl esp ed eds"),
        ending=_set(
            "co inc ltd corp bros jr sr esq st ave blvd rd ln dept univ assn ph.d m.d b.a m.a b.sc m.sc al"
        ),
        closing=_set("etc a.m p.m b.c a.d"),
        starters=_set(
            "i he she it we you they this that these those the a an there here then when where why who what"
            " which how if but and or so yet for as at in on after before while although because since his"
            " her its our your their my no not now one some all most many every each both another nobody"
            " everybody everyone someone nothing everything let do did does is are was were would can could"
            " should perhaps maybe however therefore moreover meanwhile indeed yes"
        ),
    ),
    "de": Abbreviations(
        titles=_set("hl dr hr fr frl prof dipl ing h.c med phil jur rer.nat st fa gebr mag"),
        numbered=_set(
            "nr s abb abs art bd kap tab jan feb febr apr jun jul aug sept okt nov dez bl tel ziff"
        ),
        inside=_set(
            "pfd msp z.b d.h u.a bzw ca evtl ggf inkl exkl sog vgl s.o s.u u.u i.d.r z.t bzgl ebd geb gest einschl"
            " insb o.ä"
        ),
        ending=_set("ff co usw usf u.s.w etc u.a.m n.chr v.chr mio mrd jh jhd d.j a.d"),
        starters=_set(
            "der die das ein eine er sie es wir ihr ich dies diese dieser dieses aber und oder doch dann"
            " danach als wenn wo wer was wie warum wohin hier dort da so auch nun jetzt in im am an auf mit"
            " von vom zu zum zur für bei nach vor seit sein seine ihre mein meine unser kein keine man alle"
            " nicht niemand jemand jeder damit deshalb daher trotzdem dennoch vielleicht ist war hat"
        ),
    ),
    "da": _DANISH,
    "no": _DANISH,
    "nb": _DANISH,
    "nn": _DANISH,
    "sv": Abbreviations(
        titles=_set("dr hr fr prof"),
        numbered=_set("nr s kap kl jan feb apr aug sept okt nov dec fig"),
        inside=_set("t.ex bl.a ca dvs d.v.s inkl ev jfr"),
        ending=_set("kr f.kr e.kr m.fl"),
        closing=_set("osv m.m etc"),
        starters=_set(
            "den det de en ett han hon jag vi ni du man detta denna dessa men och eller så då när var vem vad"
            " varför hur här där nu också inte ingen alla hans hennes deras min din sin på med till från för"
            " av om efter före"
        ),
    ),
    "nl": Abbreviations(
        titles=_set("dr dhr mevr mej mw prof mr drs ir ing ds st jhr"),
        numbered=_set("nr blz p pag hfst fig art jan feb mrt apr jun jul aug sept okt nov dec tel"),
        inside=_set("bijv b.v o.a d.w.z m.n ca resp incl excl t.a.v i.p.v z.g t.o.v a.u.b"),
        ending=_set("v.chr n.chr co"),
        closing=_set("enz etc e.d e.a e.v"),
        starters=_set(
            "de het een hij zij ze wij we jullie ik dit dat deze die maar en of toen daarna dan als wanneer"
            " waar wie wat hoe waarom er in op met voor van zijn haar hun mijn geen niet ook nu daar hier"
            " niemand iedereen"
        ),
    ),
    "fr": Abbreviations(
        titles=_set("m mm mme mmes mlle mlles dr pr me mgr st ste"),
        numbered=_set("op p pp no n° fig chap vol art t janv févr avr juil sept oct nov déc"),
        inside=_set("av apr env ex cf p.ex c.-à-d"),
        ending=_set("j.-c éd bd"),
        closing=_set("etc"),
        starters=_set(
            "le la les un une des il elle ils elles on nous vous je tu ce cet cette ces cela ça mais et ou"
            " donc or puis alors ensuite quand qui que où comment pourquoi en dans sur pour avec sans après"
            " avant si mon ma mes ton son sa ses leur notre votre à au aux de du par chaque tout tous ici là"
            " ainsi aussi c l d j n s qu"
        ),
    ),
    "es": Abbreviations(
        titles=_set("sr sra srta sres dr dra d dña prof profa gral lic ing sto sta"),
        numbered=_set(
            "t cda cdas cdta cdtas"
            " op núm núms nº no pág págs p pp art cap fig vol tel ene feb mar abr jun jul ago sept oct nov dic"
        ),
        inside=_set("p.ej ej aprox vs"),
        ending=_set("ud uds vd vds ee.uu a.c d.c s.a a.m p.m cía ltda avda av hnos"),
        closing=_set("etc"),
        starters=_set(
            "el la los las un una unos unas él ella ellos ellas yo tú usted ustedes nosotros este esta esto"
            " ese esa eso aquel pero y o luego después entonces cuando donde si no en de del al por para con"
            " sin su sus mi tu qué quién cómo dónde cuándo aquí allí así también además se lo le ya más todo"
            " todos cada hay es era fue"
        ),
    ),
    "it": Abbreviations(
        titles=_set("dott dott.ssa sig sig.ra sig.na sigg prof prof.ssa ing avv arch geom on mons s"),
        numbered=_set("pag pagg p pp fig figg art cap n nr vol tel genn febbr apr ag sett ott nov dic"),
        inside=_set("es p.es cfr ca circa c.a ecc.ma c.so v.le p.za"),
        ending=_set("a.c d.c s.p.a s.r.l f.lli"),
        closing=_set("ecc etc"),
        starters=_set(
            "il lo la i gli le l un uno una egli lui lei noi voi loro essi questo questa questi quello quella"
            " ma e o poi quindi allora quando dove se non in nel nella di del della a al da dal con su sul"
            " per tra fra suo sua mio tuo chi che come perché qui lì così anche ogni è era"
        ),
    ),
    "pt": Abbreviations(
        titles=_set("sr sra srta dr dra d prof profa eng"),
        numbered=_set("n nº pág págs p art cap fig vol jan fev mar abr jun jul ago set out nov dez"),
        inside=_set("p.ex ex aprox"),
        ending=_set("a.c d.c s.a ltda av"),
        closing=_set("etc"),
        starters=_set(
            "o a os as um uma ele ela eles elas eu tu nós você vocês este esta isto isso esse essa aquele mas"
            " e ou depois então quando onde se não em no na de do da para com por sem seu sua meu que quem"
            " como aqui ali assim"
        ),
    ),
    "ru": Abbreviations(
        titles=_set("о проф акад доц г-н г-жа гр тов им св ген полк кап инж ул пл пер просп бул"),
        numbered=_set("стр с рис гл см табл ст разд кв д корп п илл вып т тел ч мин сек"),
        inside=_set("т.е т.к напр т.н т.наз ок прибл ср букв"),
        ending=_set("г гг в вв н.э руб коп тыс млн млрд чел экз обл"),
        closing=_set("т.д т.п др пр проч"),
        starters=_set(
            "он она оно они я мы вы ты это этот эта эти тот та те но и а или потом затем тогда когда где кто"
            " что как почему зачем если не ни в во на с со к по из от до у за под над при о об его её ее их"
            " мой твой наш ваш все всё каждый никто ничто здесь там так теперь уже ещё еще только также"
            " однако после перед для без через"
        ),
    ),
    "uk": Abbreviations(
        titles=_set("проф акад доц п ім св вул пл"),
        numbered=_set("стор с рис гл див табл ст кв буд"),
        inside=_set("т.зв напр тобто"),
        ending=_set("р рр ст н.е грн коп тис млн млрд"),
        closing=_set("т.д т.п ін"),
        starters=_set(
            "він вона воно вони я ми ви ти це цей ця ці той але і й а або потім тоді коли де хто що як чому"
            " якщо не ні в у на з до по із від за під при його її їх мій кожен ніхто ніщо тут там так тепер"
            " вже ще тільки також після"
        ),
    ),
    "bg": Abbreviations(
        titles=_set("проф акад доц д-р г-н г-жа св ул инж"),
        numbered=_set("стр с фиг гл вж табл чл"),
        inside=_set("напр т.е т.нар"),
        ending=_set("г в пр.н.е н.е лв ст хил млн млрд"),
        closing=_set("т.н др"),
        starters=_set(
            "той тя то те аз ти ние вие това този тази тези но и а или после тогава когато къде кой какво как"
            " защо ако не в на с от до за при неговият всеки никой нищо тук там така сега вече още само също"
            " след"
        ),
    ),
    "kk": Abbreviations(
        titles=_set("проф акад"),
        numbered=_set("б бет сур"),
        ending=_set("ж жж ғ б.з.д б.з тг млн млрд"),
        closing=_set("т.б т.с.с"),
        starters=_set(
            "ол олар мен сен біз сіз бұл осы сол бірақ және немесе кейін содан қашан қайда кім не қалай егер"
        ),
    ),
    "pl": Abbreviations(
        titles=_set("prof dr hab mgr inż ks św gen płk kpt ul pl al o p doc red"),
        numbered=_set("s str rys nr tab t art rozdz zob por tel ust"),
        inside=_set("np m.in tzn tj tzw ok ww ds wg"),
        ending=_set("r w zł gr tys mln mld n.e p.n.e godz"),
        closing=_set("itd itp in"),
        starters=_set(
            "on ona ono oni ja ty my wy to ten ta te ci ale i a lub potem wtedy gdy kiedy gdzie kto co jak"
            " dlaczego jeśli nie w we na z ze do po od u za przy jego jej ich mój każdy nikt nic tu tam tak"
            " teraz już jeszcze tylko"
        ),
    ),
    "cs": Abbreviations(
        titles=_set("prof ing mgr mudr judr phdr bc dr doc sv p gen plk"),
        numbered=_set("č str s obr kap roč odst tel sv"),
        inside=_set("např tzv tj resp cca popř"),
        ending=_set("r hod kč mil tis n.l př.n.l"),
        closing=_set("atd apod aj"),
        starters=_set(
            "on ona ono oni já ty my vy to ten ta ti tento tato ale a nebo potom pak když kde kdo co jak proč"
            " jestli ne v ve na s se do po od u za při jeho její jejich můj každý nikdo nic tady tam tak teď"
            " už ještě jen byl byla je"
        ),
    ),
    "sk": _SLOVAK,
    "hu": Abbreviations(
        titles=_set("dr prof ifj id özv"),
        inside=_set("pl ún ill kb"),
        ending=_set("kr.e kr.u"),
        closing=_set("stb"),
        starters=_set(
            "a az ő ez egy és de vagy ha mert nem itt ott akkor majd most minden senki mi ti én te"
        ),
    ),
    "fi": Abbreviations(
        titles=_set("tri prof"),
        inside=_set("esim mm ts ns n"),
        closing=_set("jne yms"),
        starters=_set(
            "hän se he ne minä sinä me te tämä tuo mutta ja tai kun jos ei niin sitten nyt siellä täällä"
        ),
    ),
    "hi": Abbreviations(titles=_set("डॉ पं श्री श्रीमती सु कु प्रो")),
    "mr": Abbreviations(titles=_set("डॉ पं श्री श्रीमती सौ कु प्रा")),
    "el": Abbreviations(
        titles=_set("κ κα δρ καθ"), inside=_set("π.χ δηλ βλ"), closing=_set("κ.λπ κλπ κ.ά κ.ο.κ")
    ),
}

NOUNS_LARGE = frozenset(["de", "lb"])
"""Languages that write nouns with a capital: it tells less there."""

NOT_NEXT_SENTENCE = _set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june"
    " july august september october november december mon tue wed thu fri sat sun est edt cst cdt mst"
    " mdt pst pdt et ct mt pt gmt utc"
)
"""After "5 p.m.": the day or the time zone goes with the time."""

NO_ABBREVIATIONS = Abbreviations()
"""Of a language that is not here."""
