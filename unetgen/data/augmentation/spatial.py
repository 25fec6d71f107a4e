"""Random changes of where things are: flips, rotations, sizes and elastic deformations."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from unetgen.data.augmentation.values import Factors, FlipAxes, Probability, factor
from unetgen.errors import Wrong
from unetgen.parts.choice import Short
from unetgen.parts.part import Part

Matrix = NDArray[np.float64]
ROUNDING = 1e-12
"""A cosine this close to a whole number is that number: quarter turns are exact."""


class RandomFlip(Part):
    """Mirrors the patch along axes, each drawn by itself. A bare list sets `axes`."""

    axes: FlipAxes
    """The spatial axes of the patch that may be mirrored, counted from 0."""
    probability: Probability = 0.5
    """The probability of each axis."""

    def matrix(self, dims: int, rng: np.random.Generator) -> Matrix:
        """``(dims, dims)``: 1 or -1 on the diagonal."""
        signs = np.ones(dims)
        for axis in self.axes:
            if rng.random() < self.probability:
                signs[axis] = -1
        return np.diag(signs)


class RandomRotation(Part):
    """Rotates the patch in each plane of its axes. A bare number sets `degrees`."""

    degrees: float = Field(gt=0, le=180)
    """The largest angle; angles are drawn from minus this to this, one for each plane."""
    step: float | None = Field(None, gt=0, le=180)
    """Rounds each angle to multiples of this many degrees: 90 makes quarter turns, which move voxels and
    interpolate nothing where the patch has equal sides. Null: any angle."""
    probability: Probability = 1.0
    """The probability that a patch is rotated."""

    @model_validator(mode="after")
    def _turns(self) -> Self:
        if self.step is not None and self.step > self.degrees:
            message = f"must be at most `degrees`, which is {self.degrees:g}: no other multiple is within"
            raise Wrong.of(message, got=self.step, path=("step",))
        return self

    def matrix(self, plane: tuple[int, ...], dims: int, rng: np.random.Generator) -> Matrix:
        """``(dims, dims)``: a rotation among the axes `plane`."""
        turned = np.eye(dims)
        if rng.random() >= self.probability:
            return turned
        for first, second in combinations(plane, 2):
            turned = turned @ rotation(first, second, self._angle(rng), dims)
        return turned

    def _angle(self, rng: np.random.Generator) -> float:
        if self.step is None:
            return float(rng.uniform(-self.degrees, self.degrees))
        most = int(self.degrees // self.step)
        return self.step * int(rng.integers(-most, most, endpoint=True))


class RandomScale(Part):
    """Makes what is in the patch larger or smaller, alike on all axes. A bare list sets `factors`."""

    factors: Factors
    """The smallest and the largest factor; 2 shows things twice as large. Half of the factors drawn are
    below 1, where 1 lies within."""
    probability: Probability = 1.0
    """The probability that a patch is scaled."""

    def matrix(self, plane: tuple[int, ...], dims: int, rng: np.random.Generator) -> Matrix:
        """``(dims, dims)``: from positions in the patch to those in the image."""
        scaled = np.ones(dims)
        if rng.random() < self.probability:
            scaled[list(plane)] = 1 / factor(rng, self.factors)
        return np.diag(scaled)


class RandomElastic(Part):
    """Bends the patch smoothly. A bare number sets `displacement`.

    Displacements are drawn on a coarse grid and interpolated by cubic splines, as in Ronneberger et al. 2015
    (arXiv 1505.04597), who have 3 by 3 points and a deviation of 10 pixels.
    """

    displacement: float = Field(gt=0, le=1e4)
    """The standard deviation of the displacements of the grid's points, in voxels."""
    points: int = Field(3, ge=2, le=64)
    """How many points the grid has on each axis."""
    probability: Probability = 1.0
    """The probability that a patch is bent."""

    def field(
        self, size: tuple[int, ...], plane: tuple[int, ...], rng: np.random.Generator
    ) -> NDArray[np.float32] | None:
        """The displacement ``(dims, *size)`` of each position, in voxels; None for none."""
        if rng.random() >= self.probability:
            return None
        grid = tuple(self.points if axis in plane else 1 for axis in range(len(size)))
        moved = np.zeros((len(size), *size), np.float32)
        for axis in plane:
            coarse = rng.normal(0.0, self.displacement, grid)
            for each, length in enumerate(size):
                weights = _spline(grid[each], length)
                coarse = np.moveaxis(np.tensordot(weights, coarse, (1, each)), 0, each)
            moved[axis] = coarse
        return moved


def _spline(points: int, length: int) -> Matrix:
    """``(length, points)``: the weights of a cubic spline's points at evenly spread positions.

    The spline is level at both ends.
    """
    from scipy.ndimage import map_coordinates

    if points == 1:
        return np.ones((length, 1))
    places = np.linspace(0, points - 1, length)
    columns = [map_coordinates(unit, [places], order=3, mode="mirror") for unit in np.eye(points)]
    return np.stack(columns, axis=1)


def rotation(first: int, second: int, degrees: float, dims: int) -> Matrix:
    """``(dims, dims)``: a rotation from axis `first` towards axis `second`.

    >>> (rotation(0, 1, 90, dims=2) @ [1, 0]).tolist()
    [0.0, 1.0]
    """
    cosine, sine = (_rounded(each(np.deg2rad(degrees))) for each in (np.cos, np.sin))
    turned = np.eye(dims)
    turned[[first, second, first, second], [first, second, second, first]] = cosine, cosine, -sine, sine
    return turned


def _rounded(value: float) -> float:
    nearest = round(float(value))
    return float(nearest) if abs(value - nearest) < ROUNDING else float(value)


FlipField = Annotated[RandomFlip | None, Short("axes", (list, tuple), "a list of axes")]
RotateField = Annotated[RandomRotation | None, Short("degrees", (int, float), "an angle in degrees")]
ScaleField = Annotated[RandomScale | None, Short("factors", (list, tuple), "a list of two factors")]
ElasticField = Annotated[RandomElastic | None, Short("displacement", (int, float), "a number of voxels")]
