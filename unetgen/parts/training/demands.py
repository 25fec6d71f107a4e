"""Demands: what a loss or metric makes of an output, and so which outputs and which targets it takes.

This is the one table of what fits what. Each loss and metric names its row; `problems` refuses all else.
"""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.errors import Problem
from unetgen.parts.training.context import OutputContext, OutputKind
from unetgen.targets.expected import Values


@dataclass(frozen=True)
class Demands:
    """One row of the table.

    Attributes:
        outputs: the kinds of outputs of which the value means something.
        needs: the words for these kinds.
        activations: heads that have such an output.
        classes: how many there have to be at least.
        instead: what to use for an output that does not fit.
        values: what one-hot targets may hold.
        exclusive: whether each position of a target has to belong to one class.
    """

    outputs: frozenset[OutputKind]
    needs: str = ""
    activations: tuple[str, ...] = ()
    classes: int = 1
    instead: str = ""
    values: Values = "soft"
    exclusive: bool = False

    def problems(self, context: OutputContext, from_logits: bool | None = None) -> list[Problem]:
        """What does not fit the output; `from_logits` is what a config says of it itself."""
        kind = context.kind
        problems = []
        if context.num_classes < self.classes:
            hint = f"{self.instead}, or {context.classes_field}: {self.classes}"
            problems.append(Problem(f"needs at least {self.classes} classes", ("kind",), got=1, hint=hint))
        if from_logits is not None and from_logits is context.probabilities:
            said = "raw scores" if from_logits else "probabilities"
            message = f"says that the output is {said}; {context.activation_field} is {context.activation}"
            return [*problems, Problem(message, ("from_logits",), got=from_logits, hint="leave it out")]
        if from_logits:
            kind = "scores"
        if kind not in self.outputs and not context.constant:  # which is said of the head
            problems.append(Problem(f"needs {self.needs}", ("kind",), hint=self._hint(context)))
        return problems

    def _hint(self, context: OutputContext) -> str:
        names = [name for name in self.activations if context.num_classes > 1 or name != "softmax"]
        other = f"; or {self.instead}" if self.instead and context.kind == "shares" else ""
        return f"{context.activation_field}: {' or '.join(names)}, not {context.activation}{other}"


_EVERY: frozenset[OutputKind] = frozenset({"shares", "probabilities", "clipped", "scores", "other"})
_CLASSES = _EVERY - {"other"}

ONE_OF_THE_CLASSES = Demands(
    _CLASSES - {"clipped"},
    "probabilities that are never 0, or raw scores",
    ("softmax", "linear"),
    classes=2,
    instead="binary_crossentropy",
    exclusive=True,
)
"""The probability of the right class, among classes that exclude each other: the shares of all are compared,
and there are none where all are 0."""
EACH_CLASS = Demands(
    _CLASSES - {"shares"},
    "a probability or raw score of each class on its own",
    ("sigmoid", "linear"),
    instead="a categorical loss",
)
"""The probability of each class on its own: classes may overlap."""
REGIONS = Demands(_CLASSES - {"scores"}, "probabilities", ("softmax", "sigmoid"))
"""How well the region of each class is covered."""
LARGEST = Demands(_EVERY, classes=2, instead="binary_accuracy", exclusive=True)
"""The class whose value is the largest."""
DECIDED = Demands(_CLASSES, "probabilities or raw scores", ("sigmoid", "linear"), values="hard")
"""Whether each class is there: its probability against a threshold."""
NUMBERS = Demands(_EVERY, values="real")
"""The numbers as they are."""
