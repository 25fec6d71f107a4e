"""The sentence about training: losses, optimizer, learning rate."""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.config.design import Design
from unetgen.emit.prose.english import Phrase, citing, decimal, listed, phrase
from unetgen.parts.choice import with_article
from unetgen.parts.options import KerasChoice
from unetgen.parts.training.losses import LossKind

SOURCES: Mapping[str, str] = {
    "adam": "1412.6980", "adamw": "1711.05101", "binary_focal_crossentropy": "1708.02002",
    "categorical_focal_crossentropy": "1708.02002", "dice": "1606.04797", "focal_tversky": "1810.07842",
    "generalized_dice": "1707.03237", "tversky": "1706.05721",
}  # fmt: skip
"""Where losses and optimizers come from, as arXiv counts."""
_WRITTEN = {"crossentropy": "cross-entropy", "dice": "Dice", "tversky": "Tversky", "huber": "Huber"}


def training_sentence(design: Design) -> Phrase:
    """``It is trained by Adam with a learning rate of 0.001, to minimize Dice loss``."""
    main = design.objectives[0]
    losses = main.training.losses(main.context)
    is_weighted = len({loss.weight for loss in losses}) > 1
    total = f"the {'weighted ' * is_weighted}sum of " if len(losses) > 1 else ""
    optimizer = design.config.compile.optimizer
    name = optimizer.family.objects[optimizer.name].target.rpartition(".")[2]
    momentum = f" with momentum {decimal(optimizer['momentum'])}" if optimizer.get("momentum") else ""
    return phrase(
        "It is trained by ",
        citing(f"{name}{momentum}", SOURCES.get(optimizer.name)),
        f"{' and' if momentum else ' with'} {_rate(optimizer['learning_rate'])}, to minimize {total}",
        listed([_loss(loss, is_weighted) for loss in losses]),
    )


def _loss(loss: LossKind, weighted: bool) -> Phrase:
    words = " ".join(_WRITTEN.get(word, word) for word in loss.kind.split("_"))
    end = "" if words.endswith(("cross-entropy", "error")) else " loss"
    weight = f" (weight {decimal(loss.weight)})" if weighted else ""
    return phrase(citing(f"{words}{end}", SOURCES.get(loss.kind)), weight)


def _rate(rate: float | KerasChoice) -> str:
    if isinstance(rate, KerasChoice):
        return f"a learning rate that follows {with_article(rate.name.replace('_', ' '))}"
    return f"a learning rate of {decimal(rate)}"
