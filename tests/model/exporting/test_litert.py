"""LiteRT files and SavedModels of trained models: every form, free sizes, quantized weights, bad requests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

from tests.model.exporting.test_onnx import FORMS, trained
from tests.tiers import sampled
from unetgen.emit.litert import Quantization
from unetgen.emit.litert.table import ROWS
from unetgen.errors import UnetgenError
from unetgen.model.exporting import litert
from unetgen.model.exporting.format import Format, Trained
from unetgen.model.exporting.formats import FORMATS
from unetgen.model.exporting.litert import LiteRT
from unetgen.model.exporting.onnx import Onnx
from unetgen.model.exporting.openvino import OpenVino
from unetgen.model.exporting.saved_model import SavedModel
from unetgen.model.exporting.writing import export
from unetgen.plan.ops import Conv


@pytest.mark.parametrize("form", ["channels first", "of any size", "for inference, scores as outputs"])
def test_each_form_of_a_model_is_exported(form: str, tmp_path: Path) -> None:
    of = trained(*FORMS[form])
    for is_optimized in (False, True):
        optimized = Trained(of.model, of.design, is_optimized)
        difference = export(optimized, tmp_path / "a.tflite", LiteRT()).difference
        assert difference is not None
        assert difference < 1e-5
    assert export(of, tmp_path / "served", SavedModel()).difference == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("precision", sampled(["mixed_bfloat16", "mixed_float16"], ["mixed_bfloat16"]))
def test_weights_that_a_model_keeps_in_16_bits_are_exported(precision: str, tmp_path: Path) -> None:
    of = trained("execution.optimize=inference", f"execution.precision={precision}")
    assert {str(weight.dtype) for weight in of.model.get_layer("head").weights} == {precision[6:]}
    in_f32 = Trained(of.model, of.design, precision="f32")
    asked: list[tuple[str, Format, Trained]] = [("a.onnx", Onnx(), in_f32), ("a.xml", OpenVino(), of)]
    for out, entry, what in [*asked, ("a.tflite", LiteRT(), of), ("served", SavedModel(), of)]:
        difference = export(what, tmp_path / out, entry).difference
        assert difference is not None
        assert difference < (1e-6 if entry.name == "saved_model" else 3e-2)


def test_quantized_weights_are_told_by_what_they_lose(tmp_path: Path) -> None:
    of = trained("input.shape=[16,16]", "base_filters=8")
    sizes, lost = [], []
    quantizations: tuple[Quantization | None, ...] = (None, "float16", "int8")
    for quantize in quantizations:
        out = tmp_path / f"{quantize}.tflite"
        found = export(Trained(of.model, of.design, quantize=quantize), out, LiteRT())
        assert (f"weights in {quantize}" in str(found)) is (quantize is not None)
        difference = found.difference
        assert difference is not None
        sizes.append(out.stat().st_size)
        lost.append(difference)
    assert sizes == sorted(sizes, reverse=True)
    assert lost == sorted(lost)
    assert lost[0] < 1e-5 < lost[1] < 2e-2 < 0.3


@pytest.mark.parametrize(
    ("entry", "precision", "quantize", "message"),
    [
        (LiteRT(), "f16", None, "litert computes in float32; leave out --precision, or keep its weights"),
        (
            SavedModel(),
            None,
            "int8",
            "saved_model keeps weights as the model does; leave out --quantize int8",
        ),
        (FORMATS["onnx"], None, "float16", "onnx keeps weights as the model does; leave out --quantize"),
    ],
)
def test_what_a_format_cannot_do_is_refused(
    entry: Format, precision: str | None, quantize: Quantization | None, message: str, tmp_path: Path
) -> None:
    of = trained()
    asked = Trained(of.model, of.design, precision=precision, quantize=quantize)
    with pytest.raises(UnetgenError, match=message):
        export(asked, tmp_path / f"a{entry.suffix}", entry)
    assert list(tmp_path.iterdir()) == []


def test_what_the_converter_has_no_kernel_for_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {op: row for op, row in ROWS.items() if op is not Conv}
    monkeypatch.setattr("unetgen.emit.litert.construction.ROWS", without)
    of = trained("input.shape=[8,8,8]", "up=nearest", "block.dilation=2", "activation=relu")
    with pytest.raises(
        UnetgenError, match=r"as litert: it has no kernel for BatchToSpaceND, SpaceToBatchND"
    ) as told:
        export(of, tmp_path / "a.tflite", LiteRT())
    assert list(tmp_path.iterdir()) == []
    assert "--format onnx and --format openvino take every network" in str(told.value)
    for entry in (FORMATS["onnx"], FORMATS["openvino"]):
        difference = export(of, tmp_path / f"a{entry.suffix}", entry).difference
        assert difference is not None and difference < 1e-5


def test_a_model_without_a_config_is_served_under_keras_s_names(tmp_path: Path) -> None:
    of = trained()
    assert export(Trained(of.model), tmp_path / "served", SavedModel()).difference == 0
    assert not (tmp_path / "served/assets.extra").exists()
    with pytest.raises(UnetgenError, match="name it with --config"):
        export(Trained(of.model), tmp_path / "a.tflite", LiteRT())


def test_litert_s_own_runtime_is_taken_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ai_edge_litert").mkdir()
    (tmp_path / "ai_edge_litert/__init__.py").touch()
    (tmp_path / "ai_edge_litert/interpreter.py").write_text(
        "def Interpreter(model_content, num_threads):\n    return 'theirs', model_content\n"
    )
    code = (
        "from unetgen.model.exporting.litert import _interpreter\n"
        "assert _interpreter(b'a') == ('theirs', b'a')\n"
        "import sys; assert 'tensorflow' not in sys.modules"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(litert.__file__).parents[3])])
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, check=True)
