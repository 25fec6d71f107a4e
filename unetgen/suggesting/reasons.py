"""Why a suggested network is as it is, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.emit.text.tables import bytes_text
from unetgen.suggesting.budget import MemoryBudget, OwnBudget
from unetgen.suggesting.families import LEAST_BATCH, NetworkFamily
from unetgen.suggesting.fingerprint import Fingerprint
from unetgen.suggesting.resolution import SHOWN_ENOUGH
from unetgen.suggesting.search import SuggestedNetwork
from unetgen.suggesting.topology import ALIKE, COARSEST, FIRST_FEATURES, MOST_FEATURES, first_patch

WORDS = {"plain": "nnU-Net's own network", "residual": "nnU-Net's network with a residual encoder"}


def reasons(
    found: SuggestedNetwork, budget: MemoryBudget, finer: Fingerprint | None = None
) -> dict[str, str]:
    """A sentence or two for each field that follows from the data, and for those that nnU-Net always has.

    `finer` are the data at full resolution, where the network is for a lower one.
    """
    dims, shape, kind = found.candidate.dims, found.shape, found.candidate.family.kind
    return {
        "input": " ".join(_of_patch(found, budget, finer)),
        "depth": f"An axis is halved while {2 * COARSEST} positions or more are left of it, or "
        f"{3 * COARSEST} where it is the only one: "
        f"{_listed(found)}, which makes {shape.stages} levels.",
        "base_filters": f"Features double from {FIRST_FEATURES} on, up to {MOST_FEATURES[dims]} in {dims}D.",
        "kernel": _of_kernels(found),
        "padding": "From here to the kernel's regularizer as all networks of nnU-Net have it.",
        "block": f"As {WORDS[kind]} has it.",
        "down": f"Axes are halved together while their spacings differ by a factor below {ALIKE}; a coarser "
        "axis waits for the others, and one that is too short stays as it is.",
        "head": "Coarser levels have losses of their own, each with half the weight of the finer one.",
        "compile": "nnU-Net's loss and optimizer. The learning rate falls over 1,000 epochs of 250 steps; "
        "set `compile.optimizer.learning_rate.decay_steps` to the steps of a shorter training.",
    }


def batch_reason(found: SuggestedNetwork) -> str:
    """Why the batch is as large as it is."""
    share = found.candidate.family.share
    if found.batch == found.most > LEAST_BATCH:
        return f"more would show above {share:.0%} of all positions at once"
    if found.batch == LEAST_BATCH:
        return "no more fit" if found.most > LEAST_BATCH else "the smallest, for so few images"
    return "as many as fit"


def _of_patch(found: SuggestedNetwork, budget: MemoryBudget, finer: Fingerprint | None) -> Iterator[str]:
    fingerprint, dims = found.fingerprint, found.candidate.dims
    batch = found.candidate.family.patch_batch[dims]
    size, spacing = _times(fingerprint.size), _times(fingerprint.spacing)
    yield f"The median image has {size} positions at a spacing of {spacing}."
    if finer is not None:
        full = f"{_times(finer.size)} positions at {_times(finer.spacing)}"
        yield f"From {full} on, it was made coarser until a patch shows {SHOWN_ENOUGH:.0%} of it."
    first = first_patch(fingerprint.spacing, fingerprint.size)
    if found.is_first:
        whole = all(a >= b for a, b in zip(first, fingerprint.size, strict=True))
        what = "whole" if whole else f"to the extent of {_times(first)}"
        yield f"It fits {what} with a batch of {batch}, made divisible by {_times(found.shape.divisors)}."
    else:
        yield (
            f"From {_times(first)} on, the axis that shows the most of the image was made shorter until a "
            f"batch of {batch} fits in {told(budget, found.candidate.family)}."
        )
    if found.shown < SHOWN_ENOUGH:
        yield f"A patch shows {found.shown:.1%} of the image."
    if found.low is not None:
        size, spacing = _times(found.low.fingerprint.size), _times(found.low.fingerprint.spacing)
        yield (
            "nnU-Net plans a network for a lower resolution too, for images of "
            f"{size} positions at a spacing of {spacing}: `--resolution low` suggests it."
        )


def told(budget: MemoryBudget, family: NetworkFamily) -> str:
    """The limit in words."""
    if isinstance(budget, OwnBudget):
        return bytes_text(budget.limit)
    return f"{family.target_gigabytes} GB by nnU-Net's measure"


def _of_kernels(found: SuggestedNetwork) -> str:
    flat = [axis for axis in range(found.candidate.dims) if found.shape.kernels[0][axis] == 1]
    if not flat:
        return "The axes' spacings are alike from the finest level on."
    levels = [sum(kernel[axis] == 1 for kernel in found.shape.kernels) for axis in flat]
    spacing = found.fingerprint.spacing
    parts = [
        f"axis {axis} has {spacing[axis] / min(spacing):.3g} times the finest spacing: {count} levels go by "
        "until it is alike"
        for axis, count in zip(flat, levels, strict=True)
    ]
    return f"Kernels reach along axes of like spacing: {'; '.join(parts)}."


def _times(numbers: Sequence[float]) -> str:
    return " x ".join(f"{number:.6g}" for number in numbers)


def _listed(found: SuggestedNetwork) -> str:
    """How often each axis is halved."""
    times = [divisor.bit_length() - 1 for divisor in found.shape.divisors]
    if len(set(times)) == 1:
        return f"{times[0]} along each axis"
    return f"{', '.join(map(str, times))} along the axes"
