"""Networks of segmentation_models_pytorch become Keras models; what they compute stands in tests/parity."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from tests.parity import drawn
from tests.parity.encoder_cases import CASES
from tests.weights import written
from unetgen.config.loader import design_from_dict
from unetgen.errors import UnetgenError
from unetgen.importing import smp
from unetgen.importing.checkpoint import import_weights
from unetgen.importing.smp import encoder_name
from unetgen.importing.smp_families import smp_tensors

CASE = CASES["scse"]
OF_SMP = [case for case in CASES.values() if case.family is None]
UNREAD = "decoder.blocks.2.attention1.attention.sSE.0.bias"
DEEPER = "encoder.layer3.0.conv1.weight"


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def tensors() -> dict[str, Any]:
    return drawn.tensors(CASE.read()[0])


def test_a_network_of_fewer_levels_names_what_it_leaves_out(tmp_path: Path) -> None:
    config = tmp_path / "a.yaml"
    config.write_text(yaml.safe_dump(CASE.config))
    held = tensors() | {UNREAD: np.zeros(1, np.float32), DEEPER: np.zeros((256, 128, 3, 3), np.float32)}
    file = written.archive(
        {f"model.{name}": array for name, array in held.items()}, tmp_path / "a.ckpt", epoch=3
    )
    asked = (file, "smp", str(config), (), tmp_path / "a.keras")
    with pytest.raises(UnetgenError, match=r"with \(pip install segmentation-models-pytorch\)"):
        import_weights(*asked)
    found = import_weights(*asked, unchecked=True)
    assert found.family == "segmentation_models_pytorch's Unet on resnet18"
    assert found.drawn == 0
    assert set(found.left_out) == {UNREAD, DEEPER}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda held: held.pop("segmentation_head.0.bias"), "no tensor 'segmentation_head.0.bias'"),
        (lambda held: held.pop("encoder.bn1.weight"), "no tensor 'encoder.bn1.weight'"),
        (
            lambda held: held.update({"classification_head.3.weight": np.zeros((2, 512), np.float32)}),
            "tensors without a layer:\n  classification_head.3.weight (2, 512)",
        ),
        (
            lambda held: [held.pop(name) for name in list(held) if name.startswith("decoder")],
            "are those of none of segmentation_models_pytorch's UnetPlusPlus, Linknet, FPN, PSPNet, PAN, "
            "DeepLabV3Plus, MAnet, Unet",
        ),
    ],
)
def test_what_does_not_fit_is_told(change: Any, said: str, tmp_path: Path) -> None:
    from unetgen.weights.transplant import transplant

    held, design = tensors(), design_from_dict(CASE.config)
    change(held)
    with pytest.raises(UnetgenError) as caught:
        found = smp_tensors(design, held)
        transplant(design.plan, found.tensors, found.family)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("scse", {"decoder_channels": [18, 17, 16], "decoder_attention_type": "scse"}),
        ("linknet", {}),
        ("unet_plus_plus", {"decoder_channels": [9, 8, 7, 6]}),
        ("manet", {"decoder_channels": [8, 7, 6], "decoder_pab_channels": 4}),
        (
            "fpn",
            {
                "decoder_pyramid_channels": 24,
                "decoder_segmentation_channels": 64,
                "decoder_merge_policy": "add",
                "upsampling": 2,
            },
        ),
        ("pspnet", {"psp_out_channels": 16, "upsampling": 8}),
        ("pan", {"decoder_channels": 8, "encoder_output_stride": 16, "upsampling": 1}),
        (
            "deeplab_v3_plus",
            {
                "decoder_channels": 16,
                "decoder_atrous_rates": (1, 2, 3),
                "encoder_output_stride": 16,
                "upsampling": 4,
            },
        ),
        (
            "aux_params",
            {"decoder_channels": [8, 7, 6], "aux_params": {"classes": 3, "pooling": "max"}},
        ),
    ],
)
def test_the_original_is_made_as_the_fixture_s(
    name: str, arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    held = drawn.tensors(case.read()[0])
    design = design_from_dict(case.config)
    made = SimpleNamespace(**{case.network: lambda **given: given})
    monkeypatch.setattr(smp, "import_module", lambda _: made)
    given = smp._make(design.config, smp_tensors(design, held), held)
    own = {"encoder_name": case.original, "encoder_depth": case.depth - 1, "encoder_weights": None}
    assert given == {**own, "in_channels": 3, "classes": 1, **arguments}


@pytest.mark.parametrize(
    ("kind", "is_timm", "name"),
    [
        *((each.kind, each.original.startswith("tu-"), each.original) for each in OF_SMP),
        ("legacy_seresnext50_32x4d", False, "se_resnext50_32x4d"),
        ("smp_efficientnet_b4", False, "efficientnet-b4"),
        ("tf_efficientnet_v2_s", True, "tu-tf_efficientnetv2_s"),
    ],
)
def test_the_original_s_encoder_is_called_as_there(kind: str, is_timm: bool, name: str) -> None:
    held = {"encoder.model.a" if is_timm else "encoder.a": np.zeros(1, np.float32)}
    assert encoder_name(kind, held) == name
