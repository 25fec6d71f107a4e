"""What of `fit.class_weights` does not go with the network is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from unetgen.errors import ConfigError
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run

ONE = ["model.num_classes=1"]
INVERSE = "fit.class_weights=inverse"


def loaded(folder: Path, *overrides: str) -> Run:
    (folder / "run.yaml").write_text(
        "model: {input: {shape: [16, 16], channels: 1}, depth: 2, base_filters: 2, num_classes: 2}\n"
        "data: {labels: {0: background, 255: cell}}\n"
    )
    return load_run(folder / "run.yaml", overrides)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["fit.class_weights={background:0.2,cel:1}"],
            "fit.class_weights.cel: names no class (got 'cel'); did you mean `cell`?",
        ),
        (["fit.class_weights={background:1}"], "has no weight for cell; name every class"),
        (["fit.class_weights={background:-1,cell:.nan}"], "background: must be a number from 0 to 1000000"),
        (["fit.class_weights={background:0,cell:0}"], "must not be all zero (got [0.0, 0.0])"),
        (
            [
                "fit.class_weights={background:1,cell:0}",
                "model.compile.loss={kind:dice,include_background:false}",
            ],
            "must not be all zero for the classes that count",
        ),
        (["fit.class_weights=invers"], "unknown kind (got 'invers'); did you mean `inverse`?"),
        (["fit.class_weights={}"], "names no class"),
        (["fit.class_weights={kind:effective_number,beta:1}"], "fit.class_weights.beta: must be less than 1"),
        (
            [INVERSE, "model.compile.loss=[dice,{kind:categorical_crossentropy,class_weights:[1,2]}]"],
            "the model's loss categorical_crossentropy has class_weights already; leave out one of the two",
        ),
        (
            [*ONE, INVERSE, "model.compile.loss={kind:binary_crossentropy,positive_weight:3}"],
            "the model's loss binary_crossentropy has positive_weight already",
        ),
        (
            [*ONE, INVERSE, "model.compile.loss=dice"],
            "nothing of dice over one class can be weighed; set model.num_classes=2, or add binary_cross",
        ),
        (
            [*ONE, INVERSE, "model.compile.loss=[binary_crossentropy,huber]"],
            "nothing of huber over one class can be weighed; set model.num_classes=2, or leave it out",
        ),
        (
            [*ONE, "fit.class_weights={background:0,cell:1}"],
            "must be above 0 where the network has one class (got [0.0, 1.0])",
        ),
    ],
)
def test_what_does_not_fit_is_refused(overrides: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        loaded(tmp_path, *overrides)
    assert message in str(told.value)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model.num_classes=2", "model.compile.loss=dice"],
        ["model.num_classes=1", "model.compile.loss=[dice,binary_crossentropy]"],
    ],
)
def test_the_advice_for_one_class_loads(overrides: list[str], tmp_path: Path) -> None:
    loaded(tmp_path, INVERSE, *overrides)


def test_classes_without_names_go_by_their_numbers(tmp_path: Path) -> None:
    run = loaded(tmp_path, "data.labels=null", "fit.class_weights={0:1,1:4}")
    assert run.config.fit.class_weights == {"0": 1.0, "1": 4.0}
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(run.to_yaml())
    assert load_run(resolved).config.fit == run.config.fit
    resolved.write_text(run.to_yaml().replace('"0"', "0").replace("'0'", "0"))  # as one would write it
    assert load_run(resolved).config.fit == run.config.fit
