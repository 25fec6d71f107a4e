"""Printed sources are formatted, clean, and import one package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emit.source.sources import PRINTERS, WIDTH, complaints, imported, of_all_ops
from tests.tiers import thorough
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import load_design
from unetgen.emit.source.keras_helpers import HELPERS, keras_helpers
from unetgen.emit.source.torch_helpers import HELPERS as TORCH_HELPERS
from unetgen.emit.source.torch_helpers import torch_helpers

SOME = ("unet3d_depth2", "attention_unet", "r2unet", "u2netp", "nnunet_prostate_3d", "unet_3_plus")


def assert_clean(texts: dict[str, str], folder: Path) -> None:
    assert complaints(folder, texts) == ""
    for name, text in texts.items():
        assert imported(text) == {name.rpartition("_")[2]}
        assert max(map(len, text.splitlines())) <= WIDTH


def test_sources_of_all_ops_are_formatted_and_clean(tmp_path: Path) -> None:
    designs = {
        f"all{dims}_{free}_{data_format}": of_all_ops(dims, data_format, free)
        for dims in (1, 2, 3)
        for free in (False, True)
        for data_format in ("channels_last", "channels_first")
    }
    designs |= {name: load_design(name, []) for name in SOME}
    texts = {
        f"{name}_{framework}": print_source(design)
        for name, design in designs.items()
        for framework, print_source in PRINTERS.items()
    }
    assert_clean(texts, tmp_path)


@thorough
@pytest.mark.parametrize("framework", PRINTERS)
def test_sources_of_all_bundled_configs_are_formatted_and_clean(framework: str, tmp_path: Path) -> None:
    texts = {
        f"{name}_{framework}": PRINTERS[framework](load_design(str(name), [])) for name in bundled_configs()
    }
    assert_clean(texts, tmp_path)


def test_every_helper_is_formatted_and_clean(tmp_path: Path) -> None:
    names = [name for name in HELPERS if name != "CONV"]
    names += [f"ChannelsFirstConv{dims}D{kind}" for dims in (1, 2, 3) for kind in ("", "Transpose")]
    texts = {
        f"{data_format}_keras": _file(
            "import keras\nfrom keras import layers, ops", keras_helpers(names, data_format)
        )
        for data_format in ("channels_last", "channels_first")
    }
    for dims in (1, 2, 3):
        helpers = torch_helpers(TORCH_HELPERS, dims)
        texts[f"of{dims}_torch"] = _file("import torch\nfrom torch import Tensor, nn", helpers)
    assert_clean(texts, tmp_path)


def _file(imports: str, helpers: list[str]) -> str:
    return "\n\n\n".join([f'"""Helpers."""\n\n{imports}', *helpers]) + "\n"
