"""How much faster XTTS speaks several texts at once than its own library one by one: ``python -m bench.xtts``.

On a model of true size with random weights, which decode at the same cost as real ones. Runs in the environment of
the extra (``make engine ENGINE=xtts`` makes it): ``.engines/xtts/bin/python -m bench.xtts``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import report, table

TEXTS = (
    "The lamp of the old mill went out, and nobody saw who had done it.",
    "A storm of swans rose over the water while the miller counted what was left of the flour.",
    "What else could they have told him that he had not known for years?",
    "She closed the book, put out the fire and went up without a word to anybody.",
)
TRUE_SIZE = {
    "gpt_layers": 30,
    "gpt_n_model_channels": 1024,
    "gpt_n_heads": 16,
    "decoder_input_dim": 1024,
    "gpt_num_audio_tokens": 8194,
    "gpt_start_audio_token": 8192,
    "gpt_stop_audio_token": 8193,
    "gpt_number_text_tokens": 6681,
}


def main() -> None:
    """Decode by the library and in batches, and keep what was measured."""
    parser = argparse.ArgumentParser(description="Batched decoding of XTTS beside its library's own.")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=("float32", "float16", "bfloat16"))
    parser.add_argument("--tokens", type=int, default=60, help="of audio, a text; 46 ms each")
    parser.add_argument("--widths", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--runs", type=int, default=2, help="of which the fastest counts")
    asked = parser.parse_args()

    import torch

    if asked.device == "cpu":
        torch.set_num_threads(1)

    from pipeline.speech.xtts_decode import Decoder, Sampling
    from tests.helpers_xtts import make_model, write_vocab

    sampling = Sampling(temperature=0.75, top_k=50, top_p=0.85, repetition_penalty=10.0)
    with TemporaryDirectory() as folder:
        write_vocab(Path(folder) / "vocab.json")
        size = TRUE_SIZE | {"gpt_max_audio_tokens": asked.tokens + 3}
        model = make_model(Path(folder) / "vocab.json", stops=False, **size).to(asked.device)
    gpt = model.gpt.to(getattr(torch, asked.precision))
    latents = torch.randn(1, 32, 1024, device=asked.device, dtype=gpt.mel_embedding.weight.dtype)
    texts = [
        torch.tensor(model.tokenizer.encode(text.lower(), lang="en"), device=asked.device) for text in TEXTS
    ]
    second = asked.tokens * gpt.code_stride_len / model.args.input_sample_rate

    def alone() -> int:
        made = gpt.generate(
            cond_latents=latents,
            text_inputs=texts[0][None],
            do_sample=True,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            temperature=sampling.temperature,
            repetition_penalty=sampling.repetition_penalty,
        )
        return int(made.shape[1])

    decoder = Decoder(gpt)

    def together(width: int) -> int:
        prompts = [decoder.prompt(latents, texts[row % len(texts)], row) for row in range(width)]
        return min(len(codes) for codes in decoder.decode(prompts, sampling, width))

    rows = []
    base = seconds_of(alone, asked.runs, asked.tokens)
    print(base, flush=True)
    rows.append(("the library, one by one", f"{base:.1f}", f"{second / base:.2f}", "1.0"))
    for width in asked.widths:
        took = seconds_of(lambda width=width: together(width), asked.runs, asked.tokens)
        speed = width * second / took
        rows.append((f"batches of {width}", f"{took:.1f}", f"{speed:.2f}", f"{speed / (second / base):.1f}"))
        print(rows[-1], flush=True)
    frames = torch.randn(1, asked.tokens, 1024, device=asked.device)
    voice = torch.randn(1, 512, 1, device=asked.device)
    with torch.inference_mode():
        one = seconds_of(lambda: len(model.hifigan_decoder(frames, g=voice)), asked.runs)
        four = seconds_of(
            lambda: len(model.hifigan_decoder(frames.repeat(4, 1, 1), g=voice.repeat(4, 1, 1))), asked.runs
        )
    rows.append(("the vocoder, one by one", f"{one:.1f}", f"{second / one:.2f}", "1.0"))
    rows.append(
        ("the vocoder, four at once", f"{four:.1f}", f"{4 * second / four:.2f}", f"{4 * one / four:.1f}")
    )
    report(
        f"xtts-{asked.device}" + (f"-{asked.precision}" if asked.precision != "float32" else ""),
        table(("decoding", "seconds a batch", "seconds of audio a second", "times the library"), rows),
        f"{asked.tokens} tokens of audio ({second:.1f} s) for each text on {asked.device} in {asked.precision}; a "
        f"model of true size ({sum(weight.numel() for weight in gpt.parameters()) / 1e6:.0f} million weights decode) "
        f"with random weights. {'' if asked.device != 'cpu' else 'Seconds of the processor, one thread.'}".strip(),
    )


def seconds_of(call: object, runs: int, expected: int = 0) -> float:
    """The fastest of some runs; on a CPU time of the processor, which others on it do not change."""
    import torch

    on_gpu = torch.cuda.is_available()
    now = time.monotonic if on_gpu else time.process_time
    best = float("inf")
    for _ in range(runs):
        if on_gpu:
            torch.cuda.synchronize()
        began = now()
        made = call()  # type: ignore[operator]
        if on_gpu:
            torch.cuda.synchronize()
        best = min(best, now() - began)
        assert not expected or made == expected, made
    return best


if __name__ == "__main__":
    main()
