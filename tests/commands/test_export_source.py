"""`unetgen export` as source: with a trained model's weights, and refused before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.emit.source.sources import predicted, run
from tests.hostile.conftest import Unetgen, refused
from unetgen.config.loader import load_design
from unetgen.model.building import build_model
from unetgen.model.running import give_random_weights, random_input
from unetgen.model.saving import write_with_config

OVERRIDES = ("depth=2", "base_filters=2", "input.shape=[8,8]", "activation=prelu", "norm=batch")
EXPORT = ("export", "quickstart2d", *OVERRIDES)
NO_TORCH = "PyTorch is not installed here: pip install 'unetgen[torch]'"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights, as if trained, channels first inside and out."""
    file = tmp_path_factory.mktemp("trained") / "trained.keras"
    design = load_design("quickstart2d", [*OVERRIDES, "input.data_format=channels_first"])
    model = build_model(design)
    give_random_weights(model)
    write_with_config(model, design.config, file)
    return file


def test_the_weights_beside_a_keras_source_fit_it(unetgen: Unetgen, tmp_path: Path, trained: Path) -> None:
    from unetgen.model.loading import loaded

    done = unetgen(
        *("export", str(trained), "--format", "keras-source"),
        *("--out", "unet.py", "--weights", str(trained)),
    )
    assert (done.code, done.out, done.err) == (0, "unet.py, unet.weights.h5: keras-source\n", "")
    built = run((tmp_path / "unet.py").read_text(encoding="utf-8"))["build_model"]()
    built.load_weights(tmp_path / "unet.weights.h5")
    model = loaded(trained)
    x = random_input(model)
    for output, expected in zip(predicted(built, x), predicted(model, x), strict=True):
        np.testing.assert_array_equal(output, expected)


def test_weights_go_to_pytorch_and_back(unetgen: Unetgen, tmp_path: Path, trained: Path) -> None:
    torch = pytest.importorskip("torch", reason=NO_TORCH)
    from unetgen.model.loading import loaded

    config = (*EXPORT[1:], "input.data_format=channels_first")
    beside = ("--out", "unet.py", "--weights", str(trained))
    assert unetgen("export", *config, "--format", "torch-source", *beside).code == 0
    network = run((tmp_path / "unet.py").read_text(encoding="utf-8"))["UNet"]()
    network.load_state_dict(torch.load(tmp_path / "unet.pt"))
    torch.save(
        {"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, tmp_path / "on.pt"
    )
    back = ("import", "weights", "on.pt", "--from", "unetgen-torch", "--config", *config[:1])
    done = unetgen(*back, "--out", "back.keras", *config[1:], "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["checked_with"] == "the printed source"
    pairs = zip(loaded(tmp_path / "back.keras").get_weights(), loaded(trained).get_weights(), strict=True)
    assert all(np.array_equal(mine, theirs) for mine, theirs in pairs)


def test_without_pytorch_the_error_names_the_extra(
    unetgen: Unetgen, tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    beside = ("--out", "unet.py", "--weights", str(trained))
    done = unetgen("export", str(trained), "--format", "torch-source", *beside)
    refused(done, "writing a state_dict needs PyTorch: pip install 'unetgen[torch]'")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_do_not_fit_are_refused_and_nothing_is_written(
    unetgen: Unetgen, tmp_path: Path, trained: Path
) -> None:
    beside = ("--out", "unet.py", "--weights", str(trained))
    done = unetgen(*EXPORT, "base_filters=4", "--format", "keras-source", *beside)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[:2] == [
        f"{trained}: does not fit the config:",
        "encoder_level0_conv1: must have [(3, 3, 1, 4), (4,)] (got [(3, 3, 1, 2), (2,)])",
    ]
    assert list(tmp_path.iterdir()) == []


def test_what_weights_cannot_be_for_is_refused(unetgen: Unetgen, tmp_path: Path, trained: Path) -> None:
    weights = ("--weights", str(trained))
    done = unetgen(*EXPORT, "--format", "mermaid", "--out", "a.mmd", *weights)
    refused(done, "--weights is for keras-source and torch-source, and mermaid has none")
    done = unetgen(*EXPORT, "--format", "keras-source", *weights)
    refused(done, "--weights writes a file beside the source; name that with --out FILE")
    done = unetgen("export", str(trained), "--out", "a.onnx", *weights)
    refused(done, "--weights is for sources; onnx has the model's own")
    (tmp_path / "unet.weights.h5").touch()
    done = unetgen(*EXPORT, "--format", "keras-source", "--out", "unet.py", *weights)
    refused(done, "unet.weights.h5: is there already; remove it first, or name another")
    assert [file.name for file in tmp_path.iterdir()] == ["unet.weights.h5"]
