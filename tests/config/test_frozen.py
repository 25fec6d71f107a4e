"""A config freezes its encoder, or levels of it: counted, told, in the digest, and not in the plan."""

from __future__ import annotations

from typing import Any

import pytest

from unetgen.analysis.comparison import compare
from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.loader import design_from_dict
from unetgen.emit.prose.description import description
from unetgen.emit.prose.english import rendered
from unetgen.emit.text.card import card
from unetgen.emit.text.comparison import comparison_text
from unetgen.emit.text.report import report
from unetgen.errors import ConfigError

STEM, UNITS = 9_536, 147_968
"""Parameters of resnet18 at its first two levels, norms' scales and offsets among them: 64 filters of 7x7x3
with a norm; four times 64 of 3x3x64 with one."""
BOTTLENECK = {"bottleneck": {"kind": "convs", "filters": 8}}


def config(frozen: Any = None, **changes: Any) -> dict[str, Any]:
    least = {"input": {"shape": [32, 32], "channels": 3}, "depth": 3, "num_classes": 2}
    return {
        **least,
        "decoder": {"filters": [4, 5]},
        "encoder": {"kind": "resnet18", "frozen": frozen},
        **changes,
    }


def design(frozen: Any = None, **changes: Any) -> Design:
    return design_from_dict(config(frozen, **changes))


@pytest.mark.parametrize(
    ("frozen", "learning_less"), [(True, STEM + UNITS), ([1], STEM), ([2, 1], STEM + UNITS)]
)
def test_what_is_frozen_is_not_counted_as_trainable(frozen: Any, learning_less: int) -> None:
    free, held = Summary(design()), Summary(design(frozen))
    assert free.params.trainable - held.params.trainable == learning_less
    assert held.params.non_trainable - free.params.non_trainable == learning_less
    assert held.params.total == free.params.total == sum(row.params for row in held.layers)
    assert held.as_json("params")["params"]["trainable"] == held.params.trainable


def test_freezing_is_in_the_digest_and_not_in_the_fingerprint() -> None:
    plain = {**config(), "encoder": "resnet18"}
    assert design_from_dict(plain).config.digest == design().config.digest == design(False).config.digest
    digests = {design(frozen).config.digest for frozen in (None, True, [1], [2])}
    fingerprints = {design(frozen).plan.fingerprint for frozen in (None, True, [1], [2])}
    assert (len(digests), len(fingerprints)) == (4, 1)


def test_a_bottleneck_behind_the_encoder_learns() -> None:
    behind = {node.name for node in design(**BOTTLENECK).plan.nodes if node.place.part == "bottleneck"}
    assert behind and not behind & design(True, **BOTTLENECK).frozen
    assert design(True, **BOTTLENECK).frozen == design(True).frozen


def test_training_needs_less_memory_the_more_is_frozen() -> None:
    needs = [Summary(design(frozen)).memory for frozen in (None, [1], True)]
    assert needs[0].train_bytes > needs[1].train_bytes > needs[2].train_bytes
    # Two slots, a gradient and its square of each weight at the least.
    assert needs[1].train_bytes - needs[2].train_bytes > 2 * 4 * UNITS
    assert len({(each.weights_bytes, each.inference_bytes) for each in needs}) == 1


def test_what_is_frozen_is_told() -> None:
    whole, some = design(True), design([2, 1])
    said = "all weights and statistics of the encoder, resnet18"
    assert f"frozen           {said}\n" in report(Summary(whole))
    assert f"| frozen | {said} |" in card(whole)
    assert "frozen           levels 1, 2 of the encoder, resnet18\n" in report(Summary(some))
    sentences = [list(rendered(description(Summary(each)), str, str)) for each in (whole, some)]
    assert "Its weights and statistics stay as they begin" in sentences[0]
    assert "The weights and statistics of its levels 1 and 2 stay as they begin" in sentences[1]
    assert "frozen" not in report(Summary(design()))


def test_a_comparison_has_what_learns() -> None:
    text = comparison_text(compare(Summary(design()), Summary(design(True))))
    assert ["encoder.frozen", "null", "true"] in [line.split() for line in text.splitlines()]
    assert f"{-STEM - UNITS:+,}" in text and text.endswith("the same architecture, with other settings")


HAS = "it has some at 1, 2; the stem belongs to the first of them"


@pytest.mark.parametrize(
    ("frozen", "messages"),
    [
        (
            [0, 1, 5],
            [
                f".0: resnet18 has no weights at this level, with a depth of 3 (got 0); {HAS}",
                f".2: resnet18 has no weights at this level, with a depth of 3 (got 5); {HAS}",
            ],
        ),
        ([1, 1], [": names a level twice (got [1, 1])"]),
        ("all", [": must be true, or a list of levels such as [1, 2] (got 'all')"]),
        ([], [": must be a list with at least one item (got [])"]),
        ([True, -1], [".0: must be a whole number (got true)", ".1: must be at least 0 (got -1)"]),
    ],
)
def test_levels_that_there_are_not_are_refused(frozen: Any, messages: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        design(frozen)
    assert [str(each) for each in refusal.value.problems] == [
        f"config: encoder.frozen{each}" for each in messages
    ]


def test_a_level_of_pooling_alone_has_nothing_to_freeze() -> None:
    vgg = {"depth": 6, "decoder": {"filters": [4] * 5}}
    assert design_from_dict(config(**vgg, encoder={"kind": "vgg11", "frozen": [0, 4]})).frozen
    with pytest.raises(ConfigError, match="vgg11 has no weights at this level"):
        design_from_dict(config(**vgg, encoder={"kind": "vgg11", "frozen": [5]}))
