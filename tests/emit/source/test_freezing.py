"""What a config freezes does not learn in printed sources either."""

from __future__ import annotations

import pytest

from tests.config.test_frozen import BOTTLENECK, STEM, UNITS, design
from tests.emit.source.sources import run
from unetgen.emit.source.freezing import beginnings
from unetgen.emit.source.keras import keras_source
from unetgen.emit.source.torch import torch_source


def test_names_are_told_by_whole_words_that_no_other_begins_with() -> None:
    assert beginnings(["encoder_level1_conv"], ["encoder_level10_conv", "head"]) == ["encoder_level1_"]
    assert beginnings(["encoder_level1.conv", "encoder_level2.conv"], ["head"]) == ["encoder_"]
    assert beginnings(["head"], ["encoder"]) == ["head"]


def test_sources_name_what_is_frozen_and_nothing_where_all_learns() -> None:
    for whole, names in (
        (design(True), '"encoder_"'),
        (design([1]), '"encoder_level1_"'),
        (
            design(True, **BOTTLENECK),
            '("encoder_level1_", "encoder_level2_block1_", "encoder_level2_block2_")',
        ),
    ):
        assert f"    frozen = {names}\n" in keras_source(whole)
        assert f"    frozen = {names}\n" in torch_source(whole)
    assert "frozen" not in keras_source(design()) + torch_source(design())


def test_pytorch_trains_all_but_what_is_frozen_and_its_statistics() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed here")
    network = run(torch_source(design(True)))["UNet"]()
    fixed = sum(each.numel() for each in network.parameters() if not each.requires_grad)
    assert fixed == STEM + UNITS
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), 0.01)
    for _ in range(3):
        optimizer.zero_grad()
        network.train()(torch.randn(2, 3, 32, 32))[:, 0].log().mean().backward()
        optimizer.step()
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]) == name.startswith("encoder_")
