from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen

KEYS = {  # docs: the design, section 3
    "name", "fingerprint", "digest", "params", "macs", "input_shape", "output_shapes", "receptive_field",
    "size_multiple", "memory", "layers",
}  # fmt: skip


def test_json_is_one_object_with_the_promised_keys(unetgen: Unetgen) -> None:
    outcome = unetgen("show", "unet3d_depth2", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    described = json.loads(outcome.out)
    assert described.keys() >= KEYS
    assert described["params"].keys() == {"total", "trainable", "non_trainable"}
    assert described["memory"].keys() >= {"weights_bytes", "inference_bytes", "train_bytes"}
    assert all(
        layer.keys() >= {"name", "op", "scope", "output_shape", "params", "macs"}
        for layer in described["layers"]
    )


def test_the_numbers_of_the_article(unetgen: Unetgen) -> None:
    """833,507 parameters and 18 layers: counted in Keras, not here."""
    described = json.loads(unetgen("show", "unet3d_depth2", "--json").out)
    assert described["params"] == {"total": 833507, "trainable": 833507, "non_trainable": 0}
    assert len(described["layers"]) == 18
    assert described["input_shape"] == [4, 160, 160, 16]
    assert described["output_shapes"] == [[3, 160, 160, 16]]
    assert sum(layer["params"] for layer in described["layers"]) == 833507
    assert sum(layer["macs"] for layer in described["layers"]) == described["macs"]
    assert described["memory"]["weights_bytes"] == 4 * 833507
    assert described["memory"]["batch"] == 1


def test_a_batch_needs_more_memory_but_no_more_weights(unetgen: Unetgen) -> None:
    one, eight = (
        json.loads(unetgen("show", "quickstart2d", "--json", "--batch", batch).out)["memory"]
        for batch in ("1", "8")
    )
    assert eight["weights_bytes"] == one["weights_bytes"]
    assert eight["inference_bytes"] > one["inference_bytes"]
    assert eight["train_bytes"] > one["train_bytes"]


def test_a_file_and_a_bundled_name(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    assert unetgen("show", "mine.yaml").out.startswith("mine: 64×64×1 to 64×64×2, channels_last\n")
    assert unetgen("show", "unet2d_2015").out.startswith("unet2d_2015: 572×572×1 to 388×388×2")


@pytest.mark.parametrize("option", [[], ["--levels"]])
def test_levels_leave_the_layers_out(option: list[str], unetgen: Unetgen) -> None:
    text = unetgen("show", "quickstart2d", *option).out
    assert ("conv1_activation" in text) == (not option)
    assert "level 3" in text
    assert "receptive field" in text


def test_nothing_is_written(tmp_path: Path, unetgen: Unetgen) -> None:
    unetgen("show", "quickstart2d", "depth=3")
    assert list(tmp_path.iterdir()) == []
