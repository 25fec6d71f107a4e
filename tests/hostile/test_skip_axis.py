"""Every wrong axis of a concatenation, in 1D to 3D and both data formats, says which axis it hit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen, refused

BATCH, FIRST, SECOND, THIRD = (
    "batch axis",
    "first spatial axis, 40 long",
    "second spatial axis, 48 long",
    "third spatial axis, 16 long",
)
HITS = {  # the axes in order, the channel axis as None
    (1, "channels_first"): (BATCH, None, FIRST),
    (1, "channels_last"): (BATCH, FIRST, None),
    (2, "channels_first"): (BATCH, None, FIRST, SECOND),
    (2, "channels_last"): (BATCH, FIRST, SECOND, None),
    (3, "channels_first"): (BATCH, None, FIRST, SECOND, THIRD),
    (3, "channels_last"): (BATCH, FIRST, SECOND, THIRD, None),
}
CASES = [
    (dims, data_format, axis, axes)
    for (dims, data_format), axes in HITS.items()
    for axis in range(-len(axes) - 1, len(axes) + 1)
]


@pytest.mark.parametrize("kind", ["concat", "attention", "crop"])
@pytest.mark.parametrize(("dims", "data_format", "axis", "axes"), CASES)
def test_an_axis(
    dims: int,
    data_format: str,
    axis: int,
    axes: tuple[str | None, ...],
    kind: str,
    tmp_path: Path,
    unetgen: Unetgen,
) -> None:
    (tmp_path / "a.yaml").write_text(
        f"input: {{shape: {[40, 48, 16][:dims]}, data_format: {data_format}}}\n"
        f"depth: 2\nbase_filters: 4\nnum_classes: 2\nskip: {{kind: {kind}, axis: {axis}}}\n"
    )
    outcome = unetgen("validate", "a.yaml")
    rank = len(axes)
    legal = -rank <= axis < rank
    if legal and axes[axis] is None:
        assert (outcome.code, outcome.err) == (0, "")
        return
    hit = f"is the {axes[axis]}" if legal else f"is none of the {rank} axes"
    meant = axes.index(None)
    refused(
        outcome,
        f"a.yaml:5:{22 + len(kind)}: skip.axis: {hit}; the channel axis of {dims}D {data_format} is {meant}, "
        f"or {meant - rank} (got {axis}); write `axis: {meant}`, or `axis: channels` for either data format",
    )
