"""A new model with the weights of a trained one: built, filled, compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.config.design import Design
from unetgen.config.execution import inner_format
from unetgen.errors import UnetgenError, shown
from unetgen.model.building import assign, build_model, settled
from unetgen.model.loading import known_design
from unetgen.model.optimizing import weights_in
from unetgen.model.transfer.axes import MODES, ChannelMode
from unetgen.model.transfer.carrying import Transfer
from unetgen.model.transfer.channels import score_convs
from unetgen.model.transfer.kernels import KERNEL_MODES, KernelMode
from unetgen.model.transfer.old_network import OldNetwork
from unetgen.model.transfer.table import TransferTable

if TYPE_CHECKING:
    import keras

MOST_LINES = 12
ClassMap = Mapping[int, int]
"""The number of a class in the source, by that in the new network."""


def transferred(
    model: keras.Model,
    design: Design,
    channels: ChannelMode = "mean",
    classes: ClassMap | None = None,
    kernels: KernelMode = "equal",
) -> tuple[keras.Model, TransferTable]:
    """The compiled model of `design` with all weights of `model` that fit, and the table of them.

    Nothing of `model` is changed. `channels` says what becomes of kernels that read the image where it has
    another number of channels; `classes` which of the classes are carried; `kernels` whether those of another
    size are resized. Raises `UnetgenError` where nothing fits, and where these arguments do not fit the two
    networks.
    """
    old = OldNetwork.of(model)
    _require_fit(old, design, channels, classes, kernels)
    config, plan = design.config, design.plan
    built = build_model(design)
    initial = weights_in(built, plan, config.input.data_format)
    arrays, table = Transfer(old, plan, channels, classes, kernels).into(initial, config.name)
    if not table.carried:
        lines = [f"  {row.layer}: {row.why}" for row in table.rows[:MOST_LINES]]
        if len(table.rows) > MOST_LINES:
            lines.append(f"  ... and {len(table.rows) - MOST_LINES} more")
        raise UnetgenError("\n".join([f"nothing of the model fits {config.name}:", *lines]))
    assign(built, arrays, inner_format(settled(config).execution, config.input.data_format))
    # Not before: some optimizers begin with copies of the weights.
    built.optimizer.build(built.trainable_variables)
    return built, table


def require_not_optimized(file: Path) -> None:
    """Raise `UnetgenError` where `file` holds a model for inference, whose weights mean something else."""
    design = known_design(file)
    if design is not None and design.config.execution.optimize == "inference":
        raise UnetgenError(
            f"{file}: is optimized for inference, and its weights are those of other layers; name the model "
            "that was trained"
        )


def _require_fit(
    old: OldNetwork, design: Design, channels: str, classes: ClassMap | None, kernels: str
) -> None:
    if kernels not in KERNEL_MODES:
        raise UnetgenError(f"kernels: must be one of {', '.join(KERNEL_MODES)} (got {shown(kernels)})")
    if wrong := list(_problems(old, design, channels, classes)):
        raise UnetgenError("\n".join(wrong))


def _problems(old: OldNetwork, design: Design, channels: str, classes: ClassMap | None) -> Iterator[str]:
    if channels not in MODES:
        yield f"channels: must be one of {', '.join(MODES)} (got {shown(channels)})"
    if design.config.execution.optimize == "inference":
        yield (
            "execution.optimize: a network for inference has other weights than one that is trained; leave "
            "it out, and `unetgen optimize` the model when it is trained"
        )
    if not old.layers:
        yield "the model has no weights"
    if classes is None:
        return
    if not classes:
        yield "classes: names no class; leave it out"
    for conv in score_convs(design.plan):
        layer = old.layers.get(conv.name)
        if not conv.place.task and layer is not None and layer.filters:
            yield from _misnumbered(classes, conv.spec.channels, layer.filters)
            return


def _misnumbered(classes: ClassMap, new: int, old: int) -> Iterator[str]:
    for number, number_old in classes.items():
        if not 0 <= number < new:
            yield f"classes: the new network has the classes 0 to {new - 1} (got {number})"
        if not 0 <= number_old < old:
            yield f"classes: the source has the classes 0 to {old - 1} (got {number_old})"
