"""The rows of the tables: what they are called, and what has to be installed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from unetgen.config.loader import load_design
from unetgen.errors import UnetgenError
from unetgen.measuring.runtimes import PLAIN, WAYS, chosen_ways, install_line, missing
from unetgen.measuring.sides.torch_training import CounterpartError, require_counterparts

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2")


def test_a_group_means_its_rows_and_plain_keras_is_always_there() -> None:
    assert chosen_ways(()) == tuple(WAYS)
    assert chosen_ways(["openvino-bfloat16"]) == (PLAIN, "openvino-bfloat16")
    assert chosen_ways(["torch"]) == (PLAIN, *(name for name, way in WAYS.items() if way.group == "torch"))
    assert chosen_ways([PLAIN]) == (PLAIN,)
    assert chosen_ways(["keras"]) == tuple(name for name, way in WAYS.items() if way.group == "keras")


def test_every_unknown_name_is_told() -> None:
    with pytest.raises(UnetgenError) as error:
        chosen_ways(["openvin", "tensorrt"])
    assert str(error.value).splitlines()[0] == "--runtimes: there is no 'openvin'; did you mean `openvino`?"
    assert "there is no 'tensorrt'" in str(error.value)


def test_what_is_missing_is_installed_by_its_name() -> None:
    """Each module is imported as its package is called, and each package is one that the project names."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    known = {
        re.split(r"[\[<>=]", line)[0] for extra in project["optional-dependencies"].values() for line in extra
    }
    needed = {package for way in WAYS.values() for package in way.needs}
    assert needed <= known
    assert install_line(("onnx", "onnxruntime", "onnx")) == "pip install onnx onnxruntime"


def test_a_package_that_is_not_there_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "openvino" else object())
    assert missing(WAYS) == {"openvino": ("openvino",), "openvino-bfloat16": ("openvino",)}


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("compile.loss=categorical_crossentropy", ""),
        ("head.activation=sigmoid", ""),
        ("compile.loss=dice", "the loss DiceLoss"),
        ("compile.loss=[categorical_crossentropy,dice]", "the loss WeightedSum"),
        ("compile.loss={kind: categorical_crossentropy, label_smoothing: 0.1}", "with label_smoothing"),
        ("compile.loss={kind: categorical_crossentropy, class_weights: [1.0, 2.0]}", "with class_weights"),
        ("compile.optimizer={kind: sgd, momentum: 0.9, nesterov: true}", ""),
        ("compile.optimizer={kind: adamw, weight_decay: 0.1}", ""),
        ("compile.optimizer=lion", "the optimizer lion"),
        ("compile.optimizer={kind: adam, clipnorm: 1.0}", "adam with clipnorm"),
        ("kernel_regularizer={kind: l2, l2: 0.1}", "kernel_regularizer"),
    ],
)
def test_a_training_that_pytorch_has_no_counterpart_of_is_told(override: str, said: str) -> None:
    plain = "compile={loss: categorical_crossentropy, optimizer: adam, metrics: []}"
    design = load_design("quickstart2d", (*TINY, plain, override))
    if not said:
        require_counterparts(design)
        return
    with pytest.raises(CounterpartError, match=f"no counterpart in PyTorch: .*{said}"):
        require_counterparts(design)
