"""The layers of the ops that read sizes when the model runs: their rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unetgen.plan.call import Call
from unetgen.plan.ops import CropLike, CropToMultiple, Op, PadLike, PadToMultiple, ResizeLike
from unetgen.plan.ops.base import Specs

if TYPE_CHECKING:
    from unetgen.emit.keras.table import Emission


def _resize_like(op: ResizeLike, inputs: Specs, e: Emission) -> Call:
    arguments = {"interpolation": op.interpolation, "data_format": e.data_format}
    return Call("unetgen.layers.ResizingLike", {"dims": inputs[0].dims, **arguments})


def _crop_like(op: CropLike, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.CroppingLike", {"dims": inputs[0].dims, "data_format": e.data_format})


def _pad_like(op: PadLike, inputs: Specs, e: Emission) -> Call:
    arguments = {"mode": op.mode, "data_format": e.data_format}
    return Call("unetgen.layers.PaddingLike", {"dims": inputs[0].dims, **arguments})


def _pad_to_multiple(op: PadToMultiple, inputs: Specs, e: Emission) -> Call:
    arguments = {"multiples": op.multiples, "data_format": e.data_format}
    return Call("unetgen.layers.PaddingToMultiple", arguments)


def _crop_to_multiple(op: CropToMultiple, inputs: Specs, e: Emission) -> Call:
    arguments = {"multiples": op.multiples, "data_format": e.data_format}
    return Call("unetgen.layers.CroppingToMultiple", arguments)


FITTED: Mapping[type[Op], Callable[[Any, Specs, Emission], Call]] = {
    ResizeLike: _resize_like,
    CropLike: _crop_like,
    CropToMultiple: _crop_to_multiple,
    PadLike: _pad_like,
    PadToMultiple: _pad_to_multiple,
}
