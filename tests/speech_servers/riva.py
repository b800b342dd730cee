"""A Riva server, with the stubs of NVIDIA's published protocol."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from riva.client.proto import riva_tts_pb2 as messages
from riva.client.proto import riva_tts_pb2_grpc as services

from tests.speech_servers.reading import spoken


@dataclass
class RivaServer:
    """One model with two speakers, which tells the times of its words."""

    url: str = ""
    key: str = ""
    times: bool = True
    away: int = 0
    """How many of the next requests find it starting."""
    nameless: bool = False
    """Whether it has a model without a voice, too."""
    asked: list[Any] = field(default_factory=list)

    def GetRivaSynthesisConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Its model, as Riva describes it."""
        self._admit(context)
        config = messages.RivaSynthesisConfigResponse.Config(model_name="magpie-en-US")
        config.parameters.update(
            {"language_code": "en-US", "voice_name": "Magpie.EN-US", "subvoices": "Ray:0,Sofia:1"}
        )
        configs = [config]
        if self.nameless:
            odd = messages.RivaSynthesisConfigResponse.Config(model_name="odd")
            odd.parameters.update({"language_code": "en-US", "subvoices": "Ray:0"})
            configs.insert(0, odd)
        return messages.RivaSynthesisConfigResponse(model_config=configs)

    def Synthesize(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Speech without a head."""
        self.asked.append(request)
        self._admit(context)
        if self.away:
            self.away -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "the model is being loaded")
        if request.voice_name not in ("Magpie.EN-US.Ray", "Magpie.EN-US.Sofia"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"no model for {request.voice_name}")
        if len(request.text) > 400:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "text is too long")
        text, speed = request.text, 1.0
        if text.startswith("<speak>"):
            speed = int(text.partition('rate="')[2].partition("%")[0]) / 100
            text = text.partition('%">')[2].partition("</prosody>")[0]
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        said = spoken(text, request.sample_rate_hz, speed, seed=50 * request.voice_name.endswith("Sofia"))
        meta = messages.SynthesizeSpeechResponseMetadata(text=request.text, processed_text=text)
        if self.times and request.enable_word_time_offsets:
            for word, start, end in said.words:
                meta.words.add(word=word, start_time=round(1000 * start), end_time=round(1000 * end))
        return messages.SynthesizeSpeechResponse(audio=said.pcm.tobytes(), meta=meta)

    def SynthesizeOnline(self, requests: Any, context: grpc.ServicerContext) -> Any:
        """Nobody asks for it."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def _admit(self, context: grpc.ServicerContext) -> None:
        if self.key and dict(context.invocation_metadata()).get("authorization") != f"Bearer {self.key}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")


@contextmanager
def running(site: RivaServer) -> Iterator[RivaServer]:
    """The server, while it runs."""
    server = grpc.server(ThreadPoolExecutor(4))
    services.add_RivaSpeechSynthesisServicer_to_server(site, server)
    site.url = f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield site
    finally:
        server.stop(None).wait()
