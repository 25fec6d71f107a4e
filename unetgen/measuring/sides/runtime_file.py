"""Sides in other runtimes: files that `unetgen export --optimize` writes, opened once and called often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unetgen.measuring.machine import cores
from unetgen.measuring.side import Array, ReadySide, SideJob
from unetgen.measuring.writing import FORMATS
from unetgen.model.exporting import litert, openvino

Run = Callable[[Array], Sequence[NDArray[np.generic]]]


def prepare(job: SideJob) -> None:
    """Import the runtime, and what makes a batch, which is dropped."""
    from unetgen.model.batches import sample_batch

    import_runtime(job.side.network)
    design = job.design()
    sample_batch(design.config, design.plan, job.batch)


def import_runtime(runtime: str) -> None:
    """Import what computes the files of `runtime`; raises `ImportError` where it is not installed."""
    _IMPORTED[runtime]()


def made(job: SideJob) -> ReadySide:
    """The file of the side's runtime, `network`, that lies in the job's folder, ready to be called."""
    from unetgen.model.batches import sample_batch

    design = job.design()
    x, _ = sample_batch(design.config, design.plan, job.batch)
    _, name = FORMATS[job.side.network]
    file = Path(job.folder) / name
    run = opened_in(job.side.network, file, job.side.precision, design.plan.outputs)

    def step() -> None:
        run(x)

    def outputs() -> list[Array]:
        found = [np.asarray(each, "float32") for each in run(x)]
        axis = design.config.class_axis
        return [each if each.ndim < 3 else np.moveaxis(each, axis, 1) for each in found]

    return ReadySide(step, outputs)


def opened_in(runtime: str, file: Path, precision: str, names: Sequence[str]) -> Run:
    """What computes the outputs of these `names`, on the CPU and all its cores, from a file of `runtime`."""
    return _OPENED[runtime](file, precision, names)


def _onnxruntime(file: Path, precision: str, names: Sequence[str]) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    return lambda x: list(session.run(None, {given.name: x}))


def _openvino(file: Path, precision: str, names: Sequence[str]) -> Run:
    hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
    compiled = openvino.runtime().Core().compile_model(str(file), "CPU", {openvino.HINT: hint})
    return lambda x: list(compiled(x).values())


def _litert(file: Path, precision: str, names: Sequence[str]) -> Run:
    return litert.opened(file.read_bytes(), names, threads=cores())


_IMPORTED: Mapping[str, Callable[[], object]] = {
    "onnxruntime": lambda: import_module("onnxruntime"),
    "openvino": openvino.runtime,
    "litert": litert.runtime,
}
_OPENED: Mapping[str, Callable[[Path, str, Sequence[str]], Run]] = {
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "litert": _litert,
}
