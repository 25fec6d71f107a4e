"""The rules on numbers alone: what holds for any size and spacing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unetgen.suggesting.topology import COARSEST, candidates, feature_values, first_patch, topology

SPACINGS = st.floats(0.1, 10)
SIZES = st.integers(1, 700)
DATA = st.integers(2, 3).flatmap(
    lambda dims: st.tuples(st.tuples(*[SPACINGS] * dims), st.tuples(*[SIZES] * dims))
)


@given(DATA)
def test_strides_divide_the_patch_and_leave_enough(data: tuple[tuple[float, ...], tuple[int, ...]]) -> None:
    spacing, size = data
    found = topology(spacing, size)
    assert all(patch % by == 0 for patch, by in zip(found.patch, found.divisors, strict=True))
    assert all(
        0 <= patch - want < by for patch, want, by in zip(found.patch, size, found.divisors, strict=True)
    )
    assert all(low >= COARSEST for low, by in zip(found.sizes[-1], found.divisors, strict=True) if by > 1)
    assert set(found.strides[0]) == {1}
    assert set(found.kernels[-1]) == {3}
    assert len(found.strides) == len(found.kernels) == len(found.features) == found.stages


@given(DATA)
def test_kernels_only_grow_and_the_finest_axis_is_always_convolved(
    data: tuple[tuple[float, ...], tuple[int, ...]],
) -> None:
    spacing, size = data
    found = topology(spacing, size)
    for finer, coarser in zip(found.kernels, found.kernels[1:], strict=False):
        assert all(a <= b for a, b in zip(finer, coarser, strict=True))
    assert found.kernels[0][spacing.index(min(spacing))] == 3


@settings(max_examples=40)
@given(DATA)
def test_candidates_shrink_to_one_that_has_a_stride(data: tuple[tuple[float, ...], tuple[int, ...]]) -> None:
    spacing, size = data
    found = list(candidates(spacing, size))
    patches = [each.patch for each in found]
    assert len(set(patches)) == len(patches), "a search that goes in a circle has no end"
    assert all(each.stages > 1 and min(each.patch) > 0 for each in found)
    if max(size) >= 3 * COARSEST and len(set(spacing)) == 1:
        assert found


@given(DATA)
def test_the_order_of_the_axes_does_not_matter(data: tuple[tuple[float, ...], tuple[int, ...]]) -> None:
    spacing, size = data
    there, back = topology(spacing, size), topology(spacing[::-1], size[::-1])
    assert back.patch == there.patch[::-1]
    assert [axes[::-1] for axes in back.strides] == list(there.strides)
    assert [axes[::-1] for axes in back.kernels] == list(there.kernels)


def test_the_first_patch_is_as_wide_in_space_along_every_axis() -> None:
    assert first_patch((1.0, 1.0, 1.0), (999, 999, 999)) == (256, 256, 256)
    assert first_patch((4.0, 1.0, 1.0), (999, 999, 999)) == (102, 406, 406)
    assert first_patch((1.0, 1.0), (9999, 9999)) == (2048, 2048)
    assert first_patch((1.0, 1.0), (300.5, 9999)) == (300.5, 2048)


@pytest.mark.parametrize(
    ("is_residual", "values"),
    [
        # 32 and 64 features at 8 x 8 and 4 x 4: convolutions, transposed one and block above, 3 classes
        (False, 2 * 32 * 64 + 2 * 64 * 16 + (2 + 1) * 32 * 64 + 3 * 64),
        # a stem, blocks of two convolutions, a shortcut where the size changes
        (True, 32 * 64 + 2 * 32 * 64 + (3 * 2 + 1) * 64 * 16 + (1 + 1) * 32 * 64 + 3 * 64),
    ],
)
def test_feature_values_are_those_of_every_convolution(is_residual: bool, values: int) -> None:
    shape = topology((1.0, 1.0), (8, 8))
    convs, decoder = ((1, 3), (1,)) if is_residual else ((2, 2), (2,))
    assert feature_values(shape, convs, decoder, 3, is_residual) == values
