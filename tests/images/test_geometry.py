"""Orientation: flips and permutations alone, each value stays where it is in the world."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.images.oracles import NIB
from unetgen.errors import UnetgenError
from unetgen.images.geometry import codes, is_oblique, is_place, like, reoriented
from unetgen.images.image import Affine, Image, Values

RNG = np.random.default_rng(5)
SHAPE = (4, 5, 6)
ALL = ["".join(word) for order in permutations(("RL", "AP", "SI")) for word in product(*order)]
"""Every orientation of three axes: 48."""


def turned(degrees: float, seed: int = 0) -> Affine:
    """A random signed permutation with spacings and an origin, turned by `degrees` about an oblique axis."""
    rng = np.random.default_rng(seed)
    affine = np.eye(4)
    signed = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3)
    rotation = Rotation.from_rotvec(np.radians(degrees) * np.array([1, 2, 2]) / 3).as_matrix()
    affine[:3, :3] = rotation @ signed @ np.diag(rng.random(3) + 0.5)
    affine[:3, 3] = rng.normal(size=3) * 50
    return affine


def image(affine: Affine | None, shape: tuple[int, ...] = SHAPE) -> Image:
    return Image(RNG.normal(size=(*shape, 2)), affine)


@pytest.mark.parametrize("degrees", [0, 20])
@pytest.mark.parametrize("wanted", ALL)
def test_reorienting_is_what_nibabel_does(wanted: str, degrees: float) -> None:
    before = image(turned(degrees, seed=len(wanted) + ALL.index(wanted)))
    after = reoriented(before, wanted)
    oracle = NIB.Nifti1Image(before.values, before.affine)
    start = NIB.orientations.io_orientation(before.affine)
    turn = NIB.orientations.ornt_transform(start, NIB.orientations.axcodes2ornt(tuple(wanted)))
    expected = oracle.as_reoriented(turn)
    assert np.array_equal(after.values, np.asarray(expected.dataobj))
    assert after.affine is not None and np.allclose(after.affine, expected.affine, atol=1e-12)
    assert codes(after) == wanted == "".join(NIB.aff2axcodes(after.affine))


@pytest.mark.parametrize("degrees", [0, 20])
@pytest.mark.parametrize("wanted", ALL[::5])
def test_like_undoes_it_exactly(wanted: str, degrees: float) -> None:
    original = image(turned(degrees, seed=1))
    back = like(reoriented(original, wanted), original)
    assert np.array_equal(back.values, original.values)
    assert back.affine is not None and original.affine is not None
    assert np.allclose(back.affine, original.affine, rtol=0, atol=1e-12)


def test_like_takes_an_image_of_another_size_and_spacing() -> None:
    original = image(np.array([[0, 0, -3, 9], [2.0, 0, 0, 1], [0, 1.0, 0, 4], [0, 0, 0, 1]]))
    ras = reoriented(original)
    finer = Image(np.repeat(ras.values, 2, axis=0), ras.affine @ np.diag([0.5, 1, 1, 1]))
    back = like(finer, original)
    assert np.array_equal(back.values, np.repeat(original.values, 2, axis=2))
    assert codes(back) == codes(original)


@pytest.mark.parametrize("shape, wanted", [((7,), "L"), ((4, 6), "PR"), ((4, 6), "RA"), ((1, 1), "AL")])
def test_fewer_axes_are_turned_too(shape: tuple[int, ...], wanted: str) -> None:
    dims = len(shape)
    before = image(np.diag([*np.arange(1.0, dims + 1), 1.0]), shape)
    after = reoriented(before, wanted)
    assert codes(after) == wanted and np.array_equal(like(after, before).values, before.values)
    for index in np.ndindex(*after.spatial):
        place = after.affine @ [*index, 1]  # type: ignore[operator]
        source = np.rint(np.linalg.solve(before.affine, place))[:-1].astype(int)  # type: ignore[arg-type]
        assert np.array_equal(after.values[index], before.values[tuple(source)])


@pytest.mark.parametrize("wanted", ["RA", "RAR", "RAX", "ras", "", "RASS", "RLA"])
def test_letters_that_the_axes_cannot_have_are_refused(wanted: str) -> None:
    with pytest.raises(UnetgenError, match=r"no orientation .* of 3 axes; use each of R or L, A or P"):
        reoriented(image(np.eye(4)), wanted)


def test_an_image_without_a_place_is_not_turned() -> None:
    with pytest.raises(UnetgenError, match=r"says nothing of how it lies.*set `orientation: keep`"):
        reoriented(image(None))
    placeless = image(None)
    assert like(placeless, image(None)) is placeless
    with pytest.raises(UnetgenError, match="says nothing"):
        like(placeless, image(np.eye(4)))


def test_axes_between_those_of_the_original_are_refused() -> None:
    with pytest.raises(UnetgenError, match="its axes lie between those of"):
        like(image(turned(0)), image(turned(20)))


@pytest.mark.parametrize("degrees, oblique", [(0, False), (0.01, False), (0.2, True), (20, True), (45, True)])
def test_oblique_is_what_is_turned_by_more_than_a_tenth_of_a_degree(degrees: float, oblique: bool) -> None:
    assert is_oblique(image(turned(degrees))) is oblique
    assert not is_oblique(image(None))


@pytest.mark.parametrize(
    "matrix, is_one",
    [
        (np.eye(4), True), (turned(20), True), (np.diag([1e-6, 1e6, 1, 1]), True),
        (np.diag([1.0, 0, 1, 1]), False),
        (np.diag([1, np.nan, 1, 1]), False), (np.ones((4, 4)), False), (np.diag([np.inf, 1, 1, 1]), False),
    ],
)  # fmt: skip
def test_a_place_has_an_inverse(matrix: Values, is_one: bool) -> None:
    assert is_place(matrix) is is_one
