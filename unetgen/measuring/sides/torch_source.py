"""Sides in PyTorch: the printed source of the config, eager or compiled. TensorFlow stays out of the process.

Eager, the network computes in whichever of PyTorch's two memory formats is faster here; compiled, in channels
last, which its convolutions want.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unetgen.measuring.side import Array, ReadySide, SideJob
from unetgen.measuring.sides.torch_training import loss_of, optimizer_of
from unetgen.measuring.weights import weights_of
from unetgen.measuring.writing import SOURCE

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from unetgen.config.design import Design

Named = tuple[str, "torch.memory_format"]


def prepare(job: SideJob) -> None:
    """Import PyTorch and what prints a source, start its threads, and make and drop a first batch."""
    import torch

    import unetgen.emit.source.torch_weights  # noqa: F401
    from unetgen.model.batches import sample_batch

    torch.ones(64, 64) @ torch.ones(64, 64)
    design = job.design()
    sample_batch(design.config, design.plan, job.batch)


def made(job: SideJob) -> ReadySide:
    """The printed network with the job's weights."""
    import torch

    from unetgen.model.batches import sample_batch

    design = job.design(*job.side.overrides)
    x, y = sample_batch(design.config, design.plan, job.batch)
    given, target = _tensor(x, design), _tensor(y, design) if job.what == "training" else None
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(given.dim(), torch.contiguous_format)
    formats: list[Named] = [("channels_last", last)]
    if not job.side.is_compiled:
        formats.append(("contiguous", torch.contiguous_format))
    network_of = _printed(Path(job.folder, SOURCE))

    def of(memory_format: torch.memory_format) -> ReadySide:
        network = network_of()
        network.load_state_dict(_state(job, design))
        network = network.to(memory_format=memory_format)
        return _made(job, design, network, given.to(memory_format=memory_format), target)

    name, memory_format = _fastest(formats, of)
    found = of(memory_format)
    notes = {"memory format": name, "threads": torch.get_num_threads()}
    return ReadySide(found.step, found.outputs, notes)


def _printed(file: Path) -> Callable[[], torch.nn.Module]:
    """``UNet`` of the printed source, as its user imports it."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    made_by: Callable[[], torch.nn.Module] = module.UNet
    return made_by


def _state(job: SideJob, design: Design) -> dict[str, torch.Tensor]:
    import torch

    from unetgen.emit.source.torch_weights import state_of

    weights = {name: list(arrays) for name, arrays in weights_of(job, design.plan).items()}
    return {name: torch.from_numpy(np.array(array)) for name, array in state_of(design.plan, weights).items()}


def _tensor(array: Any, design: Design) -> torch.Tensor:
    """An array of the config's data format as PyTorch has it, the channels first."""
    import torch

    given: NDArray[np.generic] = array
    if given.ndim > 2:
        given = np.moveaxis(given, design.config.class_axis, 1)
    return torch.from_numpy(np.ascontiguousarray(given))


def _fastest(formats: Sequence[Named], of: Callable[[torch.memory_format], ReadySide]) -> Named:
    """The format whose second call takes less; the first one allocates."""
    if len(formats) == 1:
        return formats[0]
    sides = [of(memory_format) for _, memory_format in formats]
    for _ in range(2):  # by turns
        times = [_seconds(side.step) for side in sides]
    return formats[times.index(min(times))]


def _seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def _made(
    job: SideJob, design: Design, network: torch.nn.Module, x: torch.Tensor, y: torch.Tensor | None
) -> ReadySide:
    import torch

    is_training, is_half = job.what == "training", job.side.precision == "bfloat16"
    network.train(is_training)
    run: Callable[[torch.Tensor], Any] = torch.compile(network) if job.side.is_compiled else network

    def precision() -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = torch.autocast("cpu", torch.bfloat16, enabled=is_half)
        return context

    def predict() -> list[torch.Tensor]:
        with torch.inference_mode(), precision():
            found = run(x)
        return [each.float() for each in (found if isinstance(found, tuple) else (found,))]

    def outputs() -> Sequence[Array]:
        return [each.contiguous().numpy() for each in predict()]

    def infer() -> None:
        predict()

    if not is_training:
        return ReadySide(infer, outputs)
    assert y is not None
    loss_function, optimizer = loss_of(design), optimizer_of(design, network)

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        with precision():
            found = run(x)
        loss = loss_function(found.float(), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return ReadySide(train, outputs)
