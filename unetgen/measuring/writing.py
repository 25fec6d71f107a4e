"""What sides read from a folder, written in processes of their own: the files of other runtimes, as
`unetgen export --optimize` writes them, and the weights of a trained model."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from os.path import abspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unetgen.errors import UnetgenError
from unetgen.measuring.side import SideJob
from unetgen.sweep.process import Ending, run_in_child

if TYPE_CHECKING:
    from unetgen.model.exporting.format import Trained

FORMATS: Mapping[str, tuple[str, str]] = {
    "onnxruntime": ("onnx", "model.onnx"),
    "openvino": ("openvino", "model.xml"),
    "litert": ("litert", "model.tflite"),
}
"""The format of each runtime, and its file in a job's folder."""
SOURCE = "unet.py"
"""The printed PyTorch source, in the same folder."""
LOG = "writing.log"


def write_files(job: SideJob, runtimes: Sequence[str], limit: float) -> dict[str, str]:
    """Write the file of each runtime into the folder of `job`, which is of Keras as declared.

    Returns why not, of each that could not be written within `limit` seconds.
    """
    wanted = [runtime for runtime in runtimes if runtime in FORMATS]
    if not wanted:
        return {}
    ending = _child("written", {"job": job.plain(), "runtimes": wanted}, Path(job.folder), limit)
    if ending.failure is None:
        return dict(ending.result)
    if len(wanted) == 1 or ending.how == "exception":
        return dict.fromkeys(wanted, f"cannot be written: {ending.failure.line()}")
    # One of the converters has ended the process: each in its own, it costs no other.
    return {name: why for each in wanted for name, why in write_files(job, [each], limit).items()}


def write_source(job: SideJob) -> dict[str, str]:
    """Write the PyTorch source of the config into the folder of `job`; why not, under ``torch``."""
    from unetgen.emit.source.torch import torch_source

    try:
        text = torch_source(job.design(*job.side.overrides))
    except UnetgenError as error:
        return {"torch": f"cannot be printed: {str(error).splitlines()[0]}"}
    Path(job.folder, SOURCE).write_text(text, encoding="utf-8")
    return {}


def keep_weights(model: Path, config: str, folder: Path, limit: float) -> None:
    """Write the weights of the trained model in the file `model` for all sides.

    Raises `UnetgenError` where it is not that of `config`, a file, or cannot be read.
    """
    request = {"model": str(model), "config": config, "folder": str(folder)}
    ending = _child("kept", request, folder, limit)
    if ending.failure is not None:
        said = ending.failure.message if ending.failure.kind == "UnetgenError" else ending.failure.line()
        raise UnetgenError(said if said.startswith(str(model)) else f"{model}: {said}")


def _child(function: str, request: Mapping[str, Any], folder: Path, limit: float) -> Ending:
    with (folder / LOG).open("ab", buffering=0) as log:
        path = [abspath(place) for place in sys.path]  # noqa: PTH100  ('' is here)
        return run_in_child(f"{__name__}:{function}", request, path=path, timeout=limit, log=log)


def written(request: Mapping[str, Any]) -> dict[str, str]:
    """In the child: write the files; of each runtime without one, why."""
    from unetgen.measuring.weights import weights_of
    from unetgen.model.building import assign, build_model
    from unetgen.model.exporting.format import Trained

    job = SideJob.of(request["job"])
    design = job.design(*job.side.overrides)
    model = build_model(design)
    assign(model, weights_of(job, design.plan), design.config.input.data_format)
    trained = Trained(model, design, is_optimized=True)
    reasons = {runtime: _why_not(trained, runtime, Path(job.folder)) for runtime in request["runtimes"]}
    return {runtime: why for runtime, why in reasons.items() if why}


def _why_not(trained: Trained, runtime: str, folder: Path) -> str:
    """Write the file of one runtime; empty, or why it is not there."""
    from unetgen.model.exporting import formats

    name, file = FORMATS[runtime]
    entry = formats.FORMATS[name]
    try:
        problems = entry.problems(trained)
        if not problems:
            entry.write(trained, folder / file)
    except Exception as error:  # of a converter's own kinds
        problems = [next(iter(str(error).strip().splitlines()), type(error).__name__)]
    return f"cannot be written: {problems[0]}" if problems else ""


def kept(request: Mapping[str, Any]) -> None:
    """In the child: write the weights of a trained model."""
    from unetgen.config.loader import load_design
    from unetgen.measuring.weights import save_weights
    from unetgen.model.loading import loaded
    from unetgen.model.optimizing import require_fit, weights_in

    design = load_design(request["config"])
    model = loaded(Path(request["model"]))
    require_fit(model, design.config, design.plan)
    weights = weights_in(model, design.plan, design.config.input.data_format)
    save_weights(design.plan, weights, Path(request["folder"]))
