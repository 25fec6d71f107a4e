"""Checkpoints become Keras models. PyTorch is neither needed nor there."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.parity.originals import Array, read
from tests.weights import written
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.errors import UnetgenError
from unetgen.importing import monai, nnunet_weights, originals
from unetgen.importing.checkpoint import ImportedWeights, import_weights
from unetgen.importing.families import NNUNET
from unetgen.model.building import assign
from unetgen.weights.transplant import transplant

ARGUMENTS = {
    "n_stages": 4,
    "features_per_stage": [4, 6, 8, 8],
    "conv_op": "torch.nn.modules.conv.Conv2d",
    "kernel_sizes": [[3, 3]] * 4,
    "strides": [[1, 1], [2, 2], [2, 2], [2, 1]],
    "n_conv_per_stage": [2, 2, 2, 2],
    "n_conv_per_stage_decoder": [1, 2, 2],
    "conv_bias": True,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
    "norm_op_kwargs": {"eps": 1e-05, "affine": True},
    "nonlin": "torch.nn.LeakyReLU",
    "nonlin_kwargs": {"inplace": True},
}
INIT = {
    "plans": {
        "configurations": {
            "2d": {
                "patch_size": [24, 12],
                "architecture": {
                    "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                    "arch_kwargs": ARGUMENTS,
                },
            }
        }
    },
    "configuration": "2d",
    "dataset_json": {"channel_names": {"0": "a", "1": "b"}, "labels": {"background": 0, "x": 1, "y": 2}},
}


Run = Callable[..., ImportedWeights]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Import what a file holds; no package of an original is installed."""

    def imported(
        held: Mapping[str, Array],
        source: str = "nnunet",
        config: Any = None,
        overrides: tuple[str, ...] = (),
        unchecked: bool = True,
        **beside: Any,
    ) -> Any:
        written.archive(held, tmp_path / "a.pth", **beside)
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        config = None if config is None else str(config)
        out = tmp_path / "a.keras"
        return import_weights(tmp_path / "a.pth", source, config, overrides, out, unchecked)

    yield imported
    assert {file.name for file in tmp_path.iterdir()} <= {"a.pth", "a.keras"}


def tensors(name: str, prefix: str = "") -> dict[str, Array]:
    return {prefix + key: array.astype(np.float16) for key, array in read(name).tensors.items()}


def computed(file: Path, name: str) -> list[Array]:
    model = keras.saving.load_model(file, compile=False)
    found = model(np.moveaxis(read(name).x, 0, -1)[None], training=False)
    return [np.asarray(each)[0] for each in (found if isinstance(found, list | tuple) else [found])]


def softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(0))
    return np.moveaxis(raised / raised.sum(0), 0, -1)


@pytest.mark.parametrize("prefix", ["", "module._orig_mod."])
def test_an_nnunet_checkpoint_says_its_own_config(prefix: str, run: Run, tmp_path: Path) -> None:
    name = "nnunet_plain_2d"
    found = run(tensors(name, prefix), init_args=INIT, current_epoch=3)
    assert found.difference is None
    assert found.not_checked == (
        "the original network is not installed to compare with (pip install dynamic-network-architectures)"
    )
    assert json.dumps(found.as_dict())
    if prefix:
        outputs = computed(tmp_path / "a.keras", name)
        for output, wanted in zip(outputs, read(name).outputs, strict=True):
            np.testing.assert_allclose(output, softmax(wanted), atol=1e-5)


def test_what_cannot_be_checked_is_not_written(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UnetgenError) as caught:
        run(tensors("nnunet_plain_2d"), init_args=INIT, unchecked=False)
    assert str(caught.value) == (
        f"{tmp_path / 'a.pth'}: nothing was written, because the original network is not installed to "
        "compare with (pip install dynamic-network-architectures); --unchecked writes it anyway"
    )
    assert not (tmp_path / "a.keras").exists()


def test_an_original_that_does_not_take_the_tensors_is_no_check(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(self: Any, given: Any) -> Any:
        raise RuntimeError("size mismatch for conv\nmore")

    monkeypatch.setattr(originals.Original, "load", load)
    original = originals.Original("MONAI", lambda: None)
    monkeypatch.setattr(monai, "monai_original", lambda *_: original)
    name = "monai_vnet_2d"
    with pytest.raises(
        UnetgenError,
        match="because MONAI's own network does not take these tensors: size mismatch for conv more",
    ):
        run(tensors(name), "monai", read(name).config, unchecked=False)
    assert not (tmp_path / "a.keras").exists()
    assert run(tensors(name), "monai", read(name).config).checked_with is None


def test_weights_may_be_held_within_what_is_held(run: Run, tmp_path: Path) -> None:
    name = "monai_unet_2d"
    found = run(tensors(name, "_model."), "monai", read(name).config, model={"epoch": 3})
    assert found.family == "MONAI UNet"


@pytest.mark.parametrize("holder", [None, "state_dict"])
def test_a_monai_checkpoint_needs_a_config(holder: str | None, run: Run, tmp_path: Path) -> None:
    name = "monai_unet_2d"
    found = run(tensors(name), "monai", read(name).config, **({} if holder is None else {"epoch": 3}))
    assert found.family == "MONAI UNet"
    if holder is None:
        (output,) = computed(tmp_path / "a.keras", name)
        np.testing.assert_allclose(output, np.moveaxis(read(name).outputs[0], 0, -1), atol=1e-4)
        with pytest.raises(UnetgenError, match="holds no architecture: name it with --config"):
            run(tensors(name), "monai")


@pytest.mark.parametrize(("spoil", "refused"), [(1e-5, False), (0.1, True), (np.nan, True)])
def test_a_model_that_computes_something_else_is_not_written(
    spoil: float, refused: bool, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = originals.Original("the original", lambda: None)
    monkeypatch.setattr(nnunet_weights, "nnunet_original", lambda *_: original)

    def load(self: Any, given: Any) -> Any:
        def compute(x: Array) -> list[Array]:
            shape = ",".join(str(size) for size in x.shape[2:])
            plan = unetgen.plan(unetgen.load(read("nnunet_plain_2d").config, [f"input.shape=[{shape}]"]))
            model = build(plan, "original", Emission("channels_last"))
            assign(model, transplant(plan, given, NNUNET))
            outputs = [np.moveaxis(np.array(each), -1, 1) for each in model(np.moveaxis(x, 1, -1))]
            outputs[1] += spoil * np.abs(outputs[1]).max()
            return outputs

        return compute

    monkeypatch.setattr(originals.Original, "load", load)
    held = tensors("nnunet_plain_2d")
    if refused:
        with pytest.raises(UnetgenError, match="outputs differ from the original's by"):
            run(held, unchecked=True, init_args=INIT)
        assert not (tmp_path / "a.keras").exists()
    else:
        assert run(held, unchecked=False, init_args=INIT).difference == pytest.approx(spoil, abs=3e-6)
        assert (tmp_path / "a.keras").exists()


ANYTHING = {"a": np.zeros(2, np.float32)}


@pytest.mark.parametrize(
    ("held", "beside", "expected"),
    [
        ({}, {}, "holds no tensors at its top or under state_dict, "),
        (ANYTHING, {}, "init_args: missing; is it a checkpoint of nnU-Net v2?"),
        (
            {"conv_blocks_context.0.blocks.0.conv.weight": np.zeros(2, np.float32)},
            {},
            "is a checkpoint of nnU-Net v1, which is not read; train the network with nnU-Net v2; its",
        ),
        (
            ANYTHING,
            {"init_args": {**INIT, "configuration": "3d"}},
            "init_args.plans.configurations: there is no configuration '3d'; this file has 2d",
        ),
    ],
    ids=["empty", "no plans", "v1", "no configuration"],
)
def test_what_is_no_checkpoint_is_refused(
    held: dict[str, Array], beside: dict[str, Any], expected: str, run: Run, tmp_path: Path
) -> None:
    with pytest.raises(UnetgenError) as caught:
        run(held, **beside)
    assert str(caught.value).startswith(f"{tmp_path / 'a.pth'}: {expected}")
    assert not (tmp_path / "a.keras").exists()


def test_importing_needs_no_pytorch() -> None:
    code = "import sys, unetgen.importing.checkpoint; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
