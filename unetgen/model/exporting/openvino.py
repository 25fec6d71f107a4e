"""OpenVINO: an .xml and a .bin file, fast on CPUs of x86."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained
from unetgen.model.exporting.onnx import proto_of, write_onnx
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

HINT = "INFERENCE_PRECISION_HINT"
"""OpenVINO's name of the property that chooses what is computed in (docs.openvino.ai)."""
_HINTS = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}
_REPORTER = "openvino_telemetry"


class OpenVino(Format):
    """OpenVINO's intermediate representation (docs.openvino.ai), read by it from our ONNX graph.

    Weights are kept in float32. What is computed in is chosen where the file is compiled: by default
    bfloat16 on a CPU that multiplies it.
    """

    name = "openvino"
    suffix = ".xml"
    extra = "openvino"
    written_with = ("openvino", "onnx")
    run_with = ("openvino",)
    is_planned = True

    def problems(self, trained: Trained) -> list[str]:
        wrong = []
        if trained.precision:
            wrong.append(
                "reads no precision from its files; say it where the file is compiled: "
                f'core.compile_model(FILE, "CPU", {{"{HINT}": "{trained.precision}"}})'
            )
        if trained.computed_in not in _HINTS:
            wrong.append(
                f"computes in 32 bits at most (got a model in {trained.computed_in}); write one with "
                "`unetgen optimize --precision float32` first"
            )
        return wrong

    def write(self, trained: Trained, place: Path) -> None:
        from unetgen.model.exporting.planned import require_design, said_of

        openvino = runtime()
        with tempfile.TemporaryDirectory() as folder:  # read until it is written
            file = Path(folder) / "model.onnx"
            write_onnx(proto_of(trained, "openvino"), file)
            model = openvino.Core().read_model(file)
            for key, text in said_of(require_design(trained)).items():
                model.set_rt_info(text, ["unetgen", key])
            openvino.save_model(model, place, compress_to_fp16=False)

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        openvino = runtime()
        settings = {HINT: _HINTS[trained.computed_in]}
        compiled = openvino.Core().compile_model(str(place), "CPU", settings)
        outputs = compiled(x)
        return [np.asarray(outputs[index], "float64") for index in range(len(compiled.outputs))]

    def note(self, trained: Trained) -> str:
        chosen = runtime().Core().get_property("CPU", HINT).to_string()
        said = f"OpenVINO computes it in {chosen} on this machine by default"
        return (
            said if chosen == "f32" else f'{said}; {{"{HINT}": "f32"}} where it is compiled asks for float32'
        )


def runtime() -> ModuleType:
    """The module ``openvino``, which sends nothing over the network.

    By itself it tells its makers of each import and conversion, from processes that it forks, as long as
    the package ``openvino_telemetry`` is to be had. Where it was imported before, it stays as it is.
    """
    with _without_reporter():
        return import_module("openvino")


@contextmanager
def _without_reporter() -> Iterator[None]:
    """Let an import of `_REPORTER` fail, as where it is not installed."""
    before = sys.modules.get(_REPORTER)
    sys.modules[_REPORTER] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_REPORTER]
        if before is not None:
            sys.modules[_REPORTER] = before
