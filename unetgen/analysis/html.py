"""A summary as a notebook shows it: the totals, the levels and, folded, the layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unetgen.html_tables import table, titled
from unetgen.plan.html import levels_and_layers
from unetgen.plan.tensor import sizes

if TYPE_CHECKING:
    from unetgen.analysis.summary import Summary


def html(summary: Summary) -> str:
    """The whole summary; shapes are in the config's data format."""
    shape, results = sizes(summary.input_shape), ", ".join(map(sizes, summary.output_shapes))
    told = f", here at {sizes(summary.reference)}" if summary.reference else ""
    subtitle = f"{shape} to {results}{told}, {summary.data_format}"
    levels = levels_and_layers(summary.design.plan, summary.data_format)
    return titled(summary.name, subtitle, table(("", ""), _facts(summary)), levels)


def _facts(summary: Summary) -> Iterator[tuple[str, str]]:
    params, memory, batch = summary.params, summary.memory, summary.batch
    fixed = f", {params.non_trainable:,} of them not trainable" if params.non_trainable else ""
    yield "parameters", f"{params.total:,}{fixed}"
    yield "MACs", f"{summary.macs:,} for one sample"
    yield (
        f"memory, batch of {batch}",
        (f"{_mib(memory.inference_bytes)} inference, {_mib(memory.train_bytes)} training (predicted)"),
    )
    if summary.gains is not None:
        gains = summary.gains
        yield f"rewritten for {gains.purpose}", f"{len(summary.computed_layers)} layers"
    field = summary.receptive_field
    yield "receptive field", sizes(field) if field else "not computed, its period is too long"
    if summary.free_sizes is None:
        yield "input sizes", f"multiples of {sizes(summary.size_multiple)}"
    else:
        known = zip(summary.input_sizes, summary.free_sizes, strict=True)
        yield "input sizes", "; ".join(str(size if legal is None else legal) for size, legal in known)
    yield "fingerprint", summary.fingerprint


def _mib(number: int) -> str:
    return f"{number / 2**20:,.1f} MiB"
