"""ONNX: a .onnx file, for ONNX Runtime and for most other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained, only_float32, through_keras
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Onnx(Format):
    """The Open Neural Network Exchange (onnx.ai)."""

    name = "onnx"
    suffix = ".onnx"
    extra = "onnx"
    written_with = ("tf2onnx", "onnx")
    run_with = ("onnxruntime",)

    def problems(self, trained: Trained) -> list[str]:
        return only_float32(trained.model)

    def write(self, trained: Trained, place: Path) -> None:
        through_keras(trained.model, place, "onnx")

    def run(self, place: Path, x: NDArray[np.float32]) -> Outputs:
        import onnxruntime

        session = onnxruntime.InferenceSession(place, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        return [np.asarray(each, "float64") for each in session.run(None, {given.name: x})]
