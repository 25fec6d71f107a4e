"""The examples of the config reference: one for every field of a section and for every kind.

Each is laid over `BASE` and loaded by a test. A new field of a section, loss or metric needs its row here. A
kind of any other part needs one only where its defaults are not the best example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.config.schema.documentation import one_line
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.part import Part, kind_of

BASE: Mapping[str, Any] = {"input": {"shape": [64, 64]}, "depth": 3, "base_filters": 8, "num_classes": 3}
"""The least that a config says."""

FIELDS: Mapping[str, str] = {
    "schema_version": "schema_version: 1",
    "name": "name: my_unet",
    "source": 'source: "Ronneberger et al. 2015, arXiv 1505.04597"',
    "input": "input: {shape: [64, 64]}",
    "input.shape": "input: {shape: [160, 160, 16]}",
    "input.reference": "input: {shape: [null, null], reference: [256, 256]}",
    "input.channels": "input: {shape: [64, 64], channels: 4}",
    "input.data_format": "input: {shape: [64, 64], data_format: channels_first}",
    "depth": "depth: 4",
    "base_filters": "base_filters: 32",
    "filter_growth": "filter_growth: 1.5",
    "max_filters": "max_filters: 320",
    "conv_widths": "conv_widths: [1, 2]",
    "filters": """\
base_filters: null
filters: [[32, 64], [64, 128], 256]""",
    "kernel": "kernel: [[1, 3], [3, 3], [3, 3]]",
    "padding": "padding: torch",
    "activation": "activation: {kind: leaky_relu, negative_slope: 0.01}",
    "norm": "norm: {kind: instance, epsilon: 1.0e-5}",
    "order": "order: [norm, activation, conv]",
    "dropout": "dropout: [0.0, 0.1, 0.2]",
    "dropout.kind": "dropout: {kind: spatial, rate: 0.1}",
    "dropout.rate": "dropout: {rate: [0.0, 0.0, 0.5]}",
    "dropout.place": "dropout: {rate: 0.5, place: block_end}",
    "use_bias": "use_bias: [true, true, false]",
    "kernel_initializer": "kernel_initializer: {kind: random_normal, stddev: 0.02}",
    "kernel_regularizer": "kernel_regularizer: {kind: l2, l2: 1.0e-4}",
    "stem": "stem: 3",
    "stem.kernel": "stem: {kernel: 3}",
    "stem.filters": "stem: {filters: 16}",
    "stem.norm": "stem: {norm: batch}",
    "stem.activation": "stem: {activation: silu}",
    "stem.strides": "stem: {kernel: 7, strides: 2}",
    "stem.down": "stem: {kernel: 7, strides: 2, down: {kind: max_pool, window: 3}}",
    "stem.up": "stem: {kernel: 7, strides: 2, up: linear}",
    "encoder": """\
base_filters: null
depth: 6
encoder: resnet34
decoder: {filters: [16, 32, 64, 128, 256]}""",
    **{
        f"encoder.preprocess.{field}": f"""\
base_filters: null
encoder: {{kind: resnet34, preprocess: {value}}}
decoder: {{filters: [16, 32]}}
input: {{shape: [64, 64], channels: 3}}"""
        for field, value in {
            "mean": "{mean: 128, std: 64}",
            "std": "{std: 255}",
            "order": "{mean: [104.0, 117.0, 123.0], order: bgr}",
        }.items()
    },
    "block": "block: [plain, residual, residual]",
    "block.squeeze_excitation.kind": "block: {kind: residual, squeeze_excitation: {kind: both, ratio: 2}}",
    "block.squeeze_excitation.ratio": "block: {kind: plain, squeeze_excitation: {ratio: 8}}",
    "block.squeeze_excitation.activation": "block: {kind: plain, squeeze_excitation: {activation: silu}}",
    "block.squeeze_excitation.use_bias": "block: {kind: plain, squeeze_excitation: {use_bias: false}}",
    "bottleneck": "bottleneck: none",
    "down": "down: [average_pool, max_pool]",
    "up": "up: [{kind: transposed, filters: half}, nearest]",
    "skip": "skip: [concat, attention]",
    "topology": "topology: unet",
    "decoder": "decoder: {convs: 1, dropout: 0.0}",
    "decoder.convs": "decoder: {convs: 1}",
    "decoder.conv_widths": "decoder: {conv_widths: [1, 1]}",
    "decoder.filters": "decoder: {filters: [16, 32]}",
    "decoder.kernel": "decoder: {kernel: [1, 3]}",
    "decoder.block": "decoder: {block: plain}",
    "decoder.norm": "decoder: {norm: [none, batch]}",
    "decoder.activation": "decoder: {activation: [silu, relu]}",
    "decoder.order": "decoder: {order: [norm, activation, conv]}",
    "decoder.dropout": "decoder: {dropout: 0.0}",
    "decoder.use_bias": "decoder: {use_bias: false}",
    "decoder.style": "decoder: {style: average}",
    "decoder.style.pooling": "decoder: {style: {pooling: max}}",
    "decoder.style.unit": "decoder: {style: {unit: false}}",
    "decoder.on_bottom": "decoder: {on_bottom: true}",
    "up.conv.kernel": "up: {kind: nearest, conv: {kernel: 3}}",
    "up.conv.norm": "up: {kind: nearest, conv: {kernel: 3, norm: false}}",
    "up.conv.activation": "up: {kind: nearest, conv: {kernel: 3, activation: false}}",
    "up.conv.use_bias": "up: {kind: nearest, conv: {kernel: 3, use_bias: false}}",
    "up.conv.place": "up: {kind: linear, filters: skip, conv: {kernel: 1, place: before}}",
    "up.conv.first": "up: {kind: nearest, filters: skip, conv: {kernel: 1, first: 3, place: before}}",
    "num_classes": "num_classes: 3",
    "head": "head: {activation: sigmoid, kernel: 1}",
    "head.activation": "head: {activation: sigmoid}",
    "head.kernel": "head: {kernel: 3}",
    "head.use_bias": "head: {use_bias: false}",
    "head.pre_activation": "head: {pre_activation: true}",
    "head.residual": "head: {residual: input}\ninput: {shape: [64, 64], channels: 3}",
    "head.upsample": "topology: {kind: unet, levels: [1]}\nhead: {upsample: linear}",
    "head.hidden": "head: {hidden: classes}",
    "head.hidden.filters": "head: {hidden: {filters: [16, classes]}}",
    "head.hidden.kernel": "head: {hidden: {filters: 16, kernel: 5}}",
    "head.hidden.norm": "head: {hidden: {filters: 16, norm: false}}",
    "head.hidden.activation": "head: {hidden: {filters: 16, activation: false}}",
    "head.deep_supervision": "head: {deep_supervision: 1}",
    "head.deep_supervision.levels": "head: {deep_supervision: {levels: 1}}",
    "head.deep_supervision.weights": "head: {deep_supervision: {levels: 1, weights: [1.0, 0.5]}}",
    "head.deep_supervision.upsample": "head: {deep_supervision: {levels: 1, upsample: true}}",
    "head.deep_supervision.interpolation": """\
head: {deep_supervision: {levels: 2, fuse: sum, interpolation: nearest}}""",
    "head.deep_supervision.fuse": "head: {deep_supervision: {levels: 2, fuse: concat}}",
    "head.deep_supervision.sides": "head: {deep_supervision: {levels: 2, fuse: concat, sides: false}}",
    "tasks": """\
tasks:
  - {name: edges, num_classes: 1, loss: dice, loss_weight: 0.5}
  - {name: distance, num_classes: 1, activation: linear, decoder: own, loss: mean_squared_error}""",
    "tasks.name": "tasks: [{name: edges, num_classes: 1}]",
    "tasks.num_classes": "tasks: [{name: edges, num_classes: 2}]",
    "tasks.decoder": "tasks: [{name: edges, num_classes: 1, decoder: own}]",
    "tasks.activation": "tasks: [{name: edges, num_classes: 2, activation: sigmoid}]",
    "tasks.pooling": "tasks: [{name: kind, num_classes: 2, decoder: pooled, pooling: max}]",
    "tasks.hidden": "tasks: [{name: kind, num_classes: 2, decoder: pooled, hidden: [128]}]",
    "tasks.dropout": "tasks: [{name: kind, num_classes: 2, decoder: pooled, dropout: 0.2}]",
    "tasks.kernel": "tasks: [{name: edges, num_classes: 1, kernel: 3}]",
    "tasks.loss": "tasks: [{name: edges, num_classes: 1, loss: [binary_crossentropy, dice]}]",
    "tasks.loss_weight": "tasks: [{name: edges, num_classes: 1, loss_weight: 0.5}]",
    "tasks.metrics": "tasks: [{name: edges, num_classes: 1, metrics: [binary_accuracy]}]",
    "tasks.ignore_class": "tasks: [{name: edges, num_classes: 1, ignore_class: 255}]",
    "resize": "resize: pad_and_crop",
    "resize.policy": "resize: {policy: resize_to_skip}",
    "resize.interpolation": "resize: {policy: resize_to_skip, interpolation: linear}",
    "resize.padding": "resize: {policy: pad_to_skip, padding: zero}",
    "compile": """\
compile:
  loss: [categorical_crossentropy, dice]
  optimizer: {kind: adam, learning_rate: 1.0e-4}
  metrics: [categorical_accuracy, dice]""",
    "compile.loss": """\
compile:
  loss:
    - {kind: categorical_crossentropy, weight: 0.5}
    - {kind: dice, include_background: false}""",
    "compile.optimizer": "compile: {optimizer: {kind: sgd, learning_rate: 0.01, momentum: 0.9}}",
    "compile.metrics": "compile: {metrics: [categorical_accuracy, {kind: dice, per_class: true}]}",
    "compile.ignore_class": "compile: {loss: [categorical_crossentropy, dice], ignore_class: 255}",
    "compile.jit_compile": "compile: {jit_compile: false}",
    "execution": "execution: fast",
    "execution.layout": "execution: {layout: channels_last}",
    "execution.precision": "execution: {precision: mixed_bfloat16}",
    "execution.remat": "execution: {remat: blocks}",
    "execution.optimize": "execution: {optimize: training}",
    "seed": "seed: 7",
}
"""By the field's path."""

ENCODER = """\
base_filters: null
encoder: {kind}
decoder: {{filters: [16, 32]}}"""
"""That of an encoder, which has its own filters on the way down."""

KINDS: Mapping[str, str] = {
    **{f"encoder {kind_of(model)}": ENCODER.format(kind=kind_of(model)) for model in ENCODERS},
    "block plain": "block: {kind: plain, convs: [1, 2, 3]}",
    "block residual": """\
block: {kind: residual, repeats: [1, 3, 4], shortcut_pool: average}
down: {kind: strided_conv, into_block: true}""",
    "block bottleneck": "block: {kind: bottleneck, ratio: 4, repeats: 2}",
    "block vnet": "block: {kind: vnet, convs: [1, 2, 3]}",
    "block recurrent": "block: {kind: recurrent, units: 2, steps: 2}",
    "block dense": "block: {kind: dense, growth: 12, layers: [4, 5, 7]}",
    "block dilated": """\
order: [norm, activation, conv]
block: {kind: dilated, dilations: [[1, 3, 15, 31], [1, 3, 15], [1]]}""",
    "block depthwise_separable": "block: {kind: depthwise_separable, norm_between: false}",
    "block naf": "block: {kind: naf, repeats: [2, 2, 12]}",
    "block cmunext": "block: {kind: cmunext, kernel: 7, units: [1, 1, 3]}",
    "block cmunext_fusion": """\
skip: {kind: concat, order: skip_first}
decoder: {block: {kind: cmunext_fusion, groups: 2}}""",
    "block multires": "block: {kind: multires, alpha: 1.67}",
    "block convnext": "block: {kind: convnext, kernel: 7, repeats: [3, 3, 9]}",
    "block rsu": """\
conv_widths: [0.5, 1]
block: {kind: rsu, height: [5, 4, 4], dilated: [false, false, true]}""",
    "block none": "block: [plain, plain, none]",
    "down max_pool": "down: {kind: max_pool, size: [[1, 2], [2, 2]]}",
    "down average_pool": "down: {kind: average_pool, window: 3}",
    "down strided_conv": "down: {kind: strided_conv, kernel: 3, filters: next}",
    "down blur_pool": "down: {kind: blur_pool, taps: 5}",
    "down space_to_depth": "down: {kind: space_to_depth, filters: next}",
    "down mednext": "down: {kind: mednext, expansion: [2, 3]}",
    "up nearest": "up: {kind: nearest, conv: 3, filters: skip}",
    "up linear": "up: {kind: linear, conv: {kernel: 3, norm: false}, filters: half}",
    "up transposed": "up: {kind: transposed, filters: half, activation: true}",
    "up bottleneck": "up: {kind: bottleneck, kernel: 4, ratio: 4}",
    "up mednext": "up: {kind: mednext, kernel: 5, expansion: 2}",
    "up pixel_shuffle": "up: {kind: pixel_shuffle, kernel: 3, icnr: true}",
    "skip concat": "skip: {kind: concat, axis: channels, order: skip_first}",
    "skip add": "skip: {kind: add, projection: when_needed}",
    "skip attention": "skip: {kind: attention, gating: up, residual: true}",
    "skip fusion_attention": "skip: {kind: fusion_attention, ratio: 8}",
    "skip global_attention": "skip: [concat, global_attention]",
    "skip res_path": "skip: {kind: res_path, length: 2}",
    "skip crop": "skip: {kind: crop, order: skip_first}",
    "skip none": "skip: [none, concat]",
    "bottleneck aspp": "bottleneck: {kind: aspp, rates: [2, 4], filters: 16}",
    "bottleneck pyramid_attention": "bottleneck: {kind: pyramid_attention, filters: 16}",
    "bottleneck self_attention": "bottleneck: {kind: self_attention, heads: 2, key_dim: 8}",
    "bottleneck position_attention": "bottleneck: {kind: position_attention, key_filters: 16}",
    "bottleneck pyramid_pooling": "bottleneck: {kind: pyramid_pooling, bins: [1, 2, 4], filters: 32}",
    "norm batch": "norm: {kind: batch, momentum: 0.9}",
    "norm instance": "norm: {kind: instance, epsilon: 1.0e-5}",
    "bottleneck convs": "bottleneck: convs",
    "norm group": "norm: {kind: group, groups: 4}",
    "norm layer": "norm: layer",
    "topology unet_plus_plus": """\
topology: {kind: unet_plus_plus, node_filters: skip, order: latest_first}
decoder: {filters: [12, 16]}""",
    "topology fpn": """\
topology: {kind: fpn, finest: 1, pyramid_filters: 32, filters: 16}
head: {upsample: linear_align_corners}""",
    "topology unet_3_plus": "topology: {kind: unet_3_plus, cat_filters: 8}",
    "topology dense_skip": "topology: {kind: dense_skip, from_levels: finer, reach: 1}",
    "topology strided_unet": """\
topology: strided_unet
down: {kind: strided_conv, into_block: true}
up: transposed""",
    "loss categorical_crossentropy": """\
compile: {loss: {kind: categorical_crossentropy, label_smoothing: 0.1}}""",
    "loss binary_crossentropy": """\
head: {activation: sigmoid}
compile: {loss: {kind: binary_crossentropy, positive_weight: 9}}""",
    "loss sparse_categorical_crossentropy": """\
compile: {loss: sparse_categorical_crossentropy, ignore_class: 255}""",
    "loss categorical_focal_crossentropy": """\
compile: {loss: {kind: categorical_focal_crossentropy, class_weights: [0.2, 1.0, 1.0]}}""",
    "loss binary_focal_crossentropy": """\
head: {activation: sigmoid}
compile: {loss: {kind: binary_focal_crossentropy, apply_class_balancing: true}}""",
    "loss dice": "compile: {loss: {kind: dice, squared: true, include_background: false}}",
    "loss generalized_dice": "compile: {loss: generalized_dice}",
    "loss tversky": "compile: {loss: {kind: tversky, alpha: 0.3, beta: 0.7}}",
    "loss focal_tversky": "compile: {loss: {kind: focal_tversky, gamma: 0.75}}",
    "loss mean_squared_error": """\
head: {activation: linear}
compile: {loss: mean_squared_error}""",
    "loss mean_absolute_error": """\
head: {activation: linear}
compile: {loss: mean_absolute_error}""",
    "loss huber": """\
head: {activation: linear}
compile: {loss: {kind: huber, delta: 0.5}}""",
    "metric categorical_accuracy": "compile: {metrics: [categorical_accuracy]}",
    "metric sparse_categorical_accuracy": """\
compile:
  loss: sparse_categorical_crossentropy
  metrics: [sparse_categorical_accuracy]""",
    "metric binary_accuracy": """\
head: {activation: sigmoid}
compile: {metrics: [{kind: binary_accuracy, threshold: 0.4}]}""",
    "metric dice": "compile: {metrics: [{kind: dice, per_class: true}]}",
    "metric mean_iou": "compile: {metrics: [mean_iou]}",
    "metric mean_squared_error": "compile: {metrics: [mean_squared_error]}",
    "metric mean_absolute_error": "compile: {metrics: [mean_absolute_error]}",
}
"""By what is chosen, and the kind; see `example_of_kind`."""

FAMILIES: Mapping[str, str] = {
    "activation": "activation: {kind: prelu, initial_slope: 0.1}",
    "initializer": "kernel_initializer: {kind: variance_scaling, scale: 2.0, mode: fan_out}",
    "regularizer": "kernel_regularizer: {kind: l1_l2, l1: 1.0e-5, l2: 1.0e-4}",
    "optimizer": "compile: {optimizer: {kind: adamw, learning_rate: 3.0e-4, weight_decay: 1.0e-5}}",
    "learning-rate schedule": """\
compile:
  optimizer:
    kind: sgd
    momentum: 0.99
    nesterov: true
    learning_rate: {kind: polynomial_decay, initial_learning_rate: 0.01, decay_steps: 250000}""",
}
"""By the noun of the table of Keras's names."""


def example_of_kind(of: str, model: type[Part]) -> str:
    """The example of a kind of `of`: its row, or its defaults said outright."""
    kind = kind_of(model)
    if of in ("loss", "metric") or f"{of} {kind}" in KINDS:
        return KINDS[f"{of} {kind}"]
    data = {"kind": kind, **model().model_dump(mode="json")}
    return f"{of}: {kind if len(data) == 1 else one_line(data)}"
