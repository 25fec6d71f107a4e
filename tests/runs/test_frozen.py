"""Which layers are frozen, and what is refused."""

from __future__ import annotations

import pytest

from tests.runs.test_loader import NETWORK, loaded, problems
from unetgen.runs.frozen import frozen_layers

ENCODER = {"encoder_level0_conv1", "encoder_level0_conv2", "encoder_level1_conv1", "encoder_level1_conv2"}
DECODER = {"decoder_level0_conv1", "decoder_level0_conv2"}


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("encoder", ENCODER),
        ("decoder", DECODER),
        ("[head, '*_level0_conv[1]']", {"head", "encoder_level0_conv1", "decoder_level0_conv1"}),
        ("['encoder_*', '?ecoder_*']", ENCODER | DECODER),
    ],
)
def test_words_and_patterns_name_layers_with_weights(written: str, named: set[str]) -> None:
    run = loaded(f"model: {NETWORK}\nfit: {{frozen: {written}}}")
    assert frozen_layers(run.config.fit.frozen, run.design.plan) == named


def test_nested_levels_go_with_the_decoder() -> None:
    run = loaded(f"model: {NETWORK}", "model.topology=unet_plus_plus", "model.depth=3")
    nested = {"nested_level0_column1_conv1", "nested_level0_column1_conv2"}
    assert frozen_layers("decoder", run.design.plan) > nested | DECODER


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (
            "frozen: [head, encodr_level0_conv1]",
            "fit.frozen.1: matches no layer with weights (got 'encodr_level0_conv1'); did you mean "
            "`encoder_level0_conv1`?",
        ),
        (
            "frozen: ['Encoder_level1*']",
            "fit.frozen.0: matches no layer with weights (got 'Encoder_level1*'); did you mean "
            "`encoder_level1_*`?",
        ),
        (
            "frozen: ['.*']",
            "fit.frozen.0: matches no layer with weights (got '.*'); `unetgen show` lists them, such as "
            "encoder_level0_conv1 and head",
        ),
        ("frozen: ['*']", "fit.frozen: leaves nothing that learns (got ['*']); freeze fewer layers"),
        (
            "frozen: head",
            "fit.frozen: must be `encoder`, `decoder` or a list of layers' names (got 'head'); write a list: "
            "[head]",
        ),
        ("thaw: 3", "fit.thaw: nothing is frozen that could thaw (got 3); set fit.frozen, or leave it out"),
        (
            "{frozen: encoder, thaw: 9, epochs: 8}",
            "fit.thaw: there are only 8 epochs (got 9); name an earlier one, or leave it out",
        ),
        ("start: ''", "fit.start: must be a model's file, relative to the run file (got '')"),
    ],
)
def test_what_would_do_nothing_is_refused(fit: str, message: str) -> None:
    said = problems(f"model: {NETWORK}\nfit: {fit if fit.startswith('{') else f'{{{fit}}}'}")
    assert [line.partition(": ")[2] for line in said] == [message]


def test_averages_of_weights_are_refused_where_some_are_frozen() -> None:
    average = "model.compile.optimizer={kind: adam, use_ema: true}"
    said = problems(f"model: {NETWORK}\nfit: {{frozen: encoder}}", average)
    assert said[0].endswith("(got 'encoder'); leave out use_ema of model.compile.optimizer")
    assert loaded(f"model: {NETWORK}", average)


ENCODED = (
    "{input: {shape: [32, 32], channels: 3}, depth: 2, num_classes: 2, decoder: {filters: [4]}, "
    "encoder: {kind: resnet18, frozen: true}}"
)


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (
            "frozen: encoder",
            "fit.frozen: model.encoder.frozen has all of them already (got 'encoder'); leave it out, or set "
            "model.encoder.frozen=null, for fit.thaw to let them learn later",
        ),
        (
            "frozen: [decoder*, head]",
            "fit.frozen: leaves nothing that learns (got ['decoder*', 'head']); freeze fewer layers",
        ),
        (
            "thaw: 3",
            "fit.thaw: what model.encoder.frozen freezes never thaws (got 3); leave it out, or set "
            "model.encoder.frozen=null and fit.frozen=encoder",
        ),
    ],
)
def test_what_the_network_freezes_is_known_to_a_run(fit: str, message: str) -> None:
    text = f"model: {ENCODED}\nfit: {{{fit}}}"
    (said,) = problems(text)
    assert said.partition(": ")[2] == message
    if "null" in message:  # its advice
        assert loaded(text, "model.encoder.frozen=null", "fit.frozen=encoder", "fit.thaw=3")
    assert loaded(f"model: {ENCODED}\nfit: {{frozen: decoder}}")
