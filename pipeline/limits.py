"""Every limit on what is accepted from outside, as a named constant (docs/limits.md lists them).

A limit that is hit ends in ``SourceTooLarge`` or ``FetchError`` with a sentence that names it.
"""

from __future__ import annotations

MIB = 1024 * 1024

# -- any source ----------------------------------------------------------------------------------------
SOURCE_BYTES = 1024 * MIB
"""Largest file that is read at all."""
INGEST_SECONDS = 300
"""Wall-clock seconds that reading one source may take, in its own process."""
INGEST_CPU_SECONDS = 240
"""CPU seconds likewise."""
INGEST_MEMORY = 2048 * MIB
"""Address space of that process."""
BOOK_CHARACTERS = 50_000_000
"""Narrated characters of one book (War and Peace has 3.2 million)."""
CHAPTERS = 10_000
"""Chapters of one book."""

# -- EPUB ------------------------------------------------------------------------------------------------
ZIP_ENTRIES = 20_000
"""Entries of an EPUB."""
ZIP_ENTRY_BYTES = 64 * MIB
"""Uncompressed bytes of one entry."""
ZIP_TOTAL_BYTES = 2048 * MIB
"""Uncompressed bytes of all entries."""
ZIP_RATIO = 200
"""Uncompressed to compressed bytes of an entry that is larger than 1 MiB."""
XML_DEPTH = 256
"""Nesting of elements."""
EPUB_DOCUMENT_BYTES = 24 * MIB
"""One document of an EPUB (all of War and Peace has 4)."""
EPUB_STYLE_BYTES = 4 * MIB
"""Style sheets of one EPUB; what is beyond is not looked at."""
XML_ELEMENTS = 400_000
"""Elements of one document; they, more than its bytes, are what reading it takes time and memory for."""

# -- documents and e-books of other kinds ---------------------------------------------------------------------
OFFICE_ELEMENTS = 1_500_000
"""Elements of the XML of a Word or OpenDocument text, which has several for each run of words."""
RTF_BYTES = 256 * MIB
"""An RTF document: its pictures are text."""
RTF_DEPTH = 1000
"""Nesting of its groups."""
MOBI_BYTES = 256 * MIB
"""A Kindle book."""
MOBI_TEXT_BYTES = 64 * MIB
"""Unpacked text of a Kindle book."""
MOBI_ENTRIES = 100_000
"""Entries of one of its indexes."""

# -- PDF -------------------------------------------------------------------------------------------------
PDF_PAGES = 20_000
"""Pages of a PDF."""
PDF_PAGE_GLYPHS = 200_000
"""Glyphs of one page."""
PDF_OUTLINE_ENTRIES = 20_000
"""Bookmarks; also what stops a circular outline."""
PDF_XMP_BYTES = MIB
"""A packet of XMP metadata that is larger is not read."""
PDF_XMP_FILE_BYTES = 256 * MIB
"""Nor is any in a file that is larger than this."""

# -- text recognition of scans (OCRmyPDF), only where it is asked for ---------------------------------------
OCR_SECONDS = 3600
"""Wall-clock seconds that text recognition of one source may take; CPU seconds of each of its processes, too."""
OCR_MEMORY = 4096 * MIB
"""Address space of each of its processes."""
OCR_FILE_BYTES = 4096 * MIB
"""Largest file it may write."""

# -- web -------------------------------------------------------------------------------------------------
FETCH_BYTES = 32 * MIB
"""Bytes of a page after decompression."""
FETCH_SECONDS = 30
"""Seconds for a whole fetch, redirects included."""
FETCH_REDIRECTS = 5
"""Redirects followed."""
HTML_BYTES = 32 * MIB
"""Largest local HTML, Markdown or text file."""
MHTML_BYTES = 128 * MIB
"""Largest page saved with its pictures in one file, and all that is gathered of one article or feed."""
MHTML_PARTS = 2000
"""Files in one of them."""
WEB_PARTS = 30
"""Parts of an article that is spread over several pages."""
PICTURE_BYTES = 16 * MIB
"""A lead picture that is larger is no cover."""
FEED_ITEMS = 100
"""Latest items of a feed that can be asked for."""
FOLLOWED_ENTRIES = 20_000
"""Entries of a followed feed that are looked at; further ones are told of."""
FOLLOWED_TITLE = 300
"""Characters of an entry's title that are kept."""
FEED_SECONDS = 600
"""Seconds for which a fetched feed counts as new; then it is asked for again."""
FETCH_PAUSE_SECONDS = 0.5
"""Seconds between two fetches for one book, so that its server is not pressed."""
GATHER_SECONDS = 300
"""Seconds in which all pages of a book are fetched; what is not there by then is left out and told."""

# -- books that were composed here ---------------------------------------------------------------------------
BOOK_FILE_BYTES = 64 * MIB
"""A file with a composed book."""
BOOK_FILE_COVER_BYTES = MIB
"""The picture in one; a larger one is made smaller."""
BOOK_FILE_COVER_PIXELS = 1400
"""Its longer side then."""

# -- files of links ----------------------------------------------------------------------------------------
LINK_FILE_BYTES = 4 * MIB
"""A file of web addresses in a drop folder: a shortcut, a list, an OPML file."""
LINKS = 1000
"""Addresses in one of them."""
LINK_CHARACTERS = 4096
"""Characters of one address."""

# -- the process that reads a source -----------------------------------------------------------------------
INGEST_ANSWER_BYTES = 512 * MIB
"""The book it may answer with, as JSON, cover included."""
INGEST_FILE_BYTES = 256 * MIB
"""Largest file it may write: none is meant to last, but language detection unpacks its model."""
INGEST_OPEN_FILES = 128
"""Files it may have open at once."""

# -- recordings --------------------------------------------------------------------------------------------
RECORDING_SECONDS = 200 * 3600
"""Recordings that are aligned with one text, all their files together."""

MEMO_SECONDS = 6 * 3600
"""One voice memo that becomes an episode."""

# -- notes -----------------------------------------------------------------------------------------------
NOTE_BYTES = MIB
"""The text of one note."""
NOTES = 5_000
"""Notes in one folder."""

# -- lexicons --------------------------------------------------------------------------------------------
LEXICON_BYTES = 4 * MIB
"""One lexicon file."""
LEXICON_ENTRIES = 50_000
"""Entries that hold for one book, all its lexicons together."""
LEXICON_CHARACTERS = 500
"""Characters of a word, and of what is said for it."""
# -- casts -----------------------------------------------------------------------------------------------
CAST_BYTES = 1 * MIB
"""One cast file."""
CAST_SPEAKERS = 2_000
"""Speakers of one cast."""

# -- conversations -----------------------------------------------------------------------------------------
TALK_BYTES = 8 * MIB
"""One talk file."""
TALK_HOSTS = 8
"""Hosts of one conversation."""
TALK_TURNS = 50_000
"""Turns of one conversation."""
TURN_CHARACTERS = 5_000
"""Characters of one turn."""
TALK_SOURCES = 50
"""Sentences of the source that one turn rests on."""
TALK_ENTERS = 3.0
"""Seconds that a turn may begin before the end of the one before it."""

# -- store -----------------------------------------------------------------------------------------------
FREE_BYTES = 128 * MIB
"""Free bytes on the disk of the store, or of the state folder, below which no waiting production begins: those
that are under way need them."""

# -- publish ---------------------------------------------------------------------------------------------
COVER_PIXELS = 36_000_000
"""Pixels of a source's cover; one beyond is replaced by a drawn one."""

# -- podcasts --------------------------------------------------------------------------------------------
SHOW_FEED_BYTES = 64 * MIB
"""The feed of a show that is checked."""
SHOW_TEXT_BYTES = 64 * MIB
"""A transcript or chapters file of a show that is checked."""

# -- voices ----------------------------------------------------------------------------------------------
VOICE_LIST_BYTES = 16 * MIB
"""The list of voices that can be pulled."""
VOICE_FILE_BYTES = 1024 * MIB
"""One file of a pulled voice."""
VOICE_CONFIG_BYTES = 4 * MIB
"""The configuration of a voice."""
OFFER_VOICES = 2_000
"""Voices of one engine that a worker tells others of."""
OFFER_BYTES = 2 * MIB
"""What a worker tells others of one engine's voices."""
VOICE_FETCH_SECONDS = 30
"""Seconds of silence after which a download is given up."""
CLIP_BYTES = 256 * MIB
"""A recording that a voice is to be made of."""
CLIP_SECONDS = 600
"""Its seconds; engines make use of half a minute at the most."""
PICKLE_BYTES = 64 * MIB
"""The part of a pickled model that says what its weights are."""
MANIFEST_FILES = 500
"""Files of one model."""
COMPARED_CHARACTERS = 20_000
"""Of the text that a page compares voices with: about 20 minutes of speech in each."""
COMPARED_VOICES = 9
"""On one page: as many as there are keys for."""
CONSENT_CHARACTERS = 500
"""What is said about the consent to a cloned voice."""

# -- music -------------------------------------------------------------------------------------------------
MUSIC_BYTES = 1024 * MIB
"""An audio file that is to be played around or under the speech."""
MUSIC_SECONDS = 3600
"""Its seconds; a bed that is shorter than the speech is repeated."""

# -- models of speech recognition --------------------------------------------------------------------------
MODEL_LIST_BYTES = 4 * MIB
"""What a mirror says about the files of one model."""
MODEL_FILE_BYTES = 8192 * MIB
"""One file of a pulled model."""
MODEL_TOKENIZER_BYTES = 32 * MIB
"""The list of a model's tokens."""

# -- speech servers ----------------------------------------------------------------------------------------
SPEECH_JSON_BYTES = 4 * MIB
"""A list of voices, or what else a speech server says of itself."""
SPEECH_REPLY_SECONDS = 300
"""Seconds of audio in the reply to one request; chunks are some sentences."""
SPEECH_REPLY_BYTES = 64 * MIB
"""Bytes of that reply."""
