"""The shortest config says the same as the whole one."""

from __future__ import annotations

import pytest

from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import from_dict, load_design
from unetgen.config.lowering import lower
from unetgen.config.shortest import shortest

NAMES = [str(name) for name in bundled_configs()]


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_the_same_config_and_says_nothing_twice(name: str) -> None:
    config = load_design(name, []).config
    data = shortest(config)
    assert lower(from_dict(data)).config == config
    for key in data.keys() - {"input", "depth", "num_classes"}:
        rest = {other: value for other, value in data.items() if other != key}
        try:
            again = lower(from_dict(rest)).config
        except Exception:
            continue
        assert again != config, key


def test_the_article_s_is_as_short_as_its_file() -> None:
    assert shortest(load_design("unet3d_depth2", []).config) == {
        "name": "unet3d_depth2",
        "source": "A depth-2 3D U-Net by hand in Keras (4x160x160x16 brain volumes, 3 classes)",
        "input": {"shape": [160, 160, 16], "channels": 4, "data_format": "channels_first"},
        "depth": 2,
        "base_filters": 32,
        "conv_widths": [1, 2],
        "skip": {"kind": "concat", "axis": 1},
        "num_classes": 3,
        "head": {"activation": "sigmoid"},
        "compile": {
            "loss": "categorical_crossentropy",
            "optimizer": {"kind": "adam", "learning_rate": 1e-5},
            "metrics": ["categorical_accuracy"],
        },
    }
