"""What the sentences say of a network follows the config, whatever it combines."""

from __future__ import annotations

import pytest

from unetgen.analysis.summary import Summary
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import load_design
from unetgen.emit.prose.citations import BibEntry
from unetgen.emit.prose.description import description
from unetgen.emit.prose.english import Phrase


def said(config: str, *overrides: str) -> list[str]:
    return [plain(sentence) for sentence in description(Summary(load_design(config, overrides)))]


def plain(sentence: Phrase) -> str:
    return "".join(f"[{part.key}]" if isinstance(part, BibEntry) else part for part in sentence)


def test_the_article_s_network() -> None:
    assert said("unet3d_depth2") == [
        "The network is a 3D U-Net[ronneberger2015unet] with two levels of resolution",
        "Each level of the encoder and the decoder has a block[ronneberger2015unet] of two 3×3×3 "
        "convolutions, each followed by ReLU",
        "From the finest level to the coarsest the encoder has 64 and 128 channels",
        "Levels are joined by 2×2×2 max pooling on the way down and by nearest-neighbour up-sampling by 2 "
        "on the way up",
        "On each level the features of the encoder are concatenated with those of the decoder"
        "[ronneberger2015unet]",
        "The head has a 1×1×1 convolution and a sigmoid for three classes",
        "The network has 833,507 parameters",
        "For an input of 160×160×16 voxels with four channels it takes 222.3 billion multiply-accumulate "
        "operations",
        "The receptive field is 18×18×18 voxels",
        "It is trained by Adam[kingma2015adam] with a learning rate of 0.00001, to minimize categorical "
        "cross-entropy",
    ]


SAID = [
    (
        "smp_linknet_resnet34",
        "by 1×1 convolutions, followed by 4×4 transposed convolutions with a stride of 2, followed by "
        "1×1 convolutions[chaurasia2017linknet], on the way up",
    ),
    (
        "monai_mednext_s",
        "by 3×3×3 depthwise transposed convolutions with a stride of 2, followed by 1×1×1 convolutions, "
        "followed by 1×1×1 convolutions, added to 1×1×1 transposed convolutions with a stride of 2 of its "
        "input[roy2023mednext], on the way up",
    ),
    (
        "quickstart2d skip={kind:concat,squeeze_excitation:both}",
        "and passed through squeeze and excitation",
    ),
    ("quickstart2d depth=3", "a 2D U-Net[ronneberger2015unet] with three levels of resolution"),
    ("unet_plus_plus", "a 2D UNet++[zhou2018unetplusplus][zhou2020unetplusplus] with five levels"),
    ("u2net", "of resolution, after earlier work[qin2020u2net][xuebinqin_u2net]"),
    (
        "quickstart2d block=bottleneck",
        "a bottleneck block[he2016residual] of three convolutions with 1×1 and 3×3 kernels",
    ),
    ("monai_segresnet3d", "one to four residual blocks[he2016residual][he2016identity] of two 3×3×3"),
    ("u2net", "a residual U-block[qin2020u2net] of eight to 14 3×3 convolutions"),
    (
        "quickstart2d decoder.convs=1",
        "level of the decoder has a block[ronneberger2015unet] of one 3×3 convolution",
    ),
    ("quickstart2d decoder.convs=1", "Each of their convolutions is followed by batch normalization"),
    ("quickstart2d norm={kind:group,groups:4}", "by group normalization with 4 groups[wu2018group] and ReLU"),
    (
        "nnunet_hippocampus_2d",
        "by instance normalization[ulyanov2016instance] and LeakyReLU with a slope of 0.01",
    ),
    ("quickstart2d order=[activation,conv] norm=none", "each preceded by ReLU"),
    ("resunet", "each preceded by batch normalization[ioffe2015batch] and ReLU"),
    ("quickstart2d block=residual", "The blocks use batch normalization[ioffe2015batch] and ReLU"),
    (
        "quickstart2d block=[plain,residual,residual,none]",
        "Levels 1 and 2 of the encoder have a residual block[he2016residual][he2016identity] of two 3×3",
    ),
    ("quickstart2d block=[plain,residual,residual,none]", "Level 3 of the encoder has no block"),
    ("quickstart2d decoder.block=none", "Levels 0, 1 and 2 of the decoder have no block"),
    ("quickstart2d skip=none", "There are no skips between the encoder and the decoder"),
    ("quickstart2d skip=[none,concat,add]", "On level 0 the decoder takes nothing of the encoder"),
    (
        "quickstart2d skip=[none,concat,add]",
        "On level 2 the features of the encoder are added to those of the decoder[chaurasia2017linknet]",
    ),
    (
        "quickstart2d depth=3 down=[max_pool,{kind:strided_conv,into_block:true}]",
        "by 2×2 max pooling or by a stride of 2 in the first convolution of the next block on the way down",
    ),
    (
        "quickstart2d norm=[none,batch,batch,instance]",
        "The blocks use ReLU, batch normalization",
    ),
    ("quickstart2d dropout=[0.1,0.2,0.2,0.3]", "In training there is dropout with rates of 0.1 to 0.3"),
    ("quickstart2d block={kind:residual,squeeze_excitation:{}}", "The blocks use squeeze and excitation"),
    ("monai_basic_unet2d", "64, 128, 256, 512 and 1,024 channels, and the decoder 128, 128, 256 and 512"),
    ("quickstart2d down=average_pool", "2×2 average pooling on the way down"),
    ("quickstart2d down=strided_conv", "convolutions with a stride of 2[milletari2016vnet] on the way down"),
    ("resunet", "a stride of 2 in the first convolution of each block on the way down"),
    ("quickstart2d up=linear", "by bilinear up-sampling by 2 on the way up"),
    ("quickstart2d up=pixel_shuffle", "a pixel shuffle by 2[shi2016subpixel], on the way up"),
    ("attention_unet", "by nearest-neighbour up-sampling by 2, followed by 3×3 convolutions, on the way up"),
    (
        "unet3d_depth3 down.size=[[2,2,1],[2,2,2]] up={kind:nearest,conv:3}",
        "by 2, followed by 3×3×3 convolutions, or by nearest-neighbour up-sampling by 2×2×1, followed",
    ),
    ("nnunet_prostate_3d", "1×2×2 transposed convolutions with a stride of 1×2×2 or 2×2×2 transposed"),
    ("quickstart2d skip=attention", "are weighted by attention gates[oktay2018attention] and concatenated"),
    (
        "quickstart2d skip=fusion_attention",
        "are concatenated with those of the decoder, which channel gates of both weigh[fan2020manet]",
    ),
    ("quickstart2d bottleneck=pyramid_pooling", "ends with pyramid pooling[zhao2017pspnet]"),
    ("quickstart2d bottleneck=position_attention", "ends with position attention[fan2020manet]"),
    ("quickstart2d skip=add", "are added to those of the decoder[chaurasia2017linknet]"),
    ("unet2d_2015", "are cropped and concatenated with those of the decoder"),
    ("unet_plus_plus", "each node takes the outputs of all earlier nodes of its level"),
    ("unet_3_plus", "The decoder also takes features of other levels than its own"),
    ("quickstart2d stem=7", "A 7×7 convolution stands before the first block"),
    ("quickstart2d bottleneck=aspp", "ends with atrous spatial pyramid pooling[chen2017deeplabv3]"),
    (
        "unet2d_baseline resize=pad_and_crop input.shape=[50,50]",
        "padded with zeros, and the output is cropped",
    ),
    (
        "unet3d_depth3 head.deep_supervision={levels:1,fuse:sum}",
        "on one further level[lee2015deeply] are summed",
    ),
    ("unet3d_depth3 head.deep_supervision=2", "Heads on two further levels[lee2015deeply] are trained too"),
    (
        "cellpose",
        "A block of the decoder stands on the bottom too. The bottom, pooled over all positions by its ",
    ),
    ("multires_unet", "are passed through residual convolutions and concatenated with those of the decoder"),
    ("care", "The input is added to the output[weigert2018care]. The network has"),
    (
        "quickstart2d input.channels=2 head.residual=input padding=valid input.shape=[188,188]",
        "The input, cropped to the same size, is added to the output[weigert2018care] before the softmax",
    ),
    ("vnet", "The head has 1×1×1 and 5×5×5 convolutions and a softmax for two classes"),
    (
        "quickstart2d tasks=[{name:edges,num_classes:1},{name:kind,num_classes:4,decoder:pooled}]",
        "Further outputs are edges (one class) and kind (four classes of the whole image)",
    ),
    ("quickstart2d", "484,578 parameters, 1,408 of them not trained"),
    ("unet2d_2015", "150.4 billion multiply-accumulate operations; the output has 388×388 pixels"),
    (
        "quickstart2d compile.optimizer={kind:adamw,learning_rate:"
        "{kind:cosine_decay,initial_learning_rate:1,decay_steps:9}}",
        "by AdamW[loshchilov2019adamw] with a learning rate that follows a cosine decay, to",
    ),
    ("unet2d_2015", "by SGD with momentum 0.99 and a learning rate of 0.01, to minimize categorical"),
    ("unet_plus_plus", "the weighted sum of binary cross-entropy (weight 0.5) and Dice loss"),
    ("unet2d_baseline input.shape=[64]", "a size-1 convolution and a sigmoid"),
    (
        "quickstart2d input.reference=[128,128]",
        "For an input of 128×128 pixels with one channel it takes 575.4",
    ),
    ("quickstart2d", "It takes multiples of 8 on every axis. The receptive"),
    ("quickstart2d input.shape=[null,null] resize=centre_crop", "are cropped and concatenated with those"),
    (
        "quickstart2d input.shape=[null,null] resize=resize_to_skip up=linear",
        "by bilinear up-sampling by 2 on",
    ),
    ("unet2d_baseline input.shape=[64]", "For an input of 64 positions with one channel"),
]
"""A config with overrides, and some of what is said of it."""


@pytest.mark.parametrize(("written", "words"), SAID)
def test_a_field_is_told(written: str, words: str) -> None:
    config, *overrides = written.split()
    assert words in ". ".join(said(config, *overrides))


@pytest.mark.parametrize("config", sorted(bundled_configs()))
def test_every_bundled_config_is_told_in_whole_sentences(config: str) -> None:
    sentences = said(config)
    assert len(sentences) >= 9
    for sentence in sentences:
        assert sentence[0].isupper()
        assert not sentence.endswith((" ", ".", ","))
        assert "  " not in sentence
        assert " ," not in sentence
        assert "None" not in sentence
        assert "_" not in sentence.replace("[", " [").split(" [")[0]
