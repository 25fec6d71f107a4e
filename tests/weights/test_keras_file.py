"""Files of keras.applications give its encoders, in every form that Keras has written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.tiers import thorough
from tests.weights.keras_written import Array, chosen, drawn, labelled, named, numbered
from tests.weights.test_encoder import design, resnet_shapes, tensors
from unetgen.errors import ConfigError, UnetgenError
from unetgen.weights.encoder import encoder_weights, original_plan, read_encoder
from unetgen.weights.keras_file import FileLayer, read_keras
from unetgen.weights.keras_layouts import keras_layout

SMALL = "keras_mobilenet_v3_small"
FORMS = (".keras", ".h5", ".weights.h5")


@thorough
def test_what_keras_applications_saves_gives_its_features(tmp_path: Path) -> None:
    import keras

    from tests.parity.test_keras_encoders import drawn as drawn_weight
    from unetgen.model.building import build_model
    from unetgen.model.running import predicted

    theirs = keras.applications.MobileNetV3Small(weights=None, include_top=False, input_shape=(33, 48, 3))
    generator = np.random.default_rng(0)
    for layer in theirs.layers:
        layer.set_weights([drawn_weight(weight, generator) for weight in layer.weights])
    config: dict[str, Any] = {"depth": 6, "decoder": {"filters": [1] * 5}, "resize": "resize_to_skip"}
    x = generator.standard_normal((1, 33, 48, 3)).astype("float32")
    scaled = next(layer for layer in theirs.layers if isinstance(layer, keras.layers.Rescaling))
    behind = keras.Model(scaled.output, theirs.output)  # its name is numbered in a process with others
    (right,) = predicted(behind, x)
    first: dict[str, list[Array]] = {}
    for form in FORMS:
        file = tmp_path / f"a{form}"
        (theirs.save_weights if form == ".weights.h5" else theirs.save)(file)
        built = design(file, kind=SMALL, **{**config, "input": {"shape": [33, 48], "channels": 3}})
        found = encoder_weights(built)
        first = first or found
        assert found.keys() == first.keys()
        for name, arrays in found.items():
            for a, b in zip(arrays, first[name], strict=True):
                np.testing.assert_array_equal(a, b)
    model = build_model(built)
    last = next(node.name for node in reversed(built.plan.nodes) if node.place.side == "encoder")
    (feature,) = predicted(keras.Model(model.input, model.get_layer(last).output), x)
    assert np.abs(feature - right).max() / np.abs(right).max() < 1e-4


@thorough
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("keras_resnet50", "ResNet50"),
        ("keras_convnext_tiny", "ConvNeXtTiny"),
        ("keras_efficientnet_b0", "EfficientNetB0"),
    ],
)
def test_names_places_and_shapes_are_those_of_keras_applications(
    kind: str, name: str, tmp_path: Path
) -> None:
    import keras

    made = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(64, 64, 3))
    made.save_weights(tmp_path / "a.weights.h5")
    read = {layer.place: layer for layer in read_keras(tmp_path / "a.weights.h5")}
    wanted = keras_layout(chosen(kind)).layers(original_plan(chosen(kind), 3))
    inner = [each for layer in made.layers for each in (getattr(layer, "layers", None) or [layer])]
    inner = [layer for layer in inner if layer.weights and type(layer).__name__ != "Normalization"]
    names = [re.sub(r"^(layer_normalization)_\d+$", r"\1", layer.name) for layer in inner]
    assert [layer.name for layer in wanted] == names
    for layer, theirs in zip(wanted, inner, strict=True):
        shapes = [array.shape for array in read[layer.place].arrays]
        assert shapes == [tuple(weight.shape) for weight in theirs.weights]


def with_classifier(arrays: Mapping[str, list[Array]]) -> dict[str, list[Array]]:
    return {**arrays, "predictions": [np.zeros((576, 9), np.float32), np.zeros(9, np.float32)]}


def test_hosted_files_are_read_with_and_without_a_classifier(tmp_path: Path) -> None:
    arrays, places = drawn(SMALL)
    bare = read_encoder(chosen(SMALL), read_keras(named(labelled(arrays), tmp_path / "a.h5")))
    assert bare.left_out == ()
    stem = bare.arrays["encoder_level1_stem"][0]
    np.testing.assert_array_equal(stem, arrays["conv"][0])
    gate = bare.arrays["encoder_level2_block1_squeeze_excitation_channel_excite"]
    for a, b in zip(gate, arrays["expanded_conv_squeeze_excite_conv_1"], strict=True):
        np.testing.assert_array_equal(a, b)
    depthwise = bare.arrays["encoder_level3_block2_depthwise"][0]
    np.testing.assert_array_equal(depthwise[:, :, 0, :], arrays["expanded_conv_1_depthwise"][0][..., 0])
    topped = with_classifier(arrays)
    ways = {
        "predictions": named(labelled(topped), tmp_path / "b.h5", "model_weights"),
        "layers/dense": numbered(
            {{**places, "predictions": "layers/dense"}[name]: held for name, held in topped.items()},
            tmp_path / "b.weights.h5",
        ),
    }
    for label, file in ways.items():
        read = read_encoder(chosen(SMALL), read_keras(file))
        assert read.left_out == (label,)
        for name, held in bare.arrays.items():
            for a, b in zip(read.arrays[name], held, strict=True):
                np.testing.assert_array_equal(a, b)


def test_names_of_other_versions_are_read_by_their_order(tmp_path: Path) -> None:
    arrays, _ = drawn("keras_resnet50")
    other = {f"layer/{number}": held for number, held in enumerate(arrays.values())}
    read = read_encoder(chosen("keras_resnet50"), read_keras(named(labelled(other), tmp_path / "a.h5")))
    for place, theirs in (("conv1", "1"), ("conv2", "2"), ("conv3", "3"), ("shortcut", "0")):
        found = read.arrays[f"encoder_level3_block1_{place}"][0]
        np.testing.assert_array_equal(found, arrays[f"conv3_block1_{theirs}_conv"][0])


def refusal(kind: str, held: Any) -> str:
    with pytest.raises(UnetgenError) as caught:
        read_encoder(chosen(kind), held)
    return str(caught.value)


def layers_of(arrays: Mapping[str, list[Array]]) -> list[FileLayer]:
    return [FileLayer(name, "", tuple(held)) for name, held in arrays.items()]


def test_everything_that_does_not_fit_is_told(tmp_path: Path) -> None:
    arrays, _ = drawn("keras_mobilenet_v2")
    arrays["block_1_expand_BN"] = [*arrays["block_1_expand_BN"][:3], np.zeros(5)]
    del arrays["block_3_project"]
    said = refusal("keras_mobilenet_v2", layers_of({"before": [np.zeros((2, 3))], **arrays}))
    assert said.splitlines()[1:] == [
        "weights without a tensor:",
        "  encoder_level2_block2_expand_norm.moving_variance (96,): 'block_1_expand_BN.moving_variance' is "
        "(5,), that is (5,)",
        "  encoder_level3_block4_project.kernel (1, 1, 144, 32): no tensor 'block_3_project.kernel'",
        "tensors without a layer:",
        "  before.0 (2, 3)",
    ]


def test_the_kind_that_would_fit_is_named() -> None:
    small = layers_of(drawn(SMALL)[0])
    assert refusal("keras_mobilenet_v3_large", small).endswith(f"\nit fits the encoder {SMALL}")
    said = refusal("mobilenet_v3_small", small)
    assert said == f"mobilenet_v3_small is for files of PyTorch\nit fits the encoder {SMALL}"
    state = tensors(resnet_shapes((2, 2, 2, 2)))
    assert refusal("keras_resnet50", state).endswith("is for files of Keras\nit fits the encoder resnet18")
    assert refusal("resnet34", state).endswith("\nit fits the encoder resnet18")
    with pytest.raises(
        ConfigError, match=r"must be a file of Keras for this kind .*; for that .* use resnet50"
    ):
        design("a.pth", kind="keras_resnet50")
    with pytest.raises(ConfigError, match=r"must be a file of PyTorch for this kind .* use keras_resnet50"):
        design("a.h5", kind="resnet50")


MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.mark.parametrize(
    ("mean", "variance", "is_usual"),
    [
        (np.zeros(3), np.ones(3), True),
        (MEAN, DEVIATION, True),
        (MEAN, DEVIATION**2, True),
        (MEAN, np.ones(3), False),
        (np.array([120.0]), np.array([50.0]), False),
    ],
)
def test_a_normalization_of_other_images_is_refused(mean: Array, variance: Array, is_usual: bool) -> None:
    arrays, _ = drawn("keras_efficientnet_b0")
    held = layers_of({"normalization_2": [mean, variance, np.array(0)], **arrays})
    if is_usual:
        assert read_encoder(chosen("keras_efficientnet_b0"), held).left_out == ("normalization_2",)
    else:
        assert "normalization_2 normalizes images with a mean of" in refusal("keras_efficientnet_b0", held)


def changed(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        named({"a": [("a/kernel:0", np.zeros((2, 2)))]}, file)
        with h5py.File(file, "a") as held:
            change(held)

    return write


def elsewhere(held: h5py.File) -> None:
    held["b"] = h5py.ExternalLink("other.h5", "/")


def outside(held: h5py.File) -> None:
    held["a"].create_dataset("b", shape=(10,), dtype="u1", external=[("/etc/passwd", 0, 10)])


def again(held: h5py.File) -> None:
    held["a/b"] = held["/"]


def huge(held: h5py.File) -> None:
    held.create_dataset("b", shape=(10**9,), dtype="f8", chunks=(10**6,))


def in_large_pieces(held: h5py.File) -> None:
    held.create_dataset("b", shape=(1,), maxshape=(None,), dtype="f8", chunks=(10**8,))


def referring(held: h5py.File) -> None:
    held.attrs["layer_names"] = np.array([held["a"].ref], h5py.ref_dtype)


def of_references(held: h5py.File) -> None:
    held["a"].attrs["weight_names"] = [b"b"]
    held["a"].create_dataset("b", data=np.array([held["a"].ref], h5py.ref_dtype))


def of_texts(held: h5py.File) -> None:
    held["a"].attrs["weight_names"] = [b"b"]
    held["a"].create_dataset("b", data=[b"text"])


def unnamed(held: h5py.File) -> None:
    held.attrs["layer_names"] = [b"b"]


def without_array(held: h5py.File) -> None:
    held["a"].attrs["weight_names"] = [b"c"]


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (changed(elsewhere), "refer to something outside of them"),
        (changed(outside), "lie in another file"),
        (changed(again), "have no end"),
        (changed(huge), "claim to be 7.451 GiB in"),
        (changed(in_large_pieces), "claim to be 762.9 MiB in"),
        (changed(referring), "its attribute 'layer_names' is not a list of names"),
        (changed(of_references), "'/a/b' is not an array of numbers"),
        (changed(of_texts), "'/a/b' is not an array of numbers"),
        (changed(unnamed), "has no group 'b', which its layer_names name"),
        (changed(without_array), "has no array 'c', which is named in 'a'"),
        (lambda file: numbered({"weights/a": [np.zeros(2)]}, file), "it has neither layer_names nor layers"),
        (lambda file: file.write_bytes(b"weights"), "is not an HDF5 file, or a damaged one"),
    ],
)
def test_what_is_not_sound_is_refused(write: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.h5"
    write(file)
    with pytest.raises(UnetgenError) as caught:
        read_keras(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)
