"""Weights of an encoder come from the file that the config names, or are refused with what does not fit.

Names and shapes are those of torchvision 0.29.1, timm 1.0.31 and segmentation_models_pytorch 0.6.0, read from
files that they wrote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parity import drawn
from tests.parity.encoder_cases import CASES
from tests.parity.test_encoders import layers_of
from tests.tiers import thorough
from tests.weights import written
from tests.weights.written import Array
from unetgen.config.design import Design
from unetgen.config.loader import design_from_dict, load_design
from unetgen.errors import UnetgenError
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.encoders.encoder import NOT_READ, Encoder
from unetgen.weights.encoder import encoder_weights, original_plan
from unetgen.weights.encoder_layouts import layouts_of
from unetgen.weights.keras_layouts import keras_layout
from unetgen.weights.transplant import PARAMETERS

SHAPE = [32, 32]


def resnet_shapes(units: tuple[int, int, int, int], prefix: str = "") -> dict[str, tuple[int, ...]]:
    """The tensors of torchvision's ResNets with two convolutions in a unit."""

    def of_norm(name: str, filters: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        for each in ("weight", "bias", "running_mean", "running_var"):
            yield f"{name}.{each}", (filters,)
        yield f"{name}.num_batches_tracked", ()

    rows = [("conv1.weight", (64, 3, 7, 7)), *of_norm("bn1", 64)]
    taken = 64
    for stage, (count, filters) in enumerate(zip(units, (64, 128, 256, 512), strict=True), start=1):
        for unit in range(count):
            name = f"layer{stage}.{unit}"
            for number in (1, 2):
                rows.append((f"{name}.conv{number}.weight", (filters, taken, 3, 3)))
                rows += of_norm(f"{name}.bn{number}", filters)
                if number == 1 and taken != filters:
                    rows.append((f"{name}.downsample.0.weight", (filters, taken, 1, 1)))
                    rows += of_norm(f"{name}.downsample.1", filters)
                taken = filters
    return {f"{prefix}{name}": shape for name, shape in rows}


def tensors(shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    return {
        name: np.array(7) if "num_batches" in name else drawn.tensor(name, shape)
        for name, shape in shapes.items()
    }


RESNET18 = resnet_shapes((2, 2, 2, 2), "encoder.")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ResNet-18 with the weights of the fixture, and the fixture's decoder beside it."""
    held = tensors(RESNET18) | drawn.tensors(CASES["resnet18"].read()[0])
    return written.archive(held, tmp_path_factory.mktemp("weights") / "unet.pth")


def config(weights: Path | str | None, **changes: Any) -> dict[str, Any]:
    encoder = {"kind": changes.pop("kind", "resnet18"), "weights": None if weights is None else str(weights)}
    least = {"input": {"shape": SHAPE, "channels": 3}, "depth": 3, "num_classes": 2}
    return {**least, "decoder": {"filters": [4, 5]}, "encoder": encoder, **changes}


def design(weights: Path | str | None, **changes: Any) -> Design:
    return design_from_dict(config(weights, **changes))


def test_the_model_predicts_what_the_original_does(file: Path) -> None:
    from unetgen.model.building import build_model
    from unetgen.model.running import predicted

    case = CASES["resnet18"]
    built = design_from_dict(case.config | {"encoder": {"kind": "resnet18", "weights": str(file)}})
    model = build_model(built)
    decoder = layers_of(case)[1]
    for name, arrays in decoder.items():
        if not name.startswith("encoder"):
            model.get_layer(name).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, 3, *case.size)), 1, -1)
    right = np.moveaxis(case.read()[1], 1, -1)
    (found,) = predicted(model, x)
    assert np.abs(found - right).max() / np.abs(right).max() < 1e-4


NAMES = {
    ("densenet121", 0): (604, "852a553aff00"),
    ("efficientnet_b0", 0): (304, "115783204be6"),
    ("efficientnet_b0", 1): (304, "5c149ab0de7e"),
    ("efficientnet_b1", 1): (432, "e2086c9628b5"),
    ("efficientnet_b2", 0): (432, "c77fb3b3cc2e"),
    ("efficientnet_v2_s", 1): (665, "55967f469baf"),
    ("legacy_seresnet50", 0): (329, "0cb3a830880c"),
    ("mobilenet_v2", 0): (260, "ddfa7f160ae8"),
    ("mobilenet_v2", 1): (260, "6e0c2c3cfe58"),
    ("mobilenet_v3_large", 0): (262, "ff5d259a1c94"),
    ("mobilenet_v3_small", 0): (206, "c56f7c4d3d1e"),
    ("resnet18", 0): (100, "43a9b5e01e6d"),
    ("resnet34", 0): (180, "ccdf35a55b18"),
    ("resnet34d", 0): (190, "353558538766"),
    ("resnet50", 0): (265, "9fb760970125"),
    ("resnet50d", 0): (275, "34002ed8ae98"),
    ("resnext50_32x4d", 0): (265, "4ff0a5dcaf76"),
    ("seresnet50", 0): (329, "eb37c9e713cc"),
    ("smp_efficientnet_b1", 0): (432, "f048c0e9b904"),
    ("tf_efficientnet_b1", 0): (432, "d9eea5cb4c7a"),
    ("tf_efficientnet_v2_s", 0): (665, "e4bbe6b41745"),
    ("vgg11_bn", 0): (48, "9bd33e2b065d"),
    ("vgg16", 0): (26, "4c3222feef6e"),
}
"""Of each kind and layout: how many tensors the original file has, and a hash of their names and shapes."""


@pytest.mark.parametrize(("kind", "number"), NAMES)
def test_names_and_shapes_are_those_of_the_original_s_file(kind: str, number: int) -> None:
    chosen = design(None, kind=kind).config.encoder
    assert chosen is not None
    plan, rows = original_plan(chosen, 3), []
    for node in plan.nodes:
        for weight in plan.weights(node):
            module = layouts_of(chosen)[number].family.modules(node, 6)[0]
            shape = weight.shape
            if weight.name == "kernel":
                shape = (shape[-1], shape[-2], *shape[:-2])
            rows.append(f"{module}.{PARAMETERS[type(node.op)][weight.name]} {shape}")
    text = "\n".join(sorted(rows))
    assert (len(rows), hashlib.sha256(text.encode()).hexdigest()[:12]) == NAMES[kind, number]


KINDS = [(family, kind) for family in ENCODERS for kind in family.variants if not kind.startswith(NOT_READ)]


@pytest.mark.parametrize(("family", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_each_kind_has_a_file_and_each_layer_a_place_in_it(family: type[Encoder], kind: str) -> None:
    encoder = family(kind=kind)
    plan = original_plan(encoder, 3)
    nodes = [node for node in plan.nodes if plan.weights(node)]
    of_torch = [layout.family for layout in layouts_of(encoder)]
    families = of_torch or [keras_layout(encoder).family]
    for each in families:
        names = [(each.modules(node, 6) or [""])[0] for node in nodes]
        assert all(names)
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_other_channels_are_made_as_timm_makes_them(channels: int, file: Path) -> None:
    stem = encoder_weights(design(file, input={"shape": SHAPE, "channels": channels}))["encoder_level1_stem"][
        0
    ]
    kernel = drawn.tensor("encoder.conv1.weight", (64, 3, 7, 7)).transpose(2, 3, 1, 0)
    if channels == 1:
        right = kernel[:, :, [0]] + kernel[:, :, [1]] + kernel[:, :, [2]]
    else:
        right = (
            np.stack([kernel[:, :, i % 3] for i in range(channels)], axis=2)
            * {2: 1.5, 3: 1, 6: 0.5}[channels]
        )
    np.testing.assert_allclose(np.asarray(stem, np.float32), right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [[32], [32, 32, 32]])
def test_kernels_of_other_dimensions_answer_the_same_to_what_does_not_change(
    shape: list[int], file: Path
) -> None:
    flat = encoder_weights(design(file))
    other = encoder_weights(design(file, input={"shape": shape, "channels": 3}))
    assert flat.keys() == other.keys()
    for name, (first, *rest) in flat.items():
        if first.ndim == 4:
            more, less = (other[name][0], first) if len(shape) == 3 else (first, other[name][0])
            summed = np.asarray(more, np.float32).sum(axis=0)
            np.testing.assert_allclose(summed, np.asarray(less, np.float32), rtol=1e-5, atol=1e-5)
            if len(shape) == 3:
                np.testing.assert_array_equal(more, more[::-1])
        for a, b in zip(rest, other[name][1:], strict=True):
            np.testing.assert_array_equal(a, b)


def refusal(weights: Path | str, **changes: Any) -> str:
    with pytest.raises(UnetgenError) as caught:
        encoder_weights(design(weights, **changes))
    return str(caught.value)


def test_everything_that_does_not_fit_is_told(tmp_path: Path) -> None:
    held = tensors(resnet_shapes((2, 2, 2, 2)))
    held["layer4.1.bn2.bias"] = held["layer4.1.bn2.bias"][:3]
    held["layer4.2.conv1.weight"] = held.pop("layer4.1.conv1.weight")
    assert refusal(written.archive(held, tmp_path / "a.pth")).splitlines()[1:] == [
        "weights without a tensor:",
        "  encoder_level5_block2_conv1.kernel (3, 3, 512, 512): no tensor 'layer4.1.conv1.weight'",
        "  encoder_level5_block2_conv2_norm.beta (512,): 'layer4.1.bn2.bias' is (3,), that is (3,)",
        "tensors without a layer:",
        "  layer4.2.conv1.weight (512, 512, 3, 3)",
    ]


def test_another_network_s_file_is_refused(file: Path, tmp_path: Path) -> None:
    larger = written.safetensors(tensors(resnet_shapes((3, 4, 6, 3))), tmp_path / "resnet34.safetensors")
    assert "layer1.2.conv1.weight" in refusal(larger)
    assert "holds no weights of vgg16, whose first tensor is 'features.0.weight'" in refusal(
        file, kind="vgg16"
    )
    assert "does not fit" in refusal(file, kind="resnet50")
    assert "whose first tensor is 'layer0.conv1.weight'" in refusal(file, kind="legacy_seresnet50")
    missing = refusal(tmp_path / "missing.pth")
    assert missing == f"{tmp_path / 'missing.pth'}: there is no such file, which encoder.weights names"


def test_the_classifier_is_left_out(tmp_path: Path) -> None:
    held = tensors(resnet_shapes((2, 2, 2, 2)) | {"fc.weight": (9, 512), "fc.bias": (9,)})
    assert len(encoder_weights(design(written.former(held, tmp_path / "a.pth")))) == 10


@thorough
def test_the_file_is_told_of_by_its_text_and_its_checksum(file: Path, tmp_path: Path) -> None:
    import yaml

    from unetgen.model.building import build_model
    from unetgen.model.reproducing import check_lock
    from unetgen.model.saving import LOCK, write_build

    (tmp_path / "w").mkdir()
    copied = tmp_path / "w" / "unet.pth"
    copied.write_bytes(file.read_bytes())
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config("w/unet.pth")))
    loaded, plain = load_design(tmp_path / "my.yaml"), design(None)
    assert loaded.config.digest == design("w/unet.pth").config.digest != plain.config.digest
    assert loaded.plan.fingerprint == plain.plan.fingerprint
    out = tmp_path / "deep" / "out"
    write_build(loaded, (), out, tmp_path / "my.yaml")
    again, drawn_anew = build_model(load_design(out / "config.resolved.yaml")), build_model(plain)
    right = encoder_weights(loaded)
    assert right
    for layer in again.layers:
        expected = right.get(layer.name) or drawn_anew.get_layer(layer.name).get_weights()
        for a, b in zip(layer.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(a, b)
    assert check_lock(out / LOCK).problems == ()
    copied.write_bytes(copied.read_bytes() + b"0")
    changed = ("w/unet.pth: has changed since the encoder's weights were read from it",)
    assert check_lock(out / LOCK).problems == changed
    copied.unlink()
    assert check_lock(out / LOCK, build=False).problems == (
        "w/unet.pth: is missing; the encoder's weights came from it",
    )
