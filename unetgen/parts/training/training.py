"""Training: a config's `compile:` section, and the arguments of Keras's compile that it comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypedDict

from pydantic import BeforeValidator, Field, Strict, WrapValidator

from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.part import Part
from unetgen.parts.training.base import Criterion, IgnoreClass, Targets
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.losses import LossField, LossKind, default_loss, loss_call, parse_losses
from unetgen.parts.training.metrics import MetricField
from unetgen.parts.training.optimizer import OptimizerField, default_optimizer
from unetgen.plan.call import Call


def _no_number(value: object) -> object:
    """1 equals true in Python, and a literal takes what is equal."""
    if value == "auto" or isinstance(value, bool):
        return value
    raise Wrong([Problem("must be auto, true or false", got=value)])


LossesField = Annotated[
    LossField | Annotated[tuple[LossField, ...], Field(min_length=1)] | None,
    WrapValidator(lambda value, _: parse_losses(value)),
]
"""Null, one loss, or a list of them."""


class CompileArguments(TypedDict):
    """The keyword arguments of ``keras.Model.compile``, as calls."""

    optimizer: Call
    loss: Call
    metrics: list[Call]
    jit_compile: Literal["auto", True, False]


class Training(Part):
    """What the model is compiled with."""

    loss: LossesField = Field(
        None,
        description="Sets the loss, or a list of losses that are added, each times its `weight`. Null: the "
        "cross-entropy that suits the head, binary for sigmoid or one class and categorical otherwise.",
    )
    optimizer: OptimizerField = Field(
        default_factory=default_optimizer,
        description="Sets the optimizer; its learning rate may be a schedule.",
    )
    metrics: Annotated[tuple[MetricField, ...], Strict(False)] = Field(
        (), description="Lists what is logged besides the loss."
    )
    ignore_class: IgnoreClass = None
    jit_compile: Annotated[Literal["auto", True, False], BeforeValidator(_no_number)] = Field(
        "auto", description="Compiles the training step with XLA; `auto` leaves that to Keras."
    )

    def default_loss(self, context: OutputContext) -> LossKind:
        """The loss where none is named."""
        return default_loss(context)

    def losses(self, context: OutputContext) -> tuple[LossKind, ...]:
        """The losses to be added, one or more."""
        return self._named_losses() or (self.default_loss(context),)

    def _named_losses(self) -> tuple[LossKind, ...]:
        if self.loss is None:
            return ()
        return self.loss if isinstance(self.loss, tuple) else (self.loss,)

    @property
    def ignored(self) -> int | None:
        """The class number that losses and metrics ignore; the section says it, or one of its losses."""
        said = (loss.ignored for loss in self._named_losses())
        return next((value for value in (self.ignore_class, *said) if value is not None), None)

    def resolved(self, context: OutputContext) -> Training:
        """The same with the loss said outright, and `ignore_class` in its one place."""
        if self.loss is not None and all(loss.ignored is None for loss in self._named_losses()):
            return self
        losses = [
            loss if loss.ignored is None else loss.model_copy(update={"ignore_class": None})
            for loss in self.losses(context)
        ]
        loss = tuple(losses) if isinstance(self.loss, tuple) else losses[0]
        return self.model_copy(update={"loss": loss, "ignore_class": self.ignored})

    def problems(self, context: OutputContext) -> list[Problem]:
        """What does not fit the output, with paths relative to this section."""
        problems = self._ignored_problems(context)
        if context.constant:
            hint = f"{context.activation_field}: sigmoid, or {context.classes_field}: 2"
            message = f"{context.activation} over one class is always the same number"
            problems.append(Problem(message, hint=hint))
        placed = self._placed(context)
        for path, objective in placed:
            problems += [
                replace(problem, path=path + problem.path) for problem in objective.problems(context)
            ]
        return problems + _target_problems(placed) + self._name_problems(context)

    def criteria(self, context: OutputContext) -> tuple[Criterion, ...]:
        """All losses and metrics."""
        return (*self.losses(context), *self.metrics)

    def targets(self, context: OutputContext) -> Targets:
        """What its losses take, as all of its losses and metrics have to."""
        return self.losses(context)[0].targets

    def compile_arguments(self, context: OutputContext) -> CompileArguments:
        """The keyword arguments of ``keras.Model.compile``, as calls; raises `Wrong` with all problems."""
        if problems := self.problems(context):
            raise Wrong(problems)
        return {
            "optimizer": self.optimizer.keras(),
            "loss": loss_call(self.losses(context), replace(context, ignore_class=self.ignored)),
            "metrics": self.metric_calls(context),
            "jit_compile": self.jit_compile,
        }

    def metric_calls(self, context: OutputContext) -> list[Call]:
        context = replace(context, ignore_class=self.ignored)
        return [call for metric in self.metrics for call in metric.calls(context)]

    def _placed(self, context: OutputContext) -> list[tuple[Path, Criterion]]:
        several = isinstance(self.loss, tuple)
        losses: list[tuple[Path, Criterion]] = [
            (("loss", index) if several else ("loss",), loss)
            for index, loss in enumerate(self.losses(context))
        ]
        return losses + [(("metrics", index), metric) for index, metric in enumerate(self.metrics)]

    def _ignored_problems(self, context: OutputContext) -> list[Problem]:
        """Two numbers to ignore, or the only class."""
        ignored = self.ignored
        if ignored is None:
            return []
        several = isinstance(self.loss, tuple)
        places: list[tuple[Path, int | None]] = [(("ignore_class",), self.ignore_class)] + [
            ((*(("loss", index) if several else ("loss",)), "ignore_class"), loss.ignored)
            for index, loss in enumerate(self._named_losses())
        ]
        said = [(path, value) for path, value in places if value is not None]
        first = ".".join(map(str, said[0][0]))
        hint = f"say it once, as `ignore_class: {ignored}` beside `loss`"
        problems = [
            Problem(f"contradicts {first}, which is {ignored}", path, got=value, hint=hint)
            for path, value in said
            if value != ignored
        ]
        if context.num_classes == 1 and ignored in (0, 1):
            message = "is a value of the single class, which is 0 or 1"
            hint = "mark what is to be ignored by another number, such as 255"
            problems.append(Problem(message, said[0][0], got=ignored, hint=hint))
        return problems

    def _name_problems(self, context: OutputContext) -> list[Problem]:
        """Two metrics of one name would overwrite each other in the logs."""
        problems: list[Problem] = []
        seen: set[str] = set()
        for index, metric in enumerate(self.metrics):
            names = {call.arguments["name"] for call in metric.calls(context)}
            if twice := sorted(names & seen):
                problems.append(Problem("logged twice", ("metrics", index), got=twice[0]))
            seen |= names
        return problems


def _target_problems(placed: list[tuple[Path, Criterion]]) -> list[Problem]:
    """Losses and metrics see the same targets: class numbers or one-hot, not both."""
    words = {"one_hot": "one-hot targets", "indices": "class numbers as targets"}
    _, first = placed[0]
    hint = "set `sparse` or choose the form whose name begins with sparse_, in all of them or in none"
    return [
        Problem(f"takes {words[other.targets]}, {first.kind} takes {words[first.targets]}", path, hint=hint)
        for path, other in placed
        if other.targets != first.targets
    ]
