"""What programs put before all names of a network's tensors: ``module.``, ``_orig_mod.``, ``_model.``.

DistributedDataParallel, torch.compile and Lightning each add the name of the attribute that holds the
network, one before the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from unetgen.errors import UnetgenError, shown
from unetgen.weights.transplant import Tensors


def without_prefix(tensors: Tensors, marks: Iterable[str]) -> Tensors:
    """The tensors without what stands before the first of `marks` in their names.

    `marks` are beginnings of names that only the network itself has. Names without the prefix stay as they
    are. Raises `UnetgenError` where there are several networks.
    """
    marks = tuple(marks)
    prefixes = {_before(name, mark) for name in tensors for mark in marks} - {None}
    if len(prefixes) > 1:
        names = ", ".join(shown(prefix or "(none)") for prefix in sorted(map(str, prefixes)))
        raise UnetgenError(f"holds {len(prefixes)} networks, under {names}; save one of them")
    prefix = prefixes.pop() if prefixes else ""
    return {name.removeprefix(prefix or ""): tensor for name, tensor in tensors.items()}


def _before(name: str, mark: str) -> str | None:
    """What stands before `mark` in `name`, where it begins a part of it; None where it does not."""
    found = f".{name}".find(f".{mark}")
    return None if found < 0 else name[:found]
