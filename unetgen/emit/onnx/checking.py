"""Whether an ONNX model is sound: by onnx's checker, and by its inference of shapes against the plan's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError

if TYPE_CHECKING:
    import onnx

SMALL = 64
"""Constants of at most so many values stay in what is checked: shapes are inferred from some."""


def require_sound(model: onnx.ModelProto) -> None:
    """Raise `UnetgenError` where the checker refuses `model`, names are used twice, or shapes differ.

    Whatever the size of the model: its weights are looked at as inputs.
    """
    import onnx

    twice = [name for name, count in Counter(node.name for node in model.graph.node).items() if count > 1]
    if twice:  # the checker does not look, ONNX Runtime refuses
        raise UnetgenError(f"onnx: nodes of one name: {', '.join(twice)}")
    bare = without_weights(model)
    del bare.graph.value_info[:]
    try:
        onnx.checker.check_model(bare)
        inferred = onnx.shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise UnetgenError(f"onnx: its checker refuses the graph: {error}") from None
    found = {value.name: sizes_of(value) for value in inferred.graph.value_info}
    wrong = [
        f"{value.name}: the plan has {sizes_of(value)}, the graph {found.get(value.name)}"
        for value in model.graph.value_info
        if not _agree(sizes_of(value), found.get(value.name))
    ]
    if wrong:
        raise UnetgenError("onnx: shapes are not the plan's:\n" + "\n".join(wrong))


def without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model` with inputs of their shapes in place of its weights."""
    import onnx
    from onnx import helper

    bare = onnx.ModelProto()
    bare.ir_version = model.ir_version
    bare.opset_import.extend(model.opset_import)
    graph = bare.graph
    graph.name = model.graph.name
    for field in ("node", "input", "output", "value_info"):
        getattr(graph, field).extend(getattr(model.graph, field))
    for each in model.graph.initializer:
        if math.prod(each.dims) <= SMALL:
            graph.initializer.append(each)
        else:
            graph.input.append(helper.make_tensor_value_info(each.name, each.data_type, each.dims))
    return bare


def sizes_of(value: onnx.ValueInfoProto) -> list[int | str | None]:
    """The sizes of a tensor on each axis: a number, a name, or None where it is open."""
    return [size.dim_value or size.dim_param or None for size in value.type.tensor_type.shape.dim]


def _agree(told: Sequence[int | str | None], found: Sequence[int | str | None] | None) -> bool:
    """Whether no size is another one; what is open may be found, and what is worked out may be not."""
    if found is None or len(told) != len(found):
        return False
    return all(a == b for a, b in zip(told, found, strict=True) if isinstance(a, int) and isinstance(b, int))
