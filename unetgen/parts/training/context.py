"""OutputContext: what a loss or metric has to know about the network's output."""

from __future__ import annotations

from dataclasses import dataclass

PROBABILITIES = frozenset({"softmax", "sigmoid", "sparsemax", "hard_sigmoid", "sparse_sigmoid"})
"""Head activations whose values lie in [0, 1]."""


@dataclass(frozen=True)
class OutputContext:
    """The output's classes, the class axis counting the batch (1 or -1), the head's activation, and the class
    number whose positions count nowhere."""

    num_classes: int
    axis: int
    activation: str
    ignore_class: int | None = None

    @property
    def logits(self) -> bool:
        """True where the head puts out raw scores."""
        return self.activation == "linear"

    @property
    def probabilities(self) -> bool:
        return self.activation in PROBABILITIES
