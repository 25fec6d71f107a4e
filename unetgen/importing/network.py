"""A network whose weights are to be imported: as a config, as arrays, and as its package has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetgen.config.design import Design
from unetgen.errors import UnetgenError
from unetgen.importing.originals import Compute, KerasOriginal, Original
from unetgen.weights.transplant import Array, Tensors

Layers = Mapping[str, Sequence[Array]]


@dataclass(frozen=True)
class Network:
    """What a source makes of a file.

    `original` is the network of the package that it comes from, or what to install to have it. `difference`
    says how far a Keras model with `layers` is from what the original computes. `left_out` names what the
    file has beside the network's weights; layers that are not in `layers` start as the config's seed says.
    """

    design: Design
    family: str
    layers: Layers
    tensors: Tensors
    original: Original | KerasOriginal | str
    difference: Callable[[Compute], float]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What an import is asked for: a file, and the design of its config where one is named."""

    file: Path
    design: Design | None
    name: str
    """What the model is called where the file makes its own config."""

    def chosen(self, what: str) -> Design:
        """The config's design; raises `UnetgenError` without one, because `what` does not say its own."""
        if self.design is None:
            raise UnetgenError(f"{what} holds no architecture: name it with --config")
        return self.design


Source = Callable[[Asked], Network]
