"""Every error the pipeline raises on purpose, drawn as one tree.

    VoxpressError
      SourceError                what was handed in cannot be made into a book
        SourceNotFound           no such file, HTTP 404/410
        SourceUnsupported        no ingester reads this kind of file
        SourceBroken             damaged, truncated or not what its suffix says
        SourceProtected          DRM, or a password that was not given or is wrong
        SourceScanned            pages are pictures: text recognition (OCR) is needed first
        SourceEmpty              nothing in it that can be narrated
        SourceTooLarge           beyond one of the named limits (pipeline/limits.py)
        FetchError               a web address could not be fetched
          AddressRefused         the address, or one it redirects to, is private or not http(s)
      ModelError                 a language model could not be asked, or gave no answer that can be used
      ScriptError                a book that cannot be turned into a reading plan
      SpeechError                something about speaking
        VoiceNotFound            no such voice, or no voice for the language
        VoiceChanged             a voice is not the one that the production was planned with
        EngineUnavailable        the engine cannot run here (missing extra, library, device)
        ClipRefused              no usable voice can be made of a recording
        SpeechFailed             an engine failed on a chunk
          TakeRefused            its take was refused by the checks
      HearingError               something about listening to what was spoken
        RecogniserUnavailable    speech recognition cannot run here (missing extra, model, device)
        HearingFailed            a recogniser failed on a recording
      AlignFailed                words could not be found in audio
      AudioError                 PCM handling or ffmpeg failed
        EncoderKilled            ffmpeg was ended from outside, perhaps for want of memory
      PublishError               the edition could not be assembled or written
      SettingsError              a setting has a value that cannot be used
        LexiconError             a lexicon cannot be read, or one of its entries makes no sense
      StorageError               the catalog or the blobs (raised by ``storage``)
        BlobMissing              the catalog names a blob that is not there
        BlobCorrupt              a blob's bytes are not those its name promises
      WorkError                  processes and queues (raised by ``tasks`` and ``workers``)
        BrokerUnavailable        the broker could not be started or reached
        ProductionNotFound       no production of that name in the catalog
        ProductionCancelled      somebody asked for this production to stop
        ProductionBusy           another command is making this production now
      ShowError                  something about a podcast
        ShowNotFound             no show of that name in the catalog
        EpisodeNotFound          no such episode in the show

The message of each is one sentence for the person at the keyboard: what is wrong, with which source, and
what to do. ``str(error)`` is that sentence; the cause is chained (``raise ... from error``).
"""

from __future__ import annotations


class VoxpressError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        """Use ``message``; without one the first line of the class's docstring is the message."""
        if not message:
            message = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(message)

    @property
    def kind(self) -> str:
        """The class's name: how the error is written to the catalog and to ``--json``."""
        return type(self).__name__


class SourceError(VoxpressError):
    """The source cannot be made into a book."""


class SourceNotFound(SourceError):
    """The source does not exist."""


class SourceUnsupported(SourceError):
    """This kind of file is not supported."""


class SourceBroken(SourceError):
    """The source is damaged or is not what its name says."""


class SourceProtected(SourceError):
    """The source is protected."""


class SourceScanned(SourceError):
    """The source has pictures of pages and no text."""


class SourceEmpty(SourceError):
    """The source has no text that can be narrated."""


class SourceTooLarge(SourceError):
    """The source is larger than the limits allow."""


class FetchError(SourceError):
    """The address could not be fetched."""


class AddressRefused(FetchError):
    """The address is not one that may be fetched."""


class ModelError(VoxpressError):
    """The language model gave no answer that can be used."""


class ScriptError(VoxpressError):
    """The book cannot be turned into a reading plan."""


class SpeechError(VoxpressError):
    """Something about speaking failed."""


class VoiceNotFound(SpeechError):
    """There is no such voice."""


class VoiceChanged(SpeechError):
    """The voice is not the one that the production was planned with."""


class EngineUnavailable(SpeechError):
    """The engine cannot run here."""


class ClipRefused(SpeechError):
    """No usable voice can be made of the recording."""


class SpeechFailed(SpeechError):
    """The engine failed to speak a chunk."""


class TakeRefused(SpeechFailed):
    """The take cannot be what the chunk says."""

    def __init__(self, message: str | None = None, fault: str = "") -> None:
        """``fault`` is its name (``pipeline.check.faults``)."""
        super().__init__(message)
        self.fault = fault


class HearingError(VoxpressError):
    """Something about listening failed."""


class RecogniserUnavailable(HearingError):
    """Speech recognition cannot run here."""


class HearingFailed(HearingError):
    """The recogniser failed on a recording."""


class AlignFailed(VoxpressError):
    """The words could not be found in the audio."""


class AudioError(VoxpressError):
    """Audio could not be processed."""


class EncoderKilled(AudioError):
    """ffmpeg was ended by a signal: it may do better the next time."""


class PublishError(VoxpressError):
    """The edition could not be written."""


class SettingsError(VoxpressError):
    """A setting cannot be used."""


class LexiconError(SettingsError):
    """A lexicon cannot be read."""


class CastError(SettingsError):
    """A cast cannot be used."""


class StorageError(VoxpressError):
    """The catalog or the blob store failed."""


class BlobMissing(StorageError):
    """A blob named by the catalog is not in the store."""


class BlobCorrupt(StorageError):
    """A blob's bytes do not match its checksum."""


class WorkError(VoxpressError):
    """A process or a queue failed."""


class BrokerUnavailable(WorkError):
    """The broker could not be started or reached."""


class ProductionNotFound(WorkError):
    """There is no such production."""


class ProductionCancelled(WorkError):
    """The production was cancelled."""


class ProductionBusy(WorkError):
    """Another command is making this production now."""


class ShowError(VoxpressError):
    """Something about a podcast went wrong."""


class ShowNotFound(ShowError):
    """There is no such show."""


class EpisodeNotFound(ShowError):
    """There is no such episode."""


def _tree(root: type[VoxpressError]) -> dict[str, type[VoxpressError]]:
    return {root.__name__: root} | {n: c for sub in root.__subclasses__() for n, c in _tree(sub).items()}


def from_kind(kind: str, message: str) -> VoxpressError:
    """Build the error of that kind again, after it crossed a process boundary as two strings."""
    return _tree(VoxpressError).get(kind, VoxpressError)(message)
