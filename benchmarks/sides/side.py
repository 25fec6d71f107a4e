"""A side of a comparison as data, and what it becomes in the process that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
What = Literal["inference", "training"]
MAKERS = {
    "config": "benchmarks.sides.by_config",
    "keras": "benchmarks.sides.in_keras",
    "torch": "benchmarks.sides.in_torch",
    "runtime": "benchmarks.sides.in_runtime",
}
"""The module whose ``made(job)`` makes a side; peers are imported by it, late."""


@dataclass(frozen=True)
class Side:
    """`network` is a function of the maker's; `overrides` are a config's, of the execution only."""

    name: str
    maker: Literal["config", "keras", "torch", "runtime"]
    network: str = ""
    data_format: str = "channels_last"
    precision: Literal["float32", "bfloat16"] = "float32"
    overrides: tuple[str, ...] = ()
    is_compiled: bool = False
    """By PyTorch's compiler, which other sides have no use for."""
    whats: tuple[What, ...] = ("inference", "training")
    """What it is compared in."""

    @property
    def process(self) -> str:
        """Sides with the same one share a process; threads of several frameworks disturb each other."""
        return {"torch": "torch", "runtime": self.network.partition(",")[0]}.get(self.maker, "keras")


@dataclass(frozen=True)
class Job:
    """A side and what it is to do: `config` with `overrides` says network, size, loss and optimizer."""

    side: Side
    what: What
    config: str
    overrides: tuple[str, ...]
    device: str = "cpu"

    def plain(self) -> dict[str, Any]:
        """The job as data for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Job:
        """The job that `plain` has written."""
        side: dict[str, Any] = {
            key: tuple(of) if isinstance(of, list) else of for key, of in data["side"].items()
        }
        return cls(**{**data, "side": Side(**side), "overrides": tuple(data["overrides"])})


@dataclass(frozen=True)
class Made:
    """A side ready to be timed: `step` is one call, and a training step's loss; `outputs` as NumPy's."""

    step: Callable[[], float | None]
    outputs: Callable[[], Array]
    notes: dict[str, Any] = field(default_factory=dict)
