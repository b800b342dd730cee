"""The types that flow from stage to stage: book, script, take.

All are frozen and hold nothing but data; ``pipeline.serial`` writes them as JSON and reads them back.
Times are seconds (``float``) unless a field's name ends in ``_samples``; sample rates are Hz; levels are
dBFS, dBTP (true peak) or LUFS as named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.settings import Host

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SILENCE = -200.0
"""Stands for minus infinity dB, which JSON cannot say."""

OTHER_FAULT = "other"
"""Of a doubt whose fault has no name."""

if TYPE_CHECKING:
    Pcm = NDArray[np.int16]
    """Mono 16-bit samples, shape (n,)."""
else:

    def __getattr__(name: str) -> object:
        """``Pcm``, when it is asked for: who has nothing to do with sound does not wait for NumPy."""
        if name != "Pcm":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import numpy as np
        from numpy.typing import NDArray

        return NDArray[np.int16]


# -- book ---------------------------------------------------------------------------------------------


class SourceKind(StrEnum):
    """What a source is; the value is the contract's ``source.kind``."""

    EPUB = "epub"
    PDF = "pdf"
    WEB = "web"
    FEED = "feed"
    TEXT = "text"
    DOCX = "docx"
    ODT = "odt"
    RTF = "rtf"
    FB2 = "fb2"
    MOBI = "mobi"
    """Kindle books, .azw3 as well."""
    SUBTITLES = "subtitles"
    BOOK = "book"
    """A book that was composed here, of several sources, and kept in a file."""
    TALK = "talk"
    """A conversation as it was written down."""
    RECORDING = "recording"
    """A voice memo: its text was heard."""


class BlockKind(StrEnum):
    """What a block is; pauses, and later voices, follow it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    VERSE = "verse"
    LIST_ITEM = "list-item"
    CAPTION = "caption"
    TABLE = "table"
    CODE = "code"
    NOTE = "note"


class Begins(StrEnum):
    """What begins with a sentence, as far as print would show it."""

    NOTHING = ""
    """It follows the one before in the same line; or it is not known, in scripts of earlier versions."""
    LINE = "line"
    """A further line of a verse."""
    BLOCK = "block"


class Matter(StrEnum):
    """Where a chapter stands in the book."""

    FRONT = "front"
    BODY = "body"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a block stands in its source."""

    href: str = ""
    """EPUB: path of the document inside the book. Web: the address. Else empty."""
    id: str = ""
    """``id`` of the element, or of its nearest predecessor that has one; empty when there is none."""
    page: int | None = None
    """PDF: page number, from 1."""
    box: tuple[float, float, float, float] | None = None
    """PDF: left, bottom, right, top in points."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Words inside a block that are in another language than the text around them."""

    text: str
    """As it stands in the block."""
    language: str
    """BCP 47."""


class Role(StrEnum):
    """What a run of a block's text is in a conversation."""

    SPEECH = "speech"
    NAME = "name"
    """Of who speaks next, as a play or a transcript prints it."""
    DIRECTION = "direction"
    """What happens on the stage."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Words inside a block that the source gives to a speaker."""

    text: str
    """As it stands in the block."""
    speaker: str
    """As the source names them; empty for directions."""
    role: Role = Role.SPEECH
    enters: float = 0.0
    """Seconds before the end of what is said before it at which it begins: an interruption, or a reaction in the
    middle of another's words. 0: it waits."""


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, quotation, stanza ... of a chapter."""

    kind: BlockKind
    text: str
    """What is narrated, white space folded; the lines of a verse are separated by ``\\n``."""
    anchor: Anchor = Anchor()
    level: int = 0
    """Headings: 1 to 6. Else 0."""
    language: str | None = None
    """BCP 47 tag when it differs from the book's."""
    passages: tuple[Passage, ...] = ()
    """In their order. Those that are whole sentences are spoken in their own language."""
    speeches: tuple[Speech, ...] = ()
    """Who says what of it, in order, where the source marks that; what lies between is the narrator's."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry of the audiobook's table of contents, in reading order."""

    index: int
    """From 0."""
    title: str
    level: int
    """Depth in the table of contents, from 1: parts 1, their chapters 2."""
    blocks: tuple[Block, ...]
    matter: Matter = Matter.BODY

    @property
    def text(self) -> str:
        """What is narrated: blocks separated by a blank line (the contract's ``text``)."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the source that is not narrated, by kind."""

    kind: str
    """``note``, ``note-reference``, ``running-header``, ``page-number``, ``navigation``, ``boilerplate``,
    ``table``, ``code``, ``cover``, ``copyright``, ``index`` ..."""
    count: int
    words: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the source says about itself; an empty value means that it does not say."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    """BCP 47, declared by the source, else detected from its text."""
    identifier: str = ""
    isbn: str = ""
    publisher: str = ""
    published: str = ""
    """As the source has it; the first four digits are the year."""
    description: str = ""
    """Plain text."""
    series: str = ""
    series_part: str = ""
    subjects: tuple[str, ...] = ()
    site: str = ""
    """What a web site calls itself."""
    link: str = ""
    """Address of the article, as the page itself says it; http or https."""
    licence: str = ""
    """As the source says it: ``CC BY-SA 4.0``, or an address."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture for the front, JPEG or PNG."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Which source a book was read from."""

    kind: SourceKind
    uri: str
    """Path or address as the user gave it."""
    sha256: str
    """Of the source's bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a book, or a part of one, was made from, as listeners are told."""

    title: str = ""
    link: str = ""
    """Address; empty for files."""
    authors: tuple[str, ...] = ()
    site: str = ""
    published: str = ""
    """As the source has it."""
    licence: str = ""
    """As the source says it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the chapters of a composed book come from, up to those of the next origin."""

    chapter: int
    """Index of the first of them."""
    source: Source


@dataclass(frozen=True, slots=True)
class Book:
    """The structured document."""

    source: SourceInfo
    metadata: Metadata
    chapters: tuple[Chapter, ...]
    skipped: tuple[Skipped, ...] = ()
    cover: Cover | None = None
    """From the source; None when it has none (publishing then draws one)."""
    doubts: tuple[str, ...] = ()
    """What the ingester is not sure of, one sentence each, for the report."""
    origins: tuple[Origin, ...] = ()
    """Of a book that was composed of several sources, ascending; chapters before the first are of none."""
    hosts: tuple[Host, ...] = ()
    """Who speaks in it, where it is a conversation."""
    talk: str = ""
    """The conversation as a talk file (``pipeline.script.conversation.files``)."""


# -- script -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A display word and what is said for it. All timings are of display words."""

    text: str
    spoken: str
    """Empty when nothing is said (a lone dash)."""
    joined: bool = False
    """True when no space stands between the word before and this one (Chinese, Japanese)."""
    ipa: str = ""
    """How it sounds, where a lexicon says so: an engine that can be told says this and not ``spoken``."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, or a clause of one that was too long for the engine."""

    words: tuple[Word, ...]
    begins: Begins = Begins.NOTHING

    @property
    def text(self) -> str:
        """The display words joined as they stand in the book."""
        return join_words(self.words)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of synthesis: a run of whole sentences that one voice speaks in one call."""

    index: int
    """Within the chapter, from 0."""
    sentences: tuple[Sentence, ...]
    kind: BlockKind
    voice: str
    """Full voice name, ``engine:id``."""
    language: str
    """BCP 47."""
    pause_after: float
    """Seconds of silence between this chunk and the next (or the chapter's end)."""
    speaker: str = ""
    """Whose words they are, where a cast says so; empty: the narrator's."""
    rate: float = 0.0
    """Speaking speed where it is not the production's; 0: the production's."""
    parameters: tuple[tuple[str, float], ...] = ()
    """What its engine is told beside the production's own ``SpeakingOptions.parameters``."""
    enters: float = 0.0
    """Seconds before the end of what is said before it at which it begins, instead of after the pause; it is heard
    together with that. 0: it waits. Never more than what is before it in its chapter."""

    @property
    def words(self) -> tuple[Word, ...]:
        """All words, in order."""
        return tuple(word for sentence in self.sentences for word in sentence.words)

    @property
    def text(self) -> str:
        """The display text."""
        return join_words(self.words)

    @property
    def spoken(self) -> str:
        """What the engine is given: the spoken forms, joined as the display words are."""
        return join_spoken(self.words)


@dataclass(frozen=True, slots=True)
class ChapterScript:
    """The reading plan of one chapter."""

    index: int
    title: str
    level: int
    chunks: tuple[Chunk, ...]
    doubts: tuple[str, ...] = ()
    """What could not be planned as it was asked for, one sentence each, for the report."""


# -- speech -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody may be imitated."""

    who: str
    """Whose voice it is, and who allowed it."""
    when: str
    """The day, ISO 8601."""
    purpose: str
    """What it may be used for."""
    own: bool = False
    """Whether it is the voice of the one who added it."""

    def __str__(self) -> str:
        """As it is written into files."""
        return f"{'own voice: ' if self.own else ''}{self.who}, {self.when}, {self.purpose}"


@dataclass(frozen=True, slots=True)
class Voice:
    """An engine and the data that makes it sound like someone."""

    name: str
    """``engine:id``: unique, what ``--voice`` takes."""
    engine: str
    id: str
    languages: tuple[str, ...]
    """BCP 47 tags, the best one first."""
    sample_rate: int
    """Hz."""
    revision: str
    """Changes whenever the voice could sound different: engine version and hash of the voice's data."""
    quality: int = 0
    """For ``auto``: higher is chosen first. espeak is 0."""
    gender: str = ""
    licence: str = ""
    description: str = ""
    caveat: str = ""
    """What it is known to read badly, one sentence; it becomes a doubt of every production it speaks."""
    consent: Consent | None = None
    """Of a cloned voice; it is told with everything that the voice speaks."""


@dataclass(frozen=True, slots=True)
class SpeakingOptions:
    """How a voice speaks. Every field is part of a take's key."""

    rate: float = 1.0
    """1 is the voice's own speed; 1.2 is a fifth faster."""
    seed: int = 0
    parameters: tuple[tuple[str, float], ...] = ()
    """What else the engine is told (``EngineFacts.parameters``), by name in alphabetical order; what is not named
    has its default."""

    def parameter(self, name: str, default: float) -> float:
        """What was asked for under that name."""
        return dict(self.parameters).get(name, default)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a display word is heard, in seconds from the start of the take's audio."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is not sure of a take."""

    fault: str
    """A short, stable name: ``silence``, ``too-long``, ``words-missing`` ... (``pipeline.check.faults``)."""
    text: str
    """One sentence, for people."""
    words: tuple[int, int] | None = None
    """The first display word of the chunk that is in doubt, and the one after the last; None: all of them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A doubt that was kept as its sentence alone, as they were at first, is read as well."""
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(_a_doubt, handler(source))


def _a_doubt(kept: Any) -> Any:
    return {"fault": OTHER_FAULT, "text": kept} if isinstance(kept, str) else kept


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One rendition of a chunk, as it comes from an engine."""

    audio: Pcm
    sample_rate: int
    timings: tuple[Timing, ...] | None = None
    """One for each word of the chunk, ascending; None when the engine cannot tell."""
    timing_source: str = "engine"
    """Who timed it: ``engine``, ``estimate`` ..."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.audio) / self.sample_rate


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured of a piece of audio, such that measurements can be added up.

    ``blocks`` counts the 400 ms blocks (75 % overlap) of ITU-R BS.1770-5 by loudness in steps of 0.1 LU:
    ``{-231: 4}`` means four blocks at -23.1 LUFS. Blocks under -70 LUFS are left out (absolute gate).
    """

    blocks: dict[int, int] = field(default_factory=dict)
    true_peak: float = SILENCE
    """dBTP."""


@dataclass(frozen=True, slots=True)
class PreparedTake:
    """A take that was trimmed, faded, checked and measured: all of it but the samples."""

    samples: int
    sample_rate: int
    starts: tuple[int, ...]
    """For each word of the chunk, the sample of the take's audio at which it begins."""
    ends: tuple[int, ...]
    loudness: Loudness
    timing_source: str
    doubts: tuple[Doubt, ...] = ()
    voice: str = ""
    """Who spoke it, where that is another voice than the chunk's."""
    mended: tuple[Doubt, ...] = ()
    """Faults of the renditions that were made before this one and were not kept."""
    accepted: tuple[Doubt, ...] = ()
    """Doubts that somebody looked into and found to be none."""
    heard_by: str = ""
    """Revision of the recogniser that listened to it last; empty: nobody did."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.sample_rate


# -- audio and edition ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence of a transcript; times are samples from the start of its chapter's content."""

    text: str
    voice: str
    words: tuple[Word, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    doubt: bool = False
    """Whether any of its words is in doubt."""
    doubtful: tuple[int, ...] = ()
    """Which of them, by their places; none where all are in doubt, or none is."""
    kind: BlockKind = BlockKind.PARAGRAPH
    begins: Begins = Begins.NOTHING
    language: str = ""
    """BCP 47; empty in chapters of earlier versions."""
    timed_by: str = ""
    """``PreparedTake.timing_source`` of its take; empty in chapters of earlier versions."""
    speaker: str = ""
    """Whose words they are; empty: the narrator's."""

    def is_doubtful(self, place: int) -> bool:
        """Whether its word at ``place``, from 0, is in doubt."""
        return self.doubt and (not self.doubtful or place in self.doubtful)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one take sounds like where it stands in a chapter: after gain and limiter."""

    start: int
    """Samples from the start of the chapter's content."""
    samples: int
    lufs: float
    """Integrated; ``SILENCE`` where nothing is heard."""
    true_peak: float
    """dBTP."""


@dataclass(frozen=True, slots=True)
class EncodedChapter:
    """A chapter's encoded audio: all of it but the bytes."""

    index: int
    title: str
    level: int
    sample_rate: int
    """Of the PCM that was encoded, and of ``content_samples``."""
    content_samples: int
    """Length of the PCM handed to the encoder."""
    frames: int
    """Number of codec frames (AAC 1024, MP3 1152 or 576, Opus 960 at 48 kHz samples each)."""
    loudness: Loudness
    codec: str
    stretches: tuple[Stretch, ...] = ()
    """Of its takes, in order."""


def join_words(words: tuple[Word, ...]) -> str:
    """The display text of a run of words."""
    return _join((word.text, word.joined) for word in words)


def join_spoken(words: tuple[Word, ...]) -> str:
    """The spoken text of a run of words; words that are not said leave no gap."""
    return _join((word.spoken, word.joined) for word in words if word.spoken)


def _join(parts: Iterator[tuple[str, bool]]) -> str:
    pieces: list[str] = []
    for text, joined in parts:
        if pieces and not joined:
            pieces.append(" ")
        pieces.append(text)
    return "".join(pieces)
