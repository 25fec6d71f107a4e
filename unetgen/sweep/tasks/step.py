"""One kind of step, measured in a process that does nothing else.

The peak is that of the first step, above what the process held once Keras was imported, a trivial operation
done and the NumPy batch made: weights, optimizer slots, gradients, activations, workspaces, the traced graph
and the tensors that the batch is copied into all count; Python, Keras and the user's own arrays do not. It is
of the resident set, or of the GPU's own memory where TensorFlow computes on one. The step is
``train_on_batch`` or ``predict_on_batch`` (graph mode, as in fit). The model of an inference is not compiled:
a compiled one holds the optimizer's slots from the start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from unetgen.config.design import Design
from unetgen.config.execution import rewritten_for
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan

if TYPE_CHECKING:
    from unetgen.model.batches import Array, Targets

Kind = Literal["inference", "train"]


def measured(
    config: UNetConfig, plan: Plan, kind: Kind, batch: int = 1, warmup: int = 0, repeats: int = 0
) -> dict[str, Any]:
    """Build the model, take one step and then some more; in a process that has not built anything yet.

    Gives `device`, `peak_bytes`, `first_seconds` (tracing included), `seconds` of each of `repeats` steps
    that follow the first one and `warmup` others, and the first step's `loss`, None of an inference.
    """
    from unetgen.model.batches import sample_batch
    from unetgen.model.session import counting_gpu_peak, seeded_session, started_device
    from unetgen.sweep.tasks.peak import counting_peak

    x, y = sample_batch(config, plan, batch, config.seed)
    seeded_session(config.seed)
    device = started_device()
    peak = counting_gpu_peak() or counting_peak()
    step = _STEPS[kind](config, plan, x, y)
    first_seconds, loss = _timed(step)
    peak_bytes = peak()
    for _ in range(warmup):
        step()
    seconds = [_timed(step)[0] for _ in range(repeats)]
    return {
        "device": device,
        "peak_bytes": peak_bytes,
        "first_seconds": first_seconds,
        "seconds": seconds,
        "loss": loss,
    }


Step = Callable[[], float | None]


def _train(config: UNetConfig, plan: Plan, x: Array, y: Targets) -> Step:
    from unetgen.model.building import build_model

    model = build_model(Design(config, plan))
    return lambda: float(model.train_on_batch(x, y, return_dict=True)["loss"])


def _inference(config: UNetConfig, plan: Plan, x: Array, y: Targets) -> Step:
    from unetgen.model.building import settled, uncompiled

    config = settled(config)
    model = uncompiled(config, rewritten_for(plan, config.execution).plan)
    if config.compile.jit_compile != "auto":
        model.jit_compile = config.compile.jit_compile

    def step() -> None:
        model.predict_on_batch(x)

    return step


_STEPS: Mapping[Kind, Callable[[UNetConfig, Plan, Array, Targets], Step]] = {
    "inference": _inference,
    "train": _train,
}


def _timed(step: Step) -> tuple[float, float | None]:
    start = time.perf_counter()
    result = step()
    return time.perf_counter() - start, result


def measure_step(request: Mapping[str, Any]) -> dict[str, Any]:
    """`measured`, of the plain `config` in `request` and with its `arguments`: what a child is asked for."""
    from unetgen.config.loader import design_from_dict

    design = design_from_dict(request["config"])
    return measured(design.config, design.plan, **request["arguments"])
