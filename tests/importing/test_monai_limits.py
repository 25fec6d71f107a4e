"""What MONAI computes and a config cannot express is refused by MONAI's own name for it."""

from __future__ import annotations

import pytest

import unetgen
from tests.parity.originals import MONAI_NAMES, read
from unetgen.errors import UnetgenError
from unetgen.importing.families import recognized
from unetgen.importing.monai_limits import require_expressible, require_same_padding


@pytest.mark.parametrize("name", MONAI_NAMES)
def test_what_can_be_expressed_is_not_refused(name: str) -> None:
    original = read(name)
    family = recognized(original.tensors).name
    require_expressible(family, original.tensors)
    require_same_padding(family, unetgen.plan(unetgen.load(original.config)))


@pytest.mark.parametrize(
    ("family", "tensor", "said"),
    [
        # Names of tensors as MONAI 1.6.1 gives them.
        (
            "BasicUNet",
            "upcat_4.upsample.preconv.weight",
            "MONAI BasicUNet with upsample='nontrainable' cannot",
        ),
        (
            "BasicUNet",
            "upcat_1.upsample.pixelshuffle.conv_block.weight",
            "MONAI BasicUNet with upsample='pixelshuffle' cannot",
        ),
        (
            "SegResNet",
            "up_samples.0.1.pixelshuffle.conv_block.weight",
            "MONAI SegResNet with upsample_mode='pixelshuffle' cannot",
        ),
        ("SegResNet", "vae_fc1.weight", "MONAI SegResNet with SegResNetVAE cannot"),
    ],
)
def test_tensors_tell_what_cannot_be_expressed(family: str, tensor: str, said: str) -> None:
    with pytest.raises(UnetgenError) as caught:
        require_expressible(f"MONAI {family}", [tensor])
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("name", "overrides", "said"),
    [
        (
            "monai_unet_2d",
            ["down.size=[3,2]", "input.shape=[9,8]"],
            "(here decoder_level1_up, head_up)",
        ),
        (
            "monai_attention_unet_2d",
            ["down.size=[[3,3],[2,2]]", "input.shape=[12,12]"],
            "(here decoder_level0_up)",
        ),
        (
            "monai_dynunet_2d",
            ["down.size=[[3,3],[2,2]]", "input.shape=[12,12]"],
            "(here encoder_level1_conv1)",
        ),
    ],
)
def test_strides_of_three_are_refused_where_monai_pads_otherwise(
    name: str, overrides: list[str], said: str
) -> None:
    original = read(name)
    plan = unetgen.plan(unetgen.load(original.config, overrides))
    family = recognized(original.tensors).name
    with pytest.raises(UnetgenError) as caught:
        require_same_padding(family, plan)
    start = f"{family} with strides of more than 2 cannot be expressed as a config: its "
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(said)


def test_other_networks_take_any_strides() -> None:
    plan = unetgen.plan(unetgen.load(read("monai_unet_2d").config, ["down.size=3", "input.shape=[9,9]"]))
    require_same_padding("MONAI SegResNet", plan)
