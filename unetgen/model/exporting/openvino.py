"""OpenVINO: an .xml and a .bin file, fast on CPUs of x86."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained, through_keras
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OpenVino(Format):
    """OpenVINO's intermediate representation (docs.openvino.ai)."""

    name = "openvino"
    suffix = ".xml"
    extra = "openvino"
    written_with = ("openvino",)
    run_with = ("openvino",)

    def write(self, trained: Trained, place: Path) -> None:
        through_keras(trained.model, place, "openvino")

    def run(self, place: Path, x: NDArray[np.float32]) -> Outputs:
        import openvino

        # The default on a CPU with bfloat16 is not float32.
        settings = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(str(place), "CPU", settings)
        outputs = compiled(x)
        return [np.asarray(outputs[index], "float64") for index in range(len(compiled.outputs))]
