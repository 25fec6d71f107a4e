"""ONNX: a .onnx file, for ONNX Runtime and for most other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from unetgen.rewrites.targets import Target

LARGEST_FILE = 2**31 - 2**24
"""Bytes of weights up to which they lie in the file itself: protobuf reads less than 2 GiB."""
WRITTEN = {"f32": "float32", "f16": "float16"}
"""The types that a graph can compute in, as ``--precision`` calls them."""
_BY_DEFAULT = {"float32": "f32", "float16": "f16"}


class Onnx(Format):
    """The Open Neural Network Exchange (onnx.ai), written from the plan."""

    name = "onnx"
    suffix = ".onnx"
    extra = "onnx"
    written_with = ("onnx",)
    run_with = ("onnxruntime",)
    is_planned = True

    def problems(self, trained: Trained) -> list[str]:
        if trained.precision == "bf16":
            return [
                "is not written in bfloat16: ONNX Runtime has no such convolution; --precision f16 or f32"
            ]
        if trained.precision or trained.computed_in in _BY_DEFAULT:
            return []
        return [
            f"is written in float32 or float16 (got a model that computes in {trained.computed_in}); say "
            "--precision f32 or f16"
        ]

    def write(self, trained: Trained, place: Path) -> None:
        precision = trained.precision or _BY_DEFAULT[trained.computed_in]
        write_onnx(proto_of(trained, "onnxruntime", WRITTEN[precision]), place)

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        import onnxruntime

        session = onnxruntime.InferenceSession(place, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        return [np.asarray(each, "float64") for each in session.run(None, {given.name: x})]

    def note(self, trained: Trained) -> str:
        from unetgen.emit.onnx.construction import OPSET

        return f"opset {OPSET}"


def proto_of(trained: Trained, target: Target, float_type: str = "float32") -> onnx.ModelProto:
    """The graph of `trained`, as `target` computes it best; raises `UnetgenError` where it is not sound."""
    from unetgen.emit.onnx.checking import require_sound
    from unetgen.emit.onnx.construction import onnx_model
    from unetgen.emit.onnx.walk import Interface
    from unetgen.model.exporting.planned import planned, said_of

    made = planned(trained, target)
    config = made.design.config
    interface = Interface(config.input.data_format, float_type)
    model = onnx_model(made.plan, made.weights, interface, config.name, said_of(made.design))
    require_sound(model)
    return model


def write_onnx(model: onnx.ModelProto, place: Path, largest: int = LARGEST_FILE) -> None:
    """Write `model` to `place`; more than `largest` bytes of weights go into ``NAME.data`` beside it."""
    import onnx

    if sum(len(each.raw_data) for each in model.graph.initializer) <= largest:
        onnx.save_model(model, str(place))
    else:
        beside = f"{place.name}.data"
        onnx.save_model(model, str(place), save_as_external_data=True, location=beside)
