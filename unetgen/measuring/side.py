"""A side of a comparison as data, and what it becomes in the process that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from unetgen.config.design import Design

What = Literal["inference", "training"]
Array = NDArray[np.float32]
MAKERS: Mapping[str, str] = {
    "config": "unetgen.measuring.sides.keras_model",
    "source": "unetgen.measuring.sides.torch_source",
    "file": "unetgen.measuring.sides.runtime_file",
    "matmul": "unetgen.measuring.sides.matmul",
}
"""The module whose ``made(job)`` makes a side, and whose ``prepare(job)``, if it has one, does before what
its memory does not count; both run in the process of the side."""


@dataclass(frozen=True)
class TimedSide:
    """`network` is what the maker is told; `overrides` are a config's, of the execution only."""

    name: str
    maker: str
    network: str = ""
    data_format: str = "channels_last"
    precision: Literal["float32", "bfloat16"] = "float32"
    overrides: tuple[str, ...] = ()
    is_compiled: bool = False
    """By PyTorch's compiler, which other sides have no use for."""
    whats: tuple[What, ...] = ("inference", "training")
    """What it is compared in."""


@dataclass(frozen=True)
class SideJob:
    """A side and what it is to do: `config` with `overrides` says network, size, loss and optimizer."""

    side: TimedSide
    what: What
    config: str
    overrides: tuple[str, ...]
    device: str = "cpu"
    batch: int = 1
    folder: str = ""
    """Where ``weights.npz`` and the exported files lie; without one, weights are drawn."""

    @property
    def name(self) -> str:
        """The side's, within what it does."""
        return f"{self.what}, {self.side.name}"

    def design(self, *more: str) -> Design:
        """The design of the config with the overrides, and `more` of them."""
        from unetgen.config.loader import load_design

        return load_design(self.config, (*self.overrides, *more))

    def plain(self) -> dict[str, Any]:
        """The job as data for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> SideJob:
        """The job that `plain` has written."""
        side: dict[str, Any] = {
            key: tuple(of) if isinstance(of, list) else of for key, of in data["side"].items()
        }
        return cls(**{**data, "side": TimedSide(**side), "overrides": tuple(data["overrides"])})


@dataclass(frozen=True)
class ReadySide:
    """A side ready to be timed: `step` is one call, and a training step's loss; `outputs` as NumPy's, with
    the channels first."""

    step: Callable[[], float | None]
    outputs: Callable[[], Sequence[Array]]
    notes: dict[str, Any] = field(default_factory=dict)
