"""RVC, retrieval-based voice conversion, through the HTTP server of ``rvc-python``.

Contract: daswer123/rvc-python, ``rvc_python/api.py``: ``GET /models``, ``POST /models/NAME``, ``POST /params``,
``POST /convert``. The model and its parameters are state of the server, so all three are one step that nobody else of
this host may come between.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar
from urllib.parse import quote

from pipeline.audio.wav import read_wav, wav_bytes
from pipeline.errors import AudioError, EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Pcm, SpeakingOptions
from pipeline.serial import key_of
from pipeline.speech.conversion import Target
from pipeline.speech.engine import EngineContext
from pipeline.speech.facts import EngineFacts, Parameter
from pipeline.speech.server_client import ServerClient, shown

logger = logging.getLogger(__name__)

DRIVER = 1
"""Raised when it is asked differently, so that it may sound different."""
MODELS, PARAMETERS, CONVERT = "/models", "/params", "/convert"
USUAL_RATE = 40_000
"""Hz of most RVC models; others have 32,000 or 48,000."""
_MODEL = re.compile(r"[\w][\w .()-]*")
_REMEMBERED = 100
"""Sentences that are not said again."""
_PITCH_METHOD = "rmvpe"
"""How the pitch is found: the most robust of those that it has."""

FACTS = EngineFacts(
    title="RVC",
    homepage="https://github.com/daswer123/rvc-python",
    about="Retrieval-based voice conversion: what any voice here said, in the voice that a model was trained on. A "
    "converter, not an engine: its name stands behind that of a voice, `piper:en_US-amy-medium+rvc:anna`.",
    hardware="The server's: a GPU with 4 GB or more; a CPU is slow.",
    licence="MIT",
    weights_licence="That of whoever trained a model; somebody's voice needs that person's consent, which the "
    "settings record.",
    languages=("mul",),
    timings="Those of the voice that speaks: they must not move, and that is measured for every take.",
    limits="Those of the voice that speaks; one request at a time.",
    exercised="A server that the tests make after the published contract; a real one was never spoken to.",
    server=True,
    parameters=(
        Parameter("index_rate", 0.0, 1.0, 0.5, "How much of the trained voice's own sounds it takes."),
        Parameter("pitch_shift", -24.0, 24.0, 0.0, "Semitones by which the voice is raised."),
        Parameter("protect", 0.0, 0.5, 0.33, "How much consonants are left alone; 0.5 is not at all."),
    ),
    traps=(
        "The model and its parameters are global to the server: they are set before each conversion.",
        "A sample rate to convert to would be written over the samples, not into them: it is never asked for.",
        "What comes out may be some frames longer or later: length and envelope are compared with what went in.",
    ),
)


class RvcConverter:
    """Converts through the servers that name it; the models of one whose table has another name have that before
    theirs, as voices of engines do."""

    name: ClassVar[str] = "rvc"
    facts: ClassVar[EngineFacts] = FACTS
    home: ClassVar[str] = ""

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when the settings name no server."""
        mine = [server for server in context.servers if server.engine == self.name]
        if not mine:
            raise EngineUnavailable(
                "No server converts voices with rvc: write [servers.rvc] with engine and url into voxpress.toml."
            )
        self._said: set[str] = set()
        self._clients = {
            server.name: ServerClient(server, context.locks_dir, most_parallel=1) for server in mine
        }

    def targets(self) -> Iterable[Target]:
        """The models that the servers have."""
        found: list[Target] = []
        failures = []
        for client in self._clients.values():
            try:
                found += self._targets_of(client)
            except (EngineUnavailable, SpeechFailed) as error:
                logger.warning("%s", error)
                failures.append(error)
        if len(failures) == len(self._clients):
            raise EngineUnavailable(str(failures[0])) from failures[0]
        return found

    def _targets_of(self, client: ServerClient) -> Iterator[Target]:
        server, listed = client.server, client.listed(MODELS)
        names = listed.get("models") if isinstance(listed, dict) else None
        if not isinstance(names, list):
            raise EngineUnavailable(f"{client.called} has no {MODELS}: is it rvc-python's?")
        rate = server.sample_rate or USUAL_RATE
        for name in names:
            if not isinstance(name, str) or not _MODEL.fullmatch(name):
                self._leave_out(client, name)
            else:
                sounds = [str(DRIVER), name, server.model, server.revision, str(rate)]
                identity = f"{server.name}/{name}" if server.name else name
                consent = dict(server.consents).get(name)
                yield Target(
                    identity,
                    f"{DRIVER}-{key_of('rvc', 1, sounds)[:16]}",
                    rate,
                    description=f"{name}, by conversion into the voice of {consent.who}" if consent else "",
                    consent=consent,
                )

    def _leave_out(self, client: ServerClient, name: object) -> None:
        """Say once that a model cannot be used."""
        sentence = f"{client.called}: its model “{shown(name)}” is left out, because that is no plain name."
        if sentence not in self._said:
            self._said = {*list(self._said)[:_REMEMBERED], sentence}
            logger.warning("%s", sentence)

    def convert(
        self, audio: Pcm, sample_rate: int, target: Target, options: SpeakingOptions
    ) -> tuple[Pcm, int]:
        """One conversion: model, parameters and audio. Raises ``SpeechFailed`` and ``EngineUnavailable``."""
        numbers = {
            one.name: min(max(options.parameter(one.name, one.default), one.least), one.most)
            for one in FACTS.parameters
        }
        parameters = {
            "f0method": _PITCH_METHOD,
            "f0up_key": round(numbers["pitch_shift"]),
            "index_rate": numbers["index_rate"],
            "protect": numbers["protect"],
            "filter_radius": 3,
            "resample_sr": 0,
            "rms_mix_rate": 1.0,
        }
        file = base64.b64encode(wav_bytes(audio, sample_rate)).decode()
        server, _, model = target.id.rpartition("/")
        client = self._clients[server]
        with client.alone():
            client.told_now(f"{MODELS}/{quote(model, safe='')}", {})
            client.told_now(PARAMETERS, {"params": parameters})
            reply = client.told_now(CONVERT, {"audio_data": file}, most=SPEECH_REPLY_BYTES)
        try:
            rate, pcm = read_wav(reply.body)
        except AudioError as error:
            said = client.words_of(reply) or str(error).rstrip(".")
            raise SpeechFailed(f"{client.called} answered with no audio ({said}).") from error
        return pcm, rate
