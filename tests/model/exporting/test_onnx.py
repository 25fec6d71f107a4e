"""ONNX and OpenVINO files of trained models: every form, every precision, large weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen
from unetgen.errors import UnetgenError
from unetgen.model.exporting.format import Trained
from unetgen.model.exporting.formats import FORMATS
from unetgen.model.exporting.onnx import proto_of, write_onnx
from unetgen.model.exporting.writing import Written, export
from unetgen.model.running import give_random_weights, largest_difference, predicted

if TYPE_CHECKING:
    from unetgen.config.design import Design

pytest.importorskip("onnx")
SMALL = (
    "input.shape=[8,8]",
    "depth=2",
    "base_filters=4",
    "up=nearest",
    "activation={kind: prelu, shared: channel}",
)


def trained(*overrides: str) -> Trained:
    """A model with random weights, and its design."""
    from unetgen.config.loader import load_design

    design: Design = load_design("quickstart2d", [*SMALL, *overrides])
    model = unetgen.build(design.config)
    give_random_weights(model)
    return Trained(model, design)


def written(of: Trained, out: Path) -> Written:
    """What came of an export, in the format of its suffix."""
    name = {".onnx": "onnx", ".xml": "openvino"}[out.suffix]
    return export(of, out, FORMATS[name])


FORMS = {
    "plain": (),
    "channels first": ("input.data_format=channels_first",),
    "channels first, channels last inside": (
        "input.data_format=channels_first",
        "execution.layout=channels_last",
    ),
    "of any size": ("input.shape=[null,null]",),
    "for training": ("execution.optimize=training",),
    "for inference": ("execution.optimize=inference",),
    "for inference, scores as outputs": (
        "execution.optimize=inference",
        "input.data_format=channels_first",
        "head.activation=linear",
        "compile.loss=mean_squared_error",
        "compile.metrics=[]",
    ),
    "with its input added": (
        "input.channels=2",
        "input.shape=[7,8]",
        "resize=pad_and_crop",
        "head.activation=linear",
        "head.residual=input",
        "compile.loss=mean_squared_error",
        "compile.metrics=[]",
    ),
}
"""The ways in which one network is built as a Keras model."""


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_model_is_exported(form: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    plain = trained(*FORMS[form])
    for is_optimized in (False, True):
        of = Trained(plain.model, plain.design, is_optimized)
        difference = written(of, tmp_path / "a.onnx").difference
        assert difference is not None
        assert difference < 1e-5


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_openvino_computes_the_same_under_the_plan_s_names(data_format: str, tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    plain = trained(f"input.data_format={data_format}")
    for is_optimized in (False, True):
        found = written(Trained(plain.model, plain.design, is_optimized), tmp_path / "a.xml")
        assert found.difference is not None
        assert found.difference < 1e-5
        assert "OpenVINO computes it in" in found.note
    model = openvino.Core().read_model(tmp_path / "a.xml")
    assert [each.get_any_name() for each in model.inputs] == ["input"]
    assert [each.get_any_name() for each in model.outputs] == ["head_activation"]
    assert plain.design is not None
    assert model.get_rt_info(["unetgen", "fingerprint"]).astype(str) == plain.design.plan.fingerprint


def test_openvino_adds_where_others_concatenate(tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    plain = trained("up={kind: transposed, activation: true}")
    counts = []
    for is_optimized in (False, True):
        of = Trained(plain.model, plain.design, is_optimized)
        difference = written(of, tmp_path / "a.xml").difference
        assert difference is not None
        assert difference < 1e-5
        read = openvino.Core().read_model(tmp_path / "a.xml").get_ops()
        counts.append(sum(op.get_type_name() == "Concat" for op in read))  # of shapes too
        assert "Concat" in {node.op_type for node in proto_of(of, "onnxruntime").graph.node}
    assert counts[0] - counts[1] == 1


@pytest.mark.parametrize(
    ("precision", "asked", "limit"),
    [
        ("mixed_float16", None, 4e-2),  # Keras itself is 0.017 from its float32, and so is the runtime
        ("mixed_float16", "f32", 2e-2),
        ("mixed_bfloat16", "f32", 1e-1),
        ("float32", "f16", 2e-2),
        ("float64", "f32", 1e-5),
    ],
)
def test_a_file_computes_in_the_precision_that_is_asked_for(
    precision: str, asked: str | None, limit: float, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    of = trained(f"execution.precision={precision}")
    found = written(Trained(of.model, of.design, precision=asked), tmp_path / "a.onnx")
    assert found.difference is not None
    assert found.difference < limit
    import onnx

    graph = onnx.load(tmp_path / "a.onnx").graph
    narrow = asked == "f16" or (asked is None and precision == "mixed_float16")
    types = {each.name: each.data_type for each in graph.initializer}
    wanted = onnx.TensorProto.FLOAT16 if narrow else onnx.TensorProto.FLOAT
    assert types["encoder_level0_conv1/kernel"] == wanted
    ends = [*graph.input, *graph.output]
    assert {each.type.tensor_type.elem_type for each in ends} == {onnx.TensorProto.FLOAT}


@pytest.mark.parametrize(
    ("precision", "asked", "file", "message"),
    [
        ("mixed_bfloat16", None, "a.onnx", r"onnx is written in float32 or float16 \(got a model that "
         r"computes in bfloat16\); say --precision f32 or f16"),
        ("float64", None, "a.onnx", r"got a model that computes in float64"),
        ("float32", "bf16", "a.onnx", "onnx is not written in bfloat16: ONNX Runtime has no such conv"),
        ("float32", "f32", "a.xml", r"openvino reads no precision from its files; say it where the file is "
         r'compiled: core.compile_model\(FILE, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}\)'),
        ("float64", None, "a.xml", "openvino computes in 32 bits at most"),
    ],
)  # fmt: skip
def test_a_precision_that_cannot_be_is_refused(
    precision: str, asked: str | None, file: str, message: str, tmp_path: Path
) -> None:
    of = trained(f"execution.precision={precision}")
    with pytest.raises(UnetgenError, match=message):
        written(Trained(of.model, of.design, precision=asked), tmp_path / file)
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_another_config_is_refused(tmp_path: Path) -> None:
    of = trained()
    with pytest.raises(UnetgenError, match="the model is not that of the config 'quickstart2d'"):
        written(Trained(of.model, trained("base_filters=8").design), tmp_path / "a.onnx")
    with pytest.raises(UnetgenError, match=r"name it with --config CONFIG"):
        written(Trained(of.model), tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_large_weights_lie_beside_the_file(tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    of = trained()
    write_onnx(proto_of(of, "onnxruntime"), tmp_path / "a.onnx", largest=1000)
    assert {each.name for each in tmp_path.iterdir()} == {"a.onnx", "a.onnx.data"}
    x = np.random.default_rng(0).standard_normal((3, 8, 8, 1), "float32")
    session = runtime.InferenceSession(tmp_path / "a.onnx", providers=["CPUExecutionProvider"])
    assert largest_difference(predicted(of.model, x), session.run(None, {"input": x})) < 1e-5
