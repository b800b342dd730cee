"""Is Piper faster with several sentences in one call, and are they the same samples?

    python -m bench.piper_batches         a few minutes; writes bench/results/piper-batches.md

What is measured are the flow and the decoder of a Piper voice of medium quality in true size with random weights (the
sizes of piper1-gpl's ``medium`` model: 192 channels between them, 4 couplings of 4 gated convolutions, 3 steps up of
8, 8 and 4). They do about nine tenths of such a voice's multiplications, and only they work on frames of sound, where
batches would pay. The rows are equally long, which is the best case. (The voice that the tests make cannot stand in:
its graph has one row.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bench.report import report, table

BATCHES = (1, 4, 8)
ROUNDS = 5
FRAMES, HOP, RATE = 300, 256, 22_050
SHORTER = 200
_CHANNELS, _HIDDEN, _UP = 192, 192, 256
_COUPLINGS, _LAYERS, _FLOW_KERNEL = 4, 4, 5
_STEPS = ((8, 16), (8, 16), (4, 8))
_RESIDUAL = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))


def main() -> None:
    """Measure and write the result."""
    session = _session(_medium().model())
    rows = []
    alone = 0.0
    for batch in BATCHES:
        spent = _best(session, _frames(batch)) / batch
        alone = alone or spent
        rows.append((str(batch), f"{FRAMES * HOP / RATE / spent:.1f}", f"{alone / spent:.2f}"))
    report(
        "piper-batches",
        "# Piper: several sentences in one call",
        "`python -m bench.piper_batches`: flow and decoder of a medium voice, random weights, one thread as a "
        "worker has it.",
        table(("rows", "seconds of audio a CPU second", "times as fast as one by one"), rows),
        _padding(session),
    )


def _padding(session: onnxruntime.InferenceSession) -> str:
    """What a row of 200 frames is in a batch with one of 300, beside what it is alone."""
    together = _frames(2, (SHORTER, FRAMES))
    alone = {name: value[:1, ..., :SHORTER] for name, value in together.items()}
    (batch,), (single,) = session.run(None, together), session.run(None, alone)
    count = SHORTER * HOP
    one, other = (np.round(sound[0, 0, :count] * 32767).astype(int) for sound in (single, batch))
    differing = np.flatnonzero(one != other)
    if not len(differing):
        return f"A row of {SHORTER} frames padded to {FRAMES} has the same samples as alone."
    first = (count - differing[0]) / RATE
    why = (
        "The decoder has no mask: behind the end of a row its layers see what they make of padding, in place of the "
        "nothing that is there alone."
    )
    said = f"A row of {SHORTER} frames padded to {FRAMES} has other samples than alone in its last"
    return f"{said} {first * 1000:.0f} ms. {why}"


def _best(session: onnxruntime.InferenceSession, feed: dict[str, Any]) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        session.run(None, feed)
        spent.append(time.process_time() - began)
    return min(spent)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _frames(batch: int, lengths: tuple[int, ...] = ()) -> dict[str, Any]:
    random = np.random.RandomState(5)
    mask = np.arange(FRAMES)[None] < np.array(lengths or (FRAMES,) * batch)[:, None]
    return {
        "z": random.standard_normal((batch, _CHANNELS, FRAMES)).astype(np.float32),
        "mask": mask[:, None].astype(np.float32),
    }


@dataclass
class _Graph:
    """Layers put one after the other."""

    nodes: list[Any] = field(default_factory=list)
    weights: list[Any] = field(default_factory=list)
    _random: np.random.RandomState = field(default_factory=lambda: np.random.RandomState(1))
    _names: Iterator[int] = field(default_factory=lambda: iter(range(100_000)))

    def op(self, kind: str, *inputs: str, **more: Any) -> str:
        name = f"x{next(self._names)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **more))
        return name

    def weight(self, *shape: int, scale: float = 0.0) -> str:
        name = f"w{next(self._names)}"
        size = scale or 1.0 / np.sqrt(np.prod(shape[1:]))
        values: NDArray[np.float32] = (size * self._random.standard_normal(shape)).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x: str, given: int, made: int, kernel: int, dilation: int = 1) -> str:
        pad = (kernel - 1) * dilation // 2
        more = {"pads": [pad, pad], "dilations": [dilation], "kernel_shape": [kernel]}
        return self.op("Conv", x, self.weight(made, given, kernel), self.weight(made, scale=0.1), **more)

    def leaky(self, x: str) -> str:
        return self.op("LeakyRelu", x, alpha=0.1)

    def halves(self, x: str) -> tuple[str, str]:
        names = [f"x{next(self._names)}" for _ in range(2)]
        self.nodes.append(helper.make_node("Split", [x], names, axis=1))
        return names[0], names[1]

    def model(self) -> bytes:
        shapes: dict[str, list[str | int | None]] = {
            "z": ["batch", _CHANNELS, "frames"],
            "mask": ["batch", 1, "frames"],
        }
        graph = helper.make_graph(
            self.nodes,
            "medium",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()],
            [
                helper.make_tensor_value_info(
                    self.nodes[-1].output[0], TensorProto.FLOAT, ["batch", 1, "samples"]
                )
            ],
            self.weights,
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
        return bytes(made.SerializeToString())


def _medium() -> _Graph:
    """Flow and decoder as VITS has them (Kim, Kong and Son, 2021): the flow masked, the decoder not."""
    graph = _Graph()
    x = "z"
    for _ in range(_COUPLINGS):
        left, right = graph.halves(x)
        hidden = graph.op("Mul", graph.conv(left, _CHANNELS // 2, _HIDDEN, 1), "mask")
        for _ in range(_LAYERS):
            tanh, gate = graph.halves(graph.conv(hidden, _HIDDEN, 2 * _HIDDEN, _FLOW_KERNEL))
            acts = graph.op("Mul", graph.op("Tanh", tanh), graph.op("Sigmoid", gate))
            hidden = graph.op("Mul", graph.op("Add", hidden, graph.conv(acts, _HIDDEN, _HIDDEN, 1)), "mask")
        shift = graph.op("Mul", graph.conv(hidden, _HIDDEN, _CHANNELS // 2, 1), "mask")
        x = graph.op("Concat", graph.op("Sub", right, shift), left, axis=1)
    x = graph.conv(graph.op("Mul", x, "mask"), _CHANNELS, _UP, 7)
    channels = _UP
    for stride, kernel in _STEPS:
        half, pad = channels // 2, (kernel - stride) // 2
        weights = graph.weight(channels, half, kernel), graph.weight(half, scale=0.1)
        x = graph.op("ConvTranspose", graph.leaky(x), *weights, strides=[stride], pads=[pad, pad])
        channels = half
        total = ""
        for width, dilations in _RESIDUAL:
            inner = x
            for dilation in dilations:
                made = graph.conv(graph.leaky(inner), channels, channels, width, dilation)
                inner = graph.op("Add", inner, made)
            total = graph.op("Add", total, inner) if total else inner
        x = total
    graph.op("Tanh", graph.conv(graph.leaky(x), channels, 1, 7))
    return graph


if __name__ == "__main__":
    main()
