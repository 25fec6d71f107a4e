"""Sides in other runtimes: files that `unetgen export` writes, and those that converters make."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sides.side import Array, Job, Made
from benchmarks.sides.weights import drawn

Run = Callable[[Array], list[Array]]
CONVERTED, REWRITTEN = "converted", "rewritten"
"""How a file is made, behind the name of its runtime; else from the plan as it is."""


def made(job: Job) -> Made:
    """The network with the drawn weights, as a file in its runtime; `network` says which and how made."""
    from unetgen.config.execution import inner_format
    from unetgen.config.loader import load_design
    from unetgen.model.batches import sample_batch
    from unetgen.model.building import assign, build_model
    from unetgen.model.exporting.format import Trained

    runtime, _, how = job.side.network.partition(", ")
    import_module(runtime)  # a missing one is found before anything is built
    # Of channels first convolutions tf2onnx makes a graph that ONNX Runtime refuses.
    layout = ("execution.layout=channels_last",) if job.side.network == f"onnxruntime, {CONVERTED}" else ()
    design = load_design(job.config, (*job.overrides, *layout))
    x, _ = sample_batch(design.config, design.plan)
    model = build_model(design)
    execution = design.config.execution
    assign(model, drawn(design.plan), inner_format(execution, design.config.input.data_format))
    with tempfile.TemporaryDirectory() as folder:
        run = _RUNTIMES[runtime](Trained(model, design, how == REWRITTEN), how, Path(folder), job)
    class_axis = design.config.class_axis

    def outputs() -> Array:
        return np.moveaxis(run(x)[0], class_axis, 1)

    def step() -> None:
        run(x)

    return Made(step, outputs)


def _onnxruntime(trained: Any, how: str, folder: Path, job: Job) -> Run:
    import onnxruntime

    from unetgen.model.exporting.onnx import proto_of, write_onnx

    file = folder / "model.onnx"
    if how == CONVERTED:
        import_module("tf2onnx")  # Keras's own exporter uses it
        trained.model.export(
            str(file), format="onnx", verbose=False, input_signature=list(trained.model.inputs)
        )
    else:
        write_onnx(proto_of(trained, "onnxruntime"), file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    return lambda x: session.run(None, {given.name: x})


def _openvino(trained: Any, how: str, folder: Path, job: Job) -> Run:
    import openvino

    from unetgen.model.exporting.openvino import HINT, OpenVino

    file = folder / "model.xml"
    if how == CONVERTED:
        trained.model.export(
            str(file), format="openvino", verbose=False, input_signature=list(trained.model.inputs)
        )
    else:
        OpenVino().write(trained, file)
    hint = {"float32": "f32", "bfloat16": "bf16"}[job.side.precision]
    compiled = openvino.Core().compile_model(file, "CPU", {HINT: hint})
    return lambda x: [np.asarray(each) for each in compiled(x).values()]


_RUNTIMES: dict[str, Callable[[Any, str, Path, Job], Run]] = {
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
}
