"""Sides in other runtimes: files that `unetgen export` writes, and those that converters make."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from unetgen.measuring.side import Array, ReadySide, SideJob
from unetgen.measuring.sides.runtime_file import import_runtime, opened_in
from unetgen.measuring.weights import drawn
from unetgen.measuring.writing import FORMATS
from unetgen.model.exporting.format import Trained

CONVERTED, REWRITTEN = "converted", "rewritten"
"""How a file is made, behind the name of its runtime; else from the plan as it is."""


def made(job: SideJob) -> ReadySide:
    """The network with the drawn weights, as a file in its runtime; `network` says which and how made."""
    from unetgen.config.execution import inner_format
    from unetgen.config.loader import load_design
    from unetgen.model.batches import sample_batch
    from unetgen.model.building import assign, build_model

    runtime, _, how = job.side.network.partition(", ")
    import_runtime(runtime)  # a missing one is found before anything is built
    # Of channels first convolutions tf2onnx makes a graph that ONNX Runtime refuses.
    layout = ("execution.layout=channels_last",) if job.side.network == f"onnxruntime, {CONVERTED}" else ()
    design = load_design(job.config, (*job.overrides, *layout))
    x, _ = sample_batch(design.config, design.plan)
    model = build_model(design)
    execution = design.config.execution
    assign(model, drawn(design.plan), inner_format(execution, design.config.input.data_format))
    with tempfile.TemporaryDirectory() as folder:
        _, name = FORMATS[runtime]
        file = Path(folder) / name
        _WRITTEN[runtime](Trained(model, design, how == REWRITTEN), how, file)
        run = opened_in(runtime, file, job.side.precision, design.plan.outputs)
    class_axis = design.config.class_axis

    def outputs() -> list[Array]:
        return [np.moveaxis(np.asarray(run(x)[0], "float32"), class_axis, 1)]

    def step() -> None:
        run(x)

    return ReadySide(step, outputs)


def _onnxruntime(trained: Trained, how: str, file: Path) -> None:
    from unetgen.model.exporting.onnx import proto_of, write_onnx

    if how == CONVERTED:
        import_module("tf2onnx")  # Keras's own exporter uses it
        _convert(trained, "onnx", file)
    else:
        write_onnx(proto_of(trained, "onnxruntime"), file)


def _openvino(trained: Trained, how: str, file: Path) -> None:
    from unetgen.model.exporting.openvino import OpenVino

    if how == CONVERTED:
        _convert(trained, "openvino", file)
    else:
        OpenVino().write(trained, file)


def _litert(trained: Trained, how: str, file: Path) -> None:
    from unetgen.model.exporting.litert import LiteRT

    LiteRT().write(trained, file)


def _convert(trained: Trained, name: str, file: Path) -> None:
    """By Keras's own exporter."""
    signature = list(trained.model.inputs)
    trained.model.export(str(file), format=name, verbose=False, input_signature=signature)


_WRITTEN: Mapping[str, Callable[[Trained, str, Path], None]] = {
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "litert": _litert,
}
