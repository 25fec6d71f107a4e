"""What an `execution` section comes to on a device: `auto` chosen, and the plan that is computed.

Pure functions; the device is described by what they ask of it, so that they can be asked about any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from unetgen.config.sections import Execution
from unetgen.plan.cheap import with_activations_apart
from unetgen.plan.graph import Plan
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.manager import Rewritten, rewritten

CPUINFO = Path("/proc/cpuinfo")
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
"""Linux's names of the x86 instructions that multiply bfloat16 (arch/x86/include/asm/cpufeatures.h)."""
BFLOAT16_CAPABILITY = (8, 0)
"""NVIDIA's first compute capability whose tensor cores multiply bfloat16: Ampere's (CUDA C++ Programming
Guide, "Compute Capabilities", feature support)."""


@dataclass(frozen=True)
class Device:
    """What computes, as far as choices depend on it."""

    kind: Literal["cpu", "gpu"]
    multiplies_bfloat16: bool = False
    """By instructions of its own; others convert every number to float32 and back."""


def cpu(cpuinfo: str | None = None) -> Device:
    """The CPU that Linux describes in `cpuinfo`, this machine's by default; else one without bfloat16."""
    if cpuinfo is None:
        cpuinfo = CPUINFO.read_text() if CPUINFO.is_file() else ""
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    return Device("cpu", flags is not None and not BFLOAT16_FLAGS.isdisjoint(flags[1].split()))


def gpu(compute_capability: tuple[int, ...]) -> Device:
    """A GPU of this compute capability; nothing where it has none, not being NVIDIA's."""
    return Device("gpu", compute_capability >= BFLOAT16_CAPABILITY)


def chosen(execution: Execution, device: Device) -> Execution:
    """`execution` with nothing automatic left, as `device` computes it best.

    Channels last is several times faster on a CPU; on a GPU the two differ little, so that a declared layout
    stays. A rewritten plan is computed channels last everywhere: its layers know no other layout.
    """
    layout, precision = execution.layout, execution.precision
    if layout == "auto":
        layout = "channels_last" if device.kind == "cpu" else "declared"
    if execution.optimize != "none":
        layout = "channels_last"
    if precision == "auto":
        precision = "mixed_bfloat16" if device.multiplies_bfloat16 else "float32"
    return execution.model_copy(update={"layout": layout, "precision": precision})


def as_chosen_then(execution: Execution, record: object) -> Execution:
    """`execution` with what is automatic as a lock's `record` has it; as it is where that does not say."""
    said = record if isinstance(record, Mapping) else {}
    data: dict[str, Any] = execution.model_dump()
    data |= {name: said[name] for name, value in data.items() if value == "auto" and name in said}
    try:
        return Execution.model_validate(data)
    except ValidationError:
        return execution


def rewritten_for(plan: Plan, execution: Execution) -> Rewritten:
    """`plan` as it is computed, and the way there."""
    found = Rewritten(plan, plan)
    if execution.optimize != "none":
        wanted = {"training": FOR_TRAINING, "inference": FOR_INFERENCE}[execution.optimize]
        is_narrow = execution.precision.startswith("mixed_")
        found = rewritten(plan, [each for each in wanted if not (is_narrow and each.needs_float32)])
    is_apart = makes_cheap_twice(execution)
    return replace(found, plan=with_activations_apart(found.plan)) if is_apart else found


def makes_cheap_twice(execution: Execution) -> bool:
    """Whether a training step makes what is cheap twice; a network for inference has no such step."""
    return execution.remat == "cheap" and execution.optimize != "inference"


def inner_format(execution: Execution, data_format: str) -> str:
    """The data format that a model computes in, with nothing automatic left, when this is its interface's."""
    return data_format if execution.layout == "declared" else execution.layout
