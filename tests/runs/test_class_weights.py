"""Weights of the classes from the masks of the training split, against NumPy on the same masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetgen.data.checking import check_data
from unetgen.errors import ConfigError
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run
from unetgen.runs.takes import network_takes
from unetgen.runs.weighted import class_weights

Masks = list[np.ndarray[Any, Any]]
"""Class numbers of all positions that are learned from, mask by mask."""


def shares(masks: Masks) -> np.ndarray[Any, Any]:
    every = np.concatenate([mask.ravel() for mask in masks])
    return np.array([np.mean(every == number) for number in range(3)])


def median_frequency(masks: Masks) -> np.ndarray[Any, Any]:
    frequency = []
    for number in range(3):
        having = [mask for mask in masks if (mask == number).any()]
        frequency.append(sum((m == number).sum() for m in having) / sum(m.size for m in having))
    return np.median(frequency) / np.array(frequency)


def effective_number(masks: Masks, beta: float | None = None) -> np.ndarray[Any, Any]:
    """The sum of the powers of beta, as the paper derives it, and not its closed form."""
    counts = [sum(int((mask == number).sum()) for mask in masks) for number in range(3)]
    beta = 1 - 1 / sum(counts) if beta is None else beta
    inverse = 1 / np.array([np.sum(beta ** np.arange(n)) for n in counts])
    return inverse / inverse.mean()


def balanced(masks: Masks) -> np.ndarray[Any, Any]:
    weights = 1 / shares(masks)
    return weights / np.sum(weights * shares(masks))


def root(masks: Masks) -> np.ndarray[Any, Any]:
    weights = shares(masks) ** -0.5
    return weights / np.sum(weights * shares(masks))


def enet(masks: Masks) -> np.ndarray[Any, Any]:
    return 1 / np.log(1.02 + shares(masks))


FORMULAS: dict[str, Callable[[Masks], np.ndarray[Any, Any]]] = {
    "inverse": balanced,
    "inverse_sqrt": root,
    "median_frequency": median_frequency,
    "effective_number": effective_number,
    "{kind:effective_number,beta:0.99}": lambda masks: effective_number(masks, 0.99),
    "enet": enet,
}
VALUES = {0: 0, 100: 1, 101: 1, 255: 2}
"""Two values are one class; 7 is ignored."""


def run_of(folder: Path, dims: int, *overrides: str) -> tuple[Run, Masks]:
    """A run of five masks, the last one to be validated on, and what is learned from of the others."""
    random, learned = np.random.default_rng(0), []
    for number in range(5):
        shape = (11, 9, 6)[:dims]
        values = random.choice([0, 100, 101, 255, 7], shape, p=[0.6, 0.15, 0.05, 0.1, 0.1]).astype("uint8")
        if number in (1, 3):
            values[values == 255] = 0  # not all have each class
        if number == 4:
            values[...] = 100
        for name, array in (("images", random.normal(size=shape)), ("masks", values)):
            (folder / name).mkdir(exist_ok=True)
            np.save(folder / name / f"case{number}.npy", array)
        if number < 4:
            known = values[values != 7]
            learned.append(np.array([VALUES[value] for value in known.tolist()]))
    (folder / "run.yaml").write_text(
        f"model: {{input: {{shape: {[8] * dims}, channels: 1}}, depth: 2, base_filters: 2, "
        "num_classes: 3, compile: {ignore_class: 9}}\n"
        "data: {labels: {0: rest, 100: cell, 101: cell, 255: wall}, ignore: 7, "
        "split: {kind: listed, train: [case0, case1, case2, case3], validation: [case4]}}\n"
    )
    return load_run(folder / "run.yaml", overrides), learned


def weights(run: Run) -> dict[str, float]:
    findings = check_data(run.config.data, run.folder, run.config.seed, network_takes(run.design))
    findings.require()
    found = class_weights(run, findings)
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("dims", [2, 3])
def test_weights_are_those_of_numpy_without_ignored_positions(dims: int, tmp_path: Path) -> None:
    for formula, expected in FORMULAS.items():
        run, masks = run_of(tmp_path, dims, f"fit.class_weights={formula}")
        found = weights(run)
        assert list(found) == ["rest", "cell", "wall"]
        np.testing.assert_allclose(list(found.values()), expected(masks), rtol=1e-9, err_msg=formula)


def test_weights_by_name_stand_in_the_classes_order(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, 2, "fit.class_weights={wall:3,rest:0,cell:0.5}")
    assert list(weights(run).items()) == [("rest", 0.0), ("cell", 0.5), ("wall", 3.0)]


@pytest.mark.parametrize("kind", ["inverse", "inverse_sqrt", "median_frequency", "effective_number"])
def test_a_class_that_no_mask_has_is_named_and_the_advice_works(kind: str, tmp_path: Path) -> None:
    listed = "data.split.train=[case1,case3]"
    run, _ = run_of(tmp_path, 2, listed, f"fit.class_weights={kind}")
    with pytest.raises(ConfigError) as told:
        weights(run)
    assert str(told.value) == (
        f"fit.class_weights: no position that is learned from has the class wall (got '{kind}'); name the "
        "weights, as `class_weights: {rest: 1, cell: 1, wall: 1}`, or leave it out"
    )
    run, _ = run_of(tmp_path, 2, listed, "fit.class_weights={rest: 1, cell: 1, wall: 1}")
    assert weights(run)["wall"] == 1


def test_a_class_that_is_ignored_counts_as_absent(tmp_path: Path) -> None:
    ignored = ["data.ignore=null", "model.compile.ignore_class=1", "data.labels.7=rest"]
    run, _ = run_of(tmp_path, 2, *ignored, "fit.class_weights=inverse")
    with pytest.raises(ConfigError, match="has the class cell"):
        weights(run)
    run, _ = run_of(tmp_path, 2, *ignored, "fit.class_weights=enet")
    assert weights(run)["cell"] == pytest.approx(1 / np.log(1.02))
