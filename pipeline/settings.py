"""How a production is to be made: every choice a user has, with its default.

Pure data: where the values come from (flags, environment, ``voxpress.toml``) is up to ``storage.settings``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

INCLUDES = (
    "cover", "titlepage", "contents", "copyright", "index", "licence", "notes", "tables", "code", "bibliography",
)  # fmt: skip
"""Parts that are skipped by default and can be asked for: ``ReadingSettings.include``."""


NOTES = ("skip", "inline", "end-of-chapter")
"""What can be done with notes that the text refers to: ``ReadingSettings.notes``."""

OVERLAYS = ("sentence", "word")
"""What a read-along EPUB can go by: ``PublishSettings.overlay``."""


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What of the source is narrated."""

    language: str = ""
    """BCP 47; empty: as the source declares, else detected."""
    include: tuple[str, ...] = ()
    """Parts that are skipped by default and shall be narrated: cover, titlepage, contents, copyright, index,
    licence, notes, tables, code, bibliography."""
    notes: str = "skip"
    """Notes of an EPUB: ``skip``, ``inline`` (after the paragraph that refers to them) or ``end-of-chapter``."""
    image_descriptions: bool = False
    """Narrate the alternative text of images."""
    announce_skipped: bool = False
    """Say "Table left out." where a table or code was skipped."""
    summarise_skipped: bool = False
    """Say what it was instead: "A table with 3 columns: name, price and date, and 12 rows." or "12 lines of Python
    code."."""
    byline: bool = False
    """Say at the beginning who wrote it, where it was published and when: "By Ann Lee, from The Guardian, on November
    3, 2026."."""
    count_lists: bool = False
    """Say how many items a list has, and count them: "3 points. First: ..."."""
    announce_quotes: bool = False
    """Say "Quote:" where a listener could not tell that a quotation begins, and "End of quote." after a long one."""
    announce_pictures: bool = False
    """Say "Picture:" before the caption of a picture, and before its description where that is narrated."""
    shorten_links: bool = False
    """Say "a link to example.org" for a web address in the text, and nothing for one in brackets."""
    chapter_words: int = 1500
    """Words beyond which an article from the web is split into chapters at its headings, where it has several."""
    latest: int = 10
    """How many items of a feed are narrated, from the newest back; each is a chapter, the newest the last."""
    ocr: bool = False
    """Put the pictures of a scanned PDF's pages through text recognition, by the OCRmyPDF that is installed."""
    paper: bool = False
    """Read a PDF as a scholarly paper: without its references and the brackets that cite them, and with
    "Equation." said once for a formula that stands by itself."""
    voice_tags: bool = False
    """Take ``[voice: NAME]...[/voice]`` and ``<voice name="NAME">...</voice>`` in the text for what they say: who
    speaks there. The tags are not narrated."""
    password: str = field(default="", repr=False)
    """For an encrypted PDF. Never logged, never put into a queue."""


@dataclass(frozen=True, slots=True)
class PauseSettings:
    """Silence in seconds after a piece of text, before the next."""

    sentence: float = 0.25
    """Seconds between two chunks of one paragraph; inside a chunk the voice makes its own pauses."""
    clause: float = 0.12
    """Seconds where a sentence had to be split because it was longer than the engine takes at once."""
    line: float = 0.3
    """Seconds between the lines of a verse."""
    paragraph: float = 0.6
    """Seconds after a paragraph."""
    heading_before: float = 0.9
    """Seconds before a heading inside a chapter."""
    heading: float = 0.9
    """Seconds after a heading."""
    chapter_start: float = 0.5
    """Seconds of silence before a chapter's first word."""
    chapter_end: float = 1.5
    """Seconds of silence after a chapter's last word."""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Who speaks, and how."""

    voice: str = "auto"
    """``engine:id``, ``id``, or ``auto``: the best installed voice for the language."""
    rate: float = 1.0
    """Speaking speed from 0.5 to 2.5; 1 is the voice's own, 1.2 a fifth faster."""
    seed: int = 0
    """Which of its possible renditions a voice that draws random numbers gives; the same seed always gives the
    same one. espeak draws none."""
    parameters: tuple[tuple[str, float], ...] = ()
    """What else the engine is told, by name: pitch, temperature, exaggeration ... as the engine's page names them.
    What an engine does not have is not told to it."""
    watermark: bool = True
    """Let engines put their inaudible mark into what they speak. Only for a cloned voice that was declared as one's
    own can it be left out."""


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """What the finished audio is."""

    formats: tuple[str, ...] = ("m4b",)
    """m4b, mp3, mp3-chapters, opus; the first one is the edition's main file."""
    bitrate: int = 64
    """kbit/s, mono."""
    coder: str = "fast"
    """ffmpeg's AAC coder: ``fast`` or ``twoloop`` (see docs for the measurement behind the default)."""
    loudness: str = "-18"
    """``acx`` (-20 LUFS), ``podcast`` (-16 LUFS), ``none``, or LUFS as a number."""
    true_peak: float = -3.0
    """dBTP that the finished audio must not exceed."""


CHECKS = ("auto", "off", "signal", "asr")
"""Who looks at takes: ``CheckSettings.by``."""
CHECK_POLICIES = ("normal", "strict")
"""How much must be right: ``CheckSettings.policy``."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How takes are checked before they are accepted."""

    by: str = "auto"
    """``off`` (only what cannot be a take at all is spoken again; all else is told), ``signal`` (what looks wrong in
    the samples is spoken again), ``asr`` (speech recognition listens to every take, too), or ``auto``: ``asr`` where
    there is a model for it and it is quick, because it is small or runs on a GPU; else ``signal``."""
    policy: str = "normal"
    """How many words may be heard otherwise: ``normal`` (one of ten) or ``strict`` (one of thirty-three)."""


QUOTES = ("rules", "model", "off")
"""Who says which quotation is from: ``CastingSettings.quotes``."""
SPEAKER_NAMES = ("auto", "read", "skip")
"""What can be done with the names that a play prints before its speeches: ``CastingSettings.names``."""


@dataclass(frozen=True, slots=True)
class CastingSettings:
    """How several voices share one book."""

    cast: str = ""
    """Cast file for every source; ``--cast`` goes before it, and so does a ``cast.toml`` in a drop folder."""
    quotes: str = "rules"
    """With a cast, who finds out whose words stand between quotation marks, or after a dash in Russian: ``rules``,
    for English and Russian; ``model``, the local language model that ``llm_url`` names, and rules where it does
    not know; ``off``, only what the source itself marks."""
    names: str = "auto"
    """Names before the speeches of a play or a transcript: ``read`` by the narrator, ``skip``, or ``auto``: skipped
    where the speaker is heard to be another."""
    passages: bool = True
    """Passages in another language are spoken by a voice of that language, where one is installed."""


STYLES = ("article", "interview", "dialogue")
"""What can be made of a source: ``ConversationSettings.style``."""
UNSUPPORTED = ("flag", "drop")
"""What becomes of lines that the source does not bear out: ``ConversationSettings.unsupported``."""


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody who leads a conversation."""

    name: str
    voice: str = ""
    """As ``--voice`` takes it; empty: one that nobody else in the conversation has."""
    temperament: str = ""
    """A few words about how they speak, for the language model."""


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """A conversation about the source instead of its text."""

    style: str = "article"
    """``article``, the text itself; ``interview``, by rules: headings become questions, and the source's own
    sentences answer; ``dialogue``, written by the local language model that ``llm_url`` names."""
    hosts: tuple[Host, ...] = ()
    """Who speaks: a table ``[conversation.hosts.NAME]`` for each, with ``voice`` and ``temperament``; or NAME=VOICE,
    separated by commas. None named: Ada and Ben. The first one asks."""
    minutes: float = 0.0
    """How long it shall be, about; 0: an interview has all of the source, a dialogue about half its length, and 20
    minutes at the most."""
    unsupported: str = "flag"
    """Lines of a dialogue that the source does not bear out: ``flag``, they are told as doubts; ``drop``, they are
    left out, and that is told."""
    fallback: bool = False
    """An interview is made, and that is told, where the language model fails or none is named."""


@dataclass(frozen=True, slots=True)
class MusicSettings:
    """Music around and under the speech."""

    intro: str = ""
    """Audio file that the book begins with; its end lies under the first words."""
    outro: str = ""
    """Audio file that the book ends with; its beginning lies under the last words."""
    bed: str = ""
    """Audio file that is played under the speech, over and over where it is shorter; it fades out at the end of each
    chapter and in again with the next."""
    level: float = 0.0
    """LU by which intro and outro are louder than the speech (less than 0: softer) while nobody speaks."""
    overlap: float = 3.0
    """Seconds of the intro's end and of the outro's beginning that lie under speech; at most half of them."""
    bed_below: float = 14.0
    """LU by which the bed is softer than the speech while nobody speaks."""
    ducking: float = 6.0
    """LU by which all music goes down further while somebody speaks: with the default of bed_below it is then 20 LU
    below the speech, which people who hear badly need (WCAG 2.2, 1.4.7)."""
    pause: float = 1.0
    """Seconds of silence in which the bed comes up; in shorter pauses it stays down."""
    fade: float = 2.0
    """Seconds in which music fades in and out, and goes down before the first word and up after the last."""
    longest: float = 20.0
    """Seconds of a longer intro or outro that are played."""


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """What lies beside the audio."""

    companions: tuple[str, ...] = ("epub", "listen", "report", "vtt", "srt")
    """Files made with the main audio file. The transcript and ``report.json`` are always made."""
    overlay: str = "sentence"
    """What a read-along EPUB shows as it is read: ``sentence`` or ``word``. Its pages are marked for both;
    reading systems follow sentences best."""


@dataclass(frozen=True, slots=True)
class ProductionSettings:
    """Everything that makes one production different from another of the same source."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    pauses: PauseSettings = field(default_factory=PauseSettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    check: CheckSettings = field(default_factory=CheckSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    casting: CastingSettings = field(default_factory=CastingSettings)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    music: MusicSettings = field(default_factory=MusicSettings)
    cast: str = ""
    """Key of the cast that was kept for it; empty: one voice for all. No setting: it is made of a cast file where the
    production is opened."""
    lexicon: str = ""
    """Key of the lexicon that was kept for it; empty: only what comes with Voxpress. No setting: it is made of
    lexicon files where the production is opened, and names no file."""
    tracks: str = ""
    """Key of the music that was kept for it; empty: none. No setting: it is made of the files that ``music`` names
    where the production is opened, and ``music`` names none from then on."""
