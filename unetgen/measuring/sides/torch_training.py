"""The config's loss and optimizer in PyTorch, where it has them; `CounterpartError` says what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unetgen.errors import UnetgenError
from unetgen.parts.training.optimizer import Optimizer
from unetgen.plan.call import Call
from unetgen.plan.ops import Activation

if TYPE_CHECKING:
    import torch

    from unetgen.config.design import Design

LossFunction = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
PLAIN: Mapping[str, object] = {
    "ignore_class": None, "class_weights": None, "positive_weight": None, "label_smoothing": 0.0,
    "sparse": False,
}  # fmt: skip
"""Options of a loss as they are where it is nothing but the usual one."""
CATEGORICAL = ("CategoricalCrossentropy", "SparseCategoricalCrossentropy")
SMALLEST = 1e-7
"""Keras's epsilon: shares are cut there before their logarithm is taken."""


class CounterpartError(UnetgenError):
    """PyTorch has nothing that computes what the config's `compile` section says."""


def require_counterparts(design: Design) -> None:
    """Raise `CounterpartError` where a training step in PyTorch would not be the config's."""
    if len(design.plan.outputs) > 1:
        raise CounterpartError("no counterpart in PyTorch: several outputs are trained")
    config = design.config
    if config.kernel_regularizer is not None:
        raise CounterpartError("no counterpart in PyTorch: kernel_regularizer")
    if design.frozen:
        raise CounterpartError("no counterpart in PyTorch: layers that are frozen")
    call = _call(design)
    name = _name(call)
    differing = [key for key, usual in PLAIN.items() if call.arguments.get(key, usual) not in (usual, False)]
    if name not in LOSSES or differing:
        options = f" with {', '.join(differing)}" if name in LOSSES else ""
        raise CounterpartError(f"no counterpart in PyTorch: the loss {name}{options}")
    optimizer = config.compile.optimizer
    if optimizer.name not in OPTIMIZERS:
        raise CounterpartError(f"no counterpart in PyTorch: the optimizer {optimizer.name}")
    usual = Optimizer.parse(optimizer.family, optimizer.name)
    _, known = OPTIMIZERS[optimizer.name]
    others = [key for key, value in optimizer.options if key not in known and value != usual.get(key)]
    if others or not isinstance(optimizer["learning_rate"], float | int):
        said = ", ".join(others) or "a schedule"
        raise CounterpartError(f"no counterpart in PyTorch: {optimizer.name} with {said}")


def loss_of(design: Design) -> LossFunction:
    """The config's loss of outputs and targets with the channels first."""
    require_counterparts(design)
    call = _call(design)
    loss = LOSSES[_name(call)](call.arguments)
    (output,) = (design.plan.by_name[each].op for each in design.plan.outputs)
    if (
        _name(call) in CATEGORICAL
        and output == Activation("sigmoid")
        and not call.arguments.get("from_logits")
    ):
        of_scores = LOSSES[_name(call)]({**call.arguments, "from_logits": True})
        return lambda found, target: of_scores(_scores(found), target)
    return loss


def _scores(shares: torch.Tensor) -> torch.Tensor:
    """What stands in front of a sigmoid, and what Keras's categorical losses take where one is there."""
    import torch

    return torch.logit(shares, eps=SMALLEST)


def optimizer_of(design: Design, network: torch.nn.Module) -> torch.optim.Optimizer:
    """The config's optimizer, with the options that PyTorch's has too."""
    import torch

    require_counterparts(design)
    given = design.config.compile.optimizer
    name, known = OPTIMIZERS[given.name]
    options = {THEIRS.get(key, key): given[key] for key in known if key not in BETAS}
    if BETAS[0] in known:
        options["betas"] = tuple(given[key] for key in BETAS)
    made: torch.optim.Optimizer = getattr(torch.optim, name)(network.parameters(), **options)
    return made


BETAS = ("beta_1", "beta_2")
_ADAM = ("learning_rate", *BETAS, "epsilon", "amsgrad")
OPTIMIZERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "adam": ("Adam", _ADAM),
    "adamw": ("AdamW", (*_ADAM, "weight_decay")),
    "sgd": ("SGD", ("learning_rate", "momentum", "nesterov")),
}
"""Of each optimizer that PyTorch has too, its class there, and the options that both have."""
THEIRS: Mapping[str, str] = {"learning_rate": "lr", "epsilon": "eps"}
"""PyTorch's names of options that have another one there."""


def _call(design: Design) -> Call:
    (objective,) = design.objectives
    call: Call = objective.training.compile_arguments(objective.context)["loss"]
    return call


def _name(call: Call) -> str:
    return call.name.rpartition(".")[2]


def _categorical(given: Mapping[str, Any]) -> LossFunction:
    """Keras takes each class's part of the sum of all."""
    import torch

    of_scores: LossFunction = torch.nn.functional.cross_entropy
    if given.get("from_logits"):
        return of_scores

    def loss(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        shares = (found / found.sum(1, keepdim=True)).clamp(SMALLEST, 1 - SMALLEST)
        return -(target * shares.log()).sum(1).mean()

    return loss


def _sparse(given: Mapping[str, Any]) -> LossFunction:
    import torch

    if given.get("from_logits"):
        return lambda found, target: torch.nn.functional.cross_entropy(found, target.squeeze(1).long())

    def loss(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        shares = (found / found.sum(1, keepdim=True)).clamp(SMALLEST, 1 - SMALLEST)
        return torch.nn.functional.nll_loss(shares.log(), target.squeeze(1).long())

    return loss


def _binary(given: Mapping[str, Any]) -> LossFunction:
    import torch

    functions = torch.nn.functional
    of_scores: LossFunction = functions.binary_cross_entropy_with_logits
    of_shares: LossFunction = functions.binary_cross_entropy
    return of_scores if given.get("from_logits") else of_shares


def _regression(given: Mapping[str, Any]) -> LossFunction:
    import torch

    functions = torch.nn.functional
    by_difference: Mapping[str, LossFunction] = {
        "squared": functions.mse_loss,
        "absolute": functions.l1_loss,
        "huber": lambda found, target: functions.huber_loss(found, target, delta=given["delta"]),
    }
    return by_difference[given["of"]]


LOSSES: Mapping[str, Callable[[Mapping[str, Any]], LossFunction]] = {
    "CategoricalCrossentropy": _categorical,
    "SparseCategoricalCrossentropy": _sparse,
    "BinaryCrossentropy": _binary,
    "RegressionLoss": _regression,
}
