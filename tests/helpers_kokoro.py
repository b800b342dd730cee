"""A tiny Kokoro, made here: the graph that its library exports, with tones for a network.

Inputs (``input_ids`` or ``tokens``, ``style``, ``speed``) and outputs (``waveform``, ``duration``) are those of
``KModelForONNX``. Every letter lasts ``FRAMES`` frames of 600 samples at rate 1 and sounds as a tone that follows
from its number and from the style; a ``RandomUniformLike`` shifts its phase and a ``RandomNormalLike`` colours it,
as in the real network.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

FRAMES = 3
SAMPLES = 600
SILENT = 16
"""The greatest number of a letter that makes no sound: punctuation and the space."""
PUNCTUATION = ';:,.!?—…"()“” '
LETTERS = "AIOQSTWYabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçðʤəɚɛɜɟɡɥɨɪʝŋɲøθœɹɾʁʃʧʊʌʒʔˈˌːʰʲ\u0303ᵊʣʦᵻ↓→↗↘"
NUMBERS = {letter: 1 + place for place, letter in enumerate(PUNCTUATION)} | {
    letter: 17 + place for place, letter in enumerate(LETTERS)
}
VOICES = {"af_bella": 0.0, "af_sky": 0.02, "bm_lewis": 0.01, "ff_siwis": 0.015}
"""Names of voices, and by how much their tones are higher."""


def write_kokoro(
    folder: Path,
    *,
    voices: Mapping[str, float] = VOICES,
    random: bool = True,
    durations: bool = True,
    whole_rates: bool = False,
    ids: str = "input_ids",
) -> Path:
    """Write model, configuration and styles into ``folder``; the path of the model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "kokoro-test.onnx"
    model = _model(random=random, durations=durations, whole_rates=whole_rates, ids=ids)
    path.write_bytes(model.SerializeToString(deterministic=True))
    (folder / "config.json").write_text(json.dumps({"vocab": NUMBERS}), encoding="utf-8")
    write_styles(folder / "voices-test.bin", voices)
    return path


def write_styles(path: Path, voices: Mapping[str, float]) -> None:
    """All styles in one file, as they are published for ONNX."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, height in voices.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, style(height))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), entry.getvalue())


def style(height: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A style whose tones are higher by that; the second column tells the row, which is the length of a text."""
    table = np.zeros((510, 1, 256), np.float32)
    table[:, 0, 0] = height
    table[:, 0, 1] = np.arange(1, 511) * 1e-6
    return table


def _model(*, random: bool, durations: bool, whole_rates: bool, ids: str) -> onnx.ModelProto:
    number = TensorProto.INT32 if whole_rates else TensorProto.FLOAT
    outputs = [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["samples"])]
    if durations:
        outputs.append(helper.make_tensor_value_info("duration", TensorProto.INT64, ["letters"]))
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, [name], **more) for name, kind, inputs, more in _steps(random, ids)],
        "kokoro",
        [
            helper.make_tensor_value_info(ids, TensorProto.INT64, [1, "letters"]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
            helper.make_tensor_value_info("speed", number, [1]),
        ],
        outputs,
        [
            *(helper.make_tensor(n, TensorProto.INT64, [], [v]) for n, v in _WHOLE.items()),
            *(helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in _REAL.items()),
            *(helper.make_tensor(n, TensorProto.INT64, [len(v)], v) for n, v in _SHAPES.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


_WHOLE = {"zero": 0, "one": 1}
_REAL = {
    "frames": float(FRAMES), "base": 0.02, "per_id": 0.002, "level": 0.4, "tint": 0.02, "silent": SILENT + 0.5,
}  # fmt: skip
_SHAPES = {"axis_1": [1], "axis_0": [0], "hop": [SAMPLES], "flat": [-1]}


def _steps(random: bool, ids: str) -> list[tuple[str, str, list[str], dict[str, object]]]:
    """Output name, operator, inputs, attributes; in the order in which they are computed."""

    def noise(name: str, kind: str, like: str) -> tuple[str, str, list[str], dict[str, object]]:
        return (name, kind, [like], {}) if random else (name, "Sub", [like, like], {})

    to_float, to_int = {"to": TensorProto.FLOAT}, {"to": TensorProto.INT64}
    return [
        ("rate", "Cast", ["speed"], to_float),
        ("ids_flat", "Reshape", [ids, "flat"], {}),
        ("ids_float", "Cast", ["ids_flat"], to_float),
        # frames of each letter
        ("nothing", "Sub", ["ids_float", "ids_float"], {}),
        ("even", "Add", ["nothing", "frames"], {}),
        ("at_rate", "Div", ["even", "rate"], {}),
        ("rounded", "Round", ["at_rate"], {}),
        ("duration", "Cast", ["rounded"], to_int),
        ("ends", "CumSum", ["duration", "zero"], {}),
        ("total", "ReduceSum", ["duration"], {"keepdims": 0}),
        # the number of the letter of each frame
        ("frame", "Range", ["zero", "total", "one"], {}),
        ("frame_column", "Unsqueeze", ["frame", "axis_1"], {}),
        ("ends_row", "Unsqueeze", ["ends", "axis_0"], {}),
        ("passed", "GreaterOrEqual", ["frame_column", "ends_row"], {}),
        ("passed_int", "Cast", ["passed"], to_int),
        ("which", "ReduceSum", ["passed_int", "axis_1"], {"keepdims": 0}),
        ("frame_id", "Gather", ["ids_float", "which"], {}),
        # a tone for each, silence for punctuation and spaces
        ("scaled_id", "Mul", ["frame_id", "per_id"], {}),
        ("id_step", "Add", ["scaled_id", "base"], {}),
        ("style_flat", "Reshape", ["style", "flat"], {}),
        ("height", "Gather", ["style_flat", "zero"], {}),
        ("step", "Add", ["id_step", "height"], {}),
        noise("colour", "RandomNormalLike", "frame_id"),
        ("tinted", "Mul", ["colour", "tint"], {}),
        ("loudness", "Add", ["tinted", "level"], {}),
        ("sounding", "Greater", ["frame_id", "silent"], {}),
        ("gate", "Cast", ["sounding"], to_float),
        ("amplitude", "Mul", ["loudness", "gate"], {}),
        # frames to samples
        ("total_1", "Unsqueeze", ["total", "axis_0"], {}),
        ("shape", "Concat", ["total_1", "hop"], {"axis": 0}),
        ("step_column", "Unsqueeze", ["step", "axis_1"], {}),
        ("step_wide", "Expand", ["step_column", "shape"], {}),
        ("step_flat", "Reshape", ["step_wide", "flat"], {}),
        ("running", "CumSum", ["step_flat", "zero"], {}),
        noise("phase", "RandomUniformLike", "rate"),
        ("shifted", "Add", ["running", "phase"], {}),
        ("wave", "Sin", ["shifted"], {}),
        ("amplitude_column", "Unsqueeze", ["amplitude", "axis_1"], {}),
        ("amplitude_wide", "Expand", ["amplitude_column", "shape"], {}),
        ("amplitude_flat", "Reshape", ["amplitude_wide", "flat"], {}),
        ("waveform", "Mul", ["wave", "amplitude_flat"], {}),
    ]
