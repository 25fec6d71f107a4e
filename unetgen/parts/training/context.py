"""OutputContext: what a loss or metric has to know about the network's output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OutputKind = Literal["shares", "probabilities", "clipped", "scores", "other"]
"""What an output's values are: classes' shares of one whole, a probability of each class on its own, the same
but exactly 0 or 1 beyond some score, raw scores, or anything else."""

_KINDS: Mapping[str, OutputKind] = {
    "softmax": "shares",
    "sparsemax": "shares",
    "sigmoid": "probabilities",
    "hard_sigmoid": "clipped",
    "sparse_sigmoid": "clipped",
    "linear": "scores",
}
"""What head activations put out; all that are not here, something else."""

_ACROSS_CLASSES = frozenset({"softmax", "sparsemax", "log_softmax"})
"""Head activations that compare the classes."""


@dataclass(frozen=True)
class OutputContext:
    """The output's classes, the class axis counting the batch (1 or -1), the head's activation, and the class
    number whose positions count nowhere.

    `task` is the place in the config of the task that it is of, such as ``tasks.0``; none of the main one.
    """

    num_classes: int
    axis: int
    activation: str
    ignore_class: int | None = None
    task: str = ""

    @property
    def kind(self) -> OutputKind:
        """What the values of the output are."""
        return _KINDS.get(self.activation, "other")

    @property
    def constant(self) -> bool:
        """True where the output is the same number everywhere, whatever the network does."""
        return self.num_classes == 1 and self.activation in _ACROSS_CLASSES

    @property
    def logits(self) -> bool:
        """True where the head puts out raw scores."""
        return self.kind == "scores"

    @property
    def probabilities(self) -> bool:
        """True where all values lie in [0, 1]."""
        return self.kind in ("shares", "probabilities", "clipped")

    @property
    def activation_field(self) -> str:
        """Where the config names the activation."""
        return f"{self.task}.activation" if self.task else "head.activation"

    @property
    def classes_field(self) -> str:
        """Where the config says how many classes there are."""
        return f"{self.task}.num_classes" if self.task else "num_classes"
