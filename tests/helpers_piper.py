"""A tiny voice in Piper's format, made here: real phonemes in, tones out, every length known.

Shape of the graph: a Piper model's inputs (``input``, ``input_lengths``, ``scales``, ``sid`` with several
speakers) and its output [1, 1, samples]; a ``Ceil`` of the frames of each phoneme id; two
``RandomNormalLike`` as in VITS, one that makes the phonemes' lengths uneven (scaled by noise_w), one that
colours the sound (noise_scale). With both scales zero every phoneme id lasts exactly ``FRAMES`` frames of
``HOP`` samples at length scale 1.
"""

from __future__ import annotations

import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

HOP = 256
FRAMES = 2
SAMPLE_RATE = 22_050
SYMBOLS = 512


def write_voice(
    folder: Path,
    name: str = "en_US-test-low",
    *,
    espeak: str = "en-us",
    noise_scale: float = 0.3,
    noise_w: float = 0.0,
    speakers: tuple[str, ...] = (),
    phoneme_type: str = "espeak",
    random: bool = True,
) -> Path:
    """Write ``<name>.onnx`` and its JSON into ``folder``; the path of the model. The bytes are always the
    same."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(_model(len(speakers) > 1, random).SerializeToString(deterministic=True))
    ids = dict(DEFAULT_PHONEME_ID_MAP)
    if phoneme_type == "text":
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        ids |= {letter: [300 + index] for index, letter in enumerate(letters)}
    language, _, _ = name.partition("-")
    config = {
        "audio": {"sample_rate": SAMPLE_RATE, "quality": name.rsplit("-", 1)[-1]},
        "espeak": {"voice": espeak},
        "language": {"code": language},
        "inference": {"noise_scale": noise_scale, "length_scale": 1, "noise_w": noise_w},
        "phoneme_type": phoneme_type,
        "phoneme_id_map": ids,
        "num_symbols": SYMBOLS,
        "num_speakers": max(len(speakers), 1),
        "speaker_id_map": {speaker: index for index, speaker in enumerate(speakers)},
        "hop_length": HOP,
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config), encoding="utf-8")
    return path


def _model(with_speakers: bool, random: bool) -> onnx.ModelProto:
    graph = helper.make_graph(
        [
            helper.make_node(kind, inputs, [name], **more)
            for name, kind, inputs, more in _steps(with_speakers, random)
        ],
        "voice",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
            *(
                [helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch_size"])]
                if with_speakers
                else []
            ),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])],
        [
            *(helper.make_tensor(n, TensorProto.INT64, [], [v]) for n, v in _WHOLE.items()),
            *(helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in _REAL.items()),
            *([helper.make_tensor("per_speaker", TensorProto.FLOAT, [], [0.01])] if with_speakers else []),
            *(helper.make_tensor(n, TensorProto.INT64, [len(v)], v) for n, v in _SHAPES.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    return model


_WHOLE = {"zero": 0, "one": 1, "two": 2}
_REAL = {
    "frames": float(FRAMES), "base": 0.03, "per_id": 0.002, "level": 0.4, "tint": 0.05,
    "last_silent": 13.5,
}  # fmt: skip
_SHAPES = {"axis_0": [0], "axis_1": [1], "hop": [HOP], "flat": [-1], "output_shape": [1, 1, -1]}


def _steps(with_speakers: bool, random: bool) -> list[tuple[str, str, list[str], dict[str, object]]]:
    """Output name, operator, inputs, attributes; in the order in which they are computed."""

    def noise(name: str, like: str) -> tuple[str, str, list[str], dict[str, object]]:
        return (name, "RandomNormalLike", [like], {}) if random else (name, "Sub", [like, like], {})

    to_float, to_int = {"to": TensorProto.FLOAT}, {"to": TensorProto.INT64}
    speaker: list[tuple[str, str, list[str], dict[str, object]]] = (
        [
            ("speaker", "Cast", ["sid"], to_float),
            ("speaker_shift", "Mul", ["speaker", "per_speaker"], {}),
            ("step", "Add", ["id_step", "speaker_shift"], {}),
        ]
        if with_speakers
        else [("step", "Identity", ["id_step"], {})]
    )
    return [
        ("noise_scale", "Gather", ["scales", "zero"], {}),
        ("length_scale", "Gather", ["scales", "one"], {}),
        ("noise_w", "Gather", ["scales", "two"], {}),
        # frames of each id
        ("ids", "Cast", ["input"], to_float),
        noise("length_noise", "ids"),
        ("unevenness", "Abs", ["length_noise"], {}),
        ("extra", "Mul", ["unevenness", "noise_w"], {}),
        ("uneven", "Add", ["extra", "frames"], {}),
        ("w", "Mul", ["uneven", "length_scale"], {}),
        ("w_ceil", "Ceil", ["w"], {}),
        # the id of each frame: how many ids have ended before it
        ("w_flat", "Reshape", ["w_ceil", "flat"], {}),
        ("ends", "CumSum", ["w_flat", "zero"], {}),
        ("total_float", "ReduceSum", ["w_flat"], {"keepdims": 0}),
        ("total", "Cast", ["total_float"], to_int),
        ("frame", "Range", ["zero", "total", "one"], {}),
        ("frame_float", "Cast", ["frame"], to_float),
        ("frame_column", "Unsqueeze", ["frame_float", "axis_1"], {}),
        ("ends_row", "Unsqueeze", ["ends", "axis_0"], {}),
        ("passed", "GreaterOrEqual", ["frame_column", "ends_row"], {}),
        ("passed_int", "Cast", ["passed"], to_int),
        ("which", "ReduceSum", ["passed_int", "axis_1"], {"keepdims": 0}),
        ("ids_flat", "Reshape", ["ids", "flat"], {}),
        ("frame_id", "Gather", ["ids_flat", "which"], {}),
        # a tone for each, silence for pads, spaces and punctuation
        ("scaled_id", "Mul", ["frame_id", "per_id"], {}),
        ("id_step", "Add", ["scaled_id", "base"], {}),
        *speaker,
        noise("colour", "frame_id"),
        ("some_colour", "Mul", ["colour", "noise_scale"], {}),
        ("tinted", "Mul", ["some_colour", "tint"], {}),
        ("loudness", "Add", ["tinted", "level"], {}),
        ("sounding", "Greater", ["frame_id", "last_silent"], {}),
        ("gate", "Cast", ["sounding"], to_float),
        ("amplitude", "Mul", ["loudness", "gate"], {}),
        # frames to samples
        ("total_1", "Unsqueeze", ["total", "axis_0"], {}),
        ("sound_shape", "Concat", ["total_1", "hop"], {"axis": 0}),
        ("step_column", "Unsqueeze", ["step", "axis_1"], {}),
        ("step_wide", "Expand", ["step_column", "sound_shape"], {}),
        ("step_flat", "Reshape", ["step_wide", "flat"], {}),
        ("phase", "CumSum", ["step_flat", "zero"], {}),
        ("wave", "Sin", ["phase"], {}),
        ("amplitude_column", "Unsqueeze", ["amplitude", "axis_1"], {}),
        ("amplitude_wide", "Expand", ["amplitude_column", "sound_shape"], {}),
        ("amplitude_flat", "Reshape", ["amplitude_wide", "flat"], {}),
        ("sound", "Mul", ["wave", "amplitude_flat"], {}),
        ("output", "Reshape", ["sound", "output_shape"], {}),
    ]
