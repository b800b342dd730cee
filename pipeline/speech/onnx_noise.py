"""An ONNX voice made fit for repeatable takes: its noise becomes an input, its lengths an output.

Neural voices draw random numbers inside the graph: VITS models, which Piper's are, by ``RandomNormalLike``, Kokoro by
``RandomUniformLike`` too. ONNX Runtime seeds them once, when a session is made, and they go on from call to call;
``onnxruntime.set_seed`` changes nothing for a session that exists (measured with 1.31). A take would then depend on
all that was spoken before. So every random node is replaced by one that takes its numbers from an input of the graph,
and ``draw_noise`` makes these from the text and the seed. The model sounds as it did: the numbers have the same
distribution.

The frames of each phoneme id of a VITS model (the only ``Ceil`` of the graph) are made an output, as Piper's own
``piper.patch_voice_with_alignment`` does.

No weights of a real voice were at hand when this was written: it was run with generated models of the same shape
(tests/helpers_piper.py, tests/helpers_kokoro.py) only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EngineUnavailable

if TYPE_CHECKING:
    import onnx

PATCH = 1
"""Part of every voice's revision: raise it when the patched model sounds different."""

_NOISE_INPUT = "voxpress_noise"
_RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
_OTHER_RANDOM = {"Multinomial", "Bernoulli"}
_CHANNELS = 192
"""Widest tensor per frame that VITS adds noise to."""
_FRAMES_PER_ID = 8
"""Generous: speech has about 3 frames of 256 samples for each id. When there are more, the numbers are used
again."""
_MOST_NOISE = 4 << 20
"""Numbers for one sentence (16 MiB): two minutes of it."""


@dataclass(frozen=True, slots=True)
class PatchedModel:
    """A model ready for ONNX Runtime."""

    data: bytes
    noise: bool
    """Whether it takes noise."""
    lengths: str | None
    """Name of the output with the frames of each phoneme id; None when the graph does not show them."""


def patch_model(data: bytes, name: str) -> PatchedModel:
    """Make the model's randomness an input and its phoneme lengths an output.

    Raises ``EngineUnavailable`` when the package ``onnx`` is missing, when ``data`` is no model, or when
    the model draws random numbers in a way that is not understood (its takes could not be repeated).
    """
    try:
        import onnx
    except ImportError as error:
        raise EngineUnavailable(
            "Voices that are ONNX models need the package onnx: pip install 'piper-tts[alignment]'."
        ) from error
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's own errors, which differ between its versions
        raise EngineUnavailable(f"The model of the voice “{name}” is damaged: pull it again.") from error
    noise = _replace_random(model.graph, name)
    if noise:
        model.graph.input.append(
            onnx.helper.make_tensor_value_info(_NOISE_INPUT, onnx.TensorProto.FLOAT, ["n"])
        )
    lengths = _expose_lengths(model.graph)
    return PatchedModel(model.SerializeToString(), noise, lengths)


def draw_noise(ids: int, *key: object) -> Mapping[str, NDArray[np.float32]]:
    """The noise input for a sentence of so many phoneme ids: the same key, the same numbers.

    The generator is NumPy's legacy one because its stream is frozen for good (NEP 19); that of the newer
    ones may change with NumPy, and with it every take.
    """
    return draw_numbers(_CHANNELS * _FRAMES_PER_ID * ids, *key)


def draw_numbers(count: int, *key: object) -> Mapping[str, NDArray[np.float32]]:
    """The noise input with so many numbers, or as many as are drawn at most."""
    digest = hashlib.sha256("\0".join(str(part) for part in key).encode()).digest()
    generator = np.random.RandomState(np.frombuffer(digest, np.uint32).astype(np.uint32))
    return {_NOISE_INPUT: generator.standard_normal(min(_MOST_NOISE, count)).astype(np.float32)}


def _replace_random(graph: onnx.GraphProto, name: str, prefix: str = _NOISE_INPUT) -> bool:
    """Replace the random nodes of a graph and of the graphs inside it; whether there were any."""
    import onnx

    found = False
    nodes: list[onnx.NodeProto] = []
    for index, node in enumerate(graph.node):
        for attribute in node.attribute:
            for inner, subgraph in enumerate(_subgraphs(attribute)):
                found |= _replace_random(subgraph, name, f"{prefix}_{index}_{inner}")
        if node.op_type in _OTHER_RANDOM:
            raise EngineUnavailable(
                f"The voice “{name}” draws random numbers by {node.op_type}, which Voxpress cannot "
                "repeat; use another voice."
            )
        if node.op_type in _RANDOM:
            found = True
            nodes += _noise_nodes(node, f"{prefix}_{index}")
        else:
            nodes.append(node)
    if found:
        copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
        del graph.node[:]
        graph.node.extend(copies)
    return found


def _subgraphs(attribute: onnx.AttributeProto) -> Iterable[onnx.GraphProto]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _noise_nodes(node: onnx.NodeProto, prefix: str) -> list[onnx.NodeProto]:
    """Nodes that give what ``node`` gave, from the noise input: number ``(i + offset) mod n`` is its i-th.

    The offset differs from node to node, so that they do not draw the same numbers. Where the node drew evenly
    between two bounds, the normal numbers are made even by their own distribution function.
    """
    from onnx import TensorProto, helper

    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    scalar = {
        "one": 1,
        "zero": 0,
        "offset": int.from_bytes(hashlib.sha256(prefix.encode()).digest()[:2], "big"),
    }
    parts = (
        "shape",
        "size",
        "range",
        "shifted",
        "length",
        "index",
        "drawn",
        "even",
        "shaped",
        "mean",
        "scale",
    )
    names = {key: f"{prefix}/{key}" for key in (*scalar, *parts, "scaled", "typed")}
    uniform = node.op_type.startswith("RandomUniform")
    mean, scale = attributes.get("mean", 0.0), attributes.get("scale", 1.0)
    if uniform:
        mean = attributes.get("low", 0.0)
        scale = attributes.get("high", 1.0) - mean

    def step(kind: str, inputs: list[str], output: str, **more: Any) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [output], **more)

    def constant(output: str, kind: int, shape: list[int], values: list[Any]) -> onnx.NodeProto:
        return step("Constant", [], output, value=helper.make_tensor(output, kind, shape, values))

    shape = (
        step("Shape", [node.input[0]], names["shape"])
        if node.op_type.endswith("Like")
        else constant(
            names["shape"], TensorProto.INT64, [len(attributes["shape"])], list(attributes["shape"])
        )
    )
    return [
        *(constant(names[key], TensorProto.INT64, [], [value]) for key, value in scalar.items()),
        constant(names["mean"], TensorProto.FLOAT, [], [mean]),
        constant(names["scale"], TensorProto.FLOAT, [], [scale]),
        shape,
        step("ReduceProd", [names["shape"]], names["size"], keepdims=0),
        step("Range", [names["zero"], names["size"], names["one"]], names["range"]),
        step("Add", [names["range"], names["offset"]], names["shifted"]),
        step("Size", [_NOISE_INPUT], names["length"]),
        step("Mod", [names["shifted"], names["length"]], names["index"]),
        step("Gather", [_NOISE_INPUT, names["index"]], names["drawn"]),
        *(_made_even(names["drawn"], names["even"]) if uniform else []),
        step("Reshape", [names["even" if uniform else "drawn"], names["shape"]], names["shaped"]),
        step("Mul", [names["shaped"], names["scale"]], names["scaled"]),
        step("Add", [names["scaled"], names["mean"]], names["typed"]),
        step("Cast", [names["typed"]], node.output[0], to=attributes.get("dtype", TensorProto.FLOAT)),
    ]


def _made_even(drawn: str, even: str) -> list[onnx.NodeProto]:
    """Normal numbers x to numbers spread evenly over 0 to 1: (1 + erf(x / sqrt(2))) / 2."""
    from onnx import TensorProto, helper

    names = [f"{even}/{part}" for part in ("root", "scaled", "erf", "one", "raised", "half")]
    root, scaled, erf, one, raised, half = names
    values = {root: 0.5**0.5, one: 1.0, half: 0.5}
    return [
        *(
            helper.make_node(
                "Constant", [], [name], value=helper.make_tensor(name, TensorProto.FLOAT, [], [value])
            )
            for name, value in values.items()
        ),
        helper.make_node("Mul", [drawn, root], [scaled]),
        helper.make_node("Erf", [scaled], [erf]),
        helper.make_node("Add", [erf, one], [raised]),
        helper.make_node("Mul", [raised, half], [even]),
    ]


def _expose_lengths(graph: onnx.GraphProto) -> str | None:
    import onnx

    outputs: list[str] = [output.name for output in graph.output]
    ceils: list[str] = [node.output[0] for node in graph.node if node.op_type == "Ceil"]
    if len(ceils) != 1:
        # a model that its maker patched says it as its second output; else nothing is known
        return outputs[1] if len(outputs) > 1 else None
    if ceils[0] not in outputs:
        value = onnx.ValueInfoProto()
        value.name = ceils[0]
        graph.output.append(value)
    return ceils[0]
