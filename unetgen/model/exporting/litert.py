"""LiteRT: a .tflite file for phones and small devices."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from unetgen.emit.litert import Quantization
from unetgen.errors import UnetgenError
from unetgen.model.exporting.format import Format, Trained
from unetgen.model.exporting.planned import planned, require_design
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

RUNTIME = "ai_edge_litert"
"""The package of LiteRT's own runtime; TensorFlow has an older one."""
SUPPORTED = "TF Select ops: "
"""How the converter begins the line that lists what it has no kernel for."""


class LiteRT(Format):
    """TensorFlow Lite's format under its new name (ai.google.dev/edge/litert), written from the plan."""

    name = "litert"
    suffix = ".tflite"
    is_of_tensorflow = True
    is_planned = True
    quantizations: ClassVar[tuple[Quantization, ...]] = ("float16", "int8")

    def problems(self, trained: Trained) -> list[str]:
        if trained.precision in (None, "f32"):
            return []
        return ["computes in float32; leave out --precision, or keep its weights smaller by --quantize"]

    def write(self, trained: Trained, place: Path) -> None:
        from unetgen.emit.litert.construction import lite_model

        made = planned(trained, "litert")
        data_format = made.design.config.input.data_format
        try:
            written = lite_model(made.plan, made.weights, data_format, trained.quantize)
        except Exception as error:  # of the converter's own kinds
            raise UnetgenError(_said(str(error))) from None
        place.write_bytes(written)

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        return outputs_of(place.read_bytes(), x, require_design(trained).plan.outputs)

    def note(self, trained: Trained) -> str:
        return f"weights in {trained.quantize}" if trained.quantize else ""


def _said(error: str) -> str:
    """What the converter has no kernel for, or the first line of what it says."""
    lines = error.strip().splitlines() or ["no reason"]
    absent = next((line.removeprefix(SUPPORTED) for line in lines if line.startswith(SUPPORTED)), "")
    reason = f"it has no kernel for {absent}" if absent else lines[0]
    return (
        f"this model cannot be exported as litert: {reason}; nothing was written; "
        "--format onnx and --format openvino take every network"
    )


def outputs_of(written: bytes, x: NDArray[np.float32], names: Sequence[str]) -> Outputs:
    """The outputs of these names for the batch `x`, computed by LiteRT, or by TensorFlow's own copy of it."""
    return [np.asarray(each, "float64") for each in opened(written, names)(x)]


def opened(
    written: bytes, names: Sequence[str], threads: int | None = None
) -> Callable[[Array], list[Array]]:
    """What computes the outputs of these names, for batches of the size of the first one.

    It takes one thread where `threads` says nothing, as LiteRT does.
    """
    run = _interpreter(written, threads).get_signature_runner()
    (given,) = run.get_input_details()

    def outputs(x: Array) -> list[Array]:
        found = run(**{given: x})
        return [found[name] for name in names]

    return outputs


def operations(written: bytes) -> list[str]:
    """The names of the operations in a file, such as ``CONV_2D``, in their order."""
    return [each["op_name"] for each in _interpreter(written)._get_ops_details()]


def _interpreter(written: bytes, threads: int | None = None) -> Any:
    with warnings.catch_warnings(action="ignore"):  # TensorFlow's asks for LiteRT's own package
        return runtime().Interpreter(model_content=written, num_threads=threads)


def runtime() -> ModuleType:
    """LiteRT's own package, or TensorFlow's older copy of it."""
    if importlib.util.find_spec(RUNTIME) is not None:
        return importlib.import_module(f"{RUNTIME}.interpreter")
    from tensorflow import lite

    with warnings.catch_warnings(action="ignore"):
        lite.Interpreter  # noqa: B018  (imported when it is asked for)
    older: ModuleType = lite
    return older
