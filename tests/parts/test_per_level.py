"""Lists of kinds, one per level: equal entries are one kind, and what is wrong is told at its entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.networks import plan
from unetgen.config.loader import from_dict, load_design
from unetgen.config.shortest import shortest
from unetgen.errors import ConfigError
from unetgen.plan.ops import Concat, Conv, Crop, Norm, Pool, TransposedConv, Upsample

DEPTH = 3
BASE: dict[str, Any] = {
    "input": {"shape": [24, 16]}, "depth": DEPTH, "base_filters": 4, "num_classes": 2
}  # fmt: skip
LEVELS = {"block": DEPTH, "norm": DEPTH, "activation": DEPTH, "use_bias": DEPTH}
STEPS = {"down": DEPTH - 1, "up": DEPTH - 1, "skip": DEPTH - 1}
SAMPLES: dict[str, list[Any]] = {
    "block": ["residual", {"kind": "dense", "growth": 2, "layers": 2}, {"kind": "plain", "convs": 3}, "none"],
    "norm": ["none", {"kind": "group", "groups": 2, "epsilon": 1e-5}],
    "activation": ["elu", {"kind": "leaky_relu", "negative_slope": 0.1}],
    "use_bias": [False],
    "down": [
        {"kind": "strided_conv", "into_block": True, "size": [2, 1]},
        {"kind": "max_pool", "ceil": True},
    ],
    "up": [{"kind": "nearest", "conv": 3, "filters": "half"}, "pixel_shuffle"],
    "skip": ["add", "none", {"kind": "attention", "gating": "up"}],
}
"""What may stand in each field."""
SINGLE = [(field, value) for field, values in SAMPLES.items() for value in values]


def said(*overrides: str) -> str:
    """What is wrong with ``quickstart2d``, at a depth of 3, and these overrides."""
    with pytest.raises(ConfigError) as raised:
        load_design("quickstart2d", ("depth=3", "input.shape=[32,32]", *overrides))
    return "\n".join(str(problem) for problem in raised.value.problems)


def fingerprint(**fields: Any) -> str:
    return plan((24, 16), **{"depth": DEPTH, **fields}).fingerprint


@pytest.mark.parametrize(("field", "value"), SINGLE, ids=str)
def test_a_list_of_equal_entries_is_the_one_kind(field: str, value: Any) -> None:
    strided = field == "down" and isinstance(value, dict) and value.get("into_block")
    more: dict[str, Any] = {"block": "plain"} if strided else {}
    if value == "none" and field == "block":
        more = {"decoder": {"block": "plain"}}
    count = {**LEVELS, **STEPS}[field]
    assert fingerprint(**more, **{field: [value] * count}) == fingerprint(**more, **{field: value})


@pytest.mark.parametrize("topology", ["unet", "unet_plus_plus", "unet_3_plus", "dense_skip", "strided_unet"])
def test_lists_are_taken_by_each_topology(topology: str) -> None:
    skip: list[Any] = ["concat", {"kind": "concat", "order": "skip_first"}]
    lists = {
        "block": ["plain", "residual", "plain"],
        "norm": ["none", "batch", "instance"],
        "down": ["max_pool", "average_pool"],
        "up": ["nearest", "transposed"],
    }
    made = plan((24, 16), topology=topology, depth=DEPTH, skip=skip, **lists)
    kinds = {type(node.op) for node in made.nodes} & {Upsample, TransposedConv, Pool}
    assert kinds == {Upsample, TransposedConv, Pool}
    assert {node.op.reduction for node in made.nodes if isinstance(node.op, Pool)} == {"max", "average"}
    joins = [node for node in made.nodes if isinstance(node.op, Concat) and not node.place.pieces]
    assert {node.place.level for node in joins} == {0, 1}


@pytest.mark.parametrize("field", SAMPLES)
def test_each_entry_counts(field: str) -> None:
    """Changing any one entry changes the network."""
    count, usual = {**LEVELS, **STEPS}[field], SAMPLES[field][0]
    other = True if field == "use_bias" else SAMPLES[field][1]
    more = {"decoder": {"block": "plain"}} if field == "block" else {}
    changed = {
        fingerprint(**more, **{field: [other if index == at else usual for index in range(count)]})
        for at in range(-1, count)
    }
    assert len(changed) == count + 1


@pytest.mark.parametrize("field", ["block", "norm", "activation", "use_bias"])
def test_the_decoder_has_lists_of_its_own(field: str) -> None:
    mine, theirs = SAMPLES[field][0], True if field == "use_bias" else SAMPLES[field][1]
    lists = {
        fingerprint(decoder={field: each})
        for each in ([mine, mine], [mine, theirs], [theirs, mine], [theirs, theirs])
    }
    assert len(lists) == 4
    assert fingerprint(decoder={field: [mine, mine]}) == fingerprint(decoder={field: mine})


def test_the_decoder_mirrors_the_encoder_s_levels_without_the_bottom() -> None:
    encoder = {"norm": ["none", "batch", "instance"], "block": ["plain", "residual", "dense"]}
    mirrored = {"norm": ["none", "batch"], "block": ["plain", "residual"]}
    assert fingerprint(**encoder) == fingerprint(**encoder, decoder=mirrored)


def test_the_bottom_may_have_a_block_a_norm_and_a_bias_of_its_own() -> None:
    made = plan(
        (24, 16),
        depth=DEPTH,
        block=["plain", "plain", {"kind": "residual", "convs": 3}],
        norm=["batch", "batch", "instance"],
        use_bias=[False, False, True],
    )
    norms = {(node.place.level, node.op.method) for node in made.nodes if isinstance(node.op, Norm)}
    assert norms == {(0, "batch"), (1, "batch"), (2, "instance")}
    convs = [node for node in made.nodes if isinstance(node.op, Conv) and node.place.has("conv")]
    biases = [(node.place.level, node.op.use_bias) for node in convs if isinstance(node.op, Conv)]
    assert set(biases) == {(0, False), (1, False), (2, True)}
    assert biases.count((2, True)) == 3


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["block=[plain,plain]"], "block: has 2 entries for 3 levels"),
        (["norm=[batch]"], "norm: has 1 entry for 3 levels"),
        (["activation=[relu,relu]"], "activation: has 2 entries for 3 levels"),
        (["use_bias=[true]"], "use_bias: has 1 entry for 3 levels"),
        (["down=[max_pool]"], "down: has 1 entry for 2 steps; there are depth - 1 steps from level to level"),
        (["up=[nearest,nearest,nearest]"], "up: has 3 entries for 2 steps"),
        (["skip=[none,none,none]"], "skip: has 3 entries for 2 decoder levels"),
        (["decoder.block=[plain]"], "decoder.block: has 1 entry for 2 decoder levels"),
        (["decoder.norm=[batch,batch,batch]"], "decoder.norm: has 3 entries for 2 decoder levels"),
        (["decoder.activation=[relu]"], "decoder.activation: has 1 entry for 2 decoder levels"),
        (["decoder.use_bias=[true]"], "decoder.use_bias: has 1 entry for 2 decoder levels"),
        (["skip=[]"], "skip: must be a list with at least one item (got [])"),
        (["skip=[nne,none]"], "skip.0: unknown kind (got 'nne'); did you mean `none`?"),
        (["skip=[none,{kind: concat, axis: 2}]"], "skip.1.axis: is the second spatial axis"),
        (
            ["down=[max_pool,{kind: max_pool, size: [[2,2],[2,2]]}]"],
            "down.1.size: is a list of one per level, inside the entry of one level (got [[2, 2], [2, 2]]); "
            "write this level's value",
        ),
        (["down=[{kind: max_pool, size: [2,2,2]},max_pool]"], "down.0.size: has 3 numbers for 2"),
        (["block=[{kind: plain, convs: [1,2,3]},plain,plain]"], "block.0.convs: is a list of one"),
        (["block=[plain,{kind: dense, layers: [1,2,3]},plain]"], "block.1.layers: is a list of one"),
        (["up=[{kind: transposed, filters: [8,8]},nearest]"], "up.0.filters: is a list of one per level"),
        (["up=[nearest,{kind: transposed, kernel: [1,2,3]}]"], "up.1.kernel: has 3 numbers for 2"),
        (["down=[{kind: max_pool, window: [3]},max_pool]"], "down.0.window: has 1 number for 2 spatial axes"),
        (["stem=[3,3,3]"], "stem: has 3 numbers for 2 spatial axes"),
        (["norm=[batch,{kind: group, groups: 7},none]"], "norm.1.groups: does not divide the"),
        (["decoder.norm=[{kind: group, groups: 7},none]"], "decoder.norm.0.groups: does not divide the"),
        (["norm=[batch,batch,{kind: group, groups: 7}]"], "norm.2.groups: does not divide the"),
        (
            ["norm=[{kind: group, groups: 7},batch,batch]", "block=[none,plain,plain]", "down=strided_conv"],
            "norm.0.groups: does not divide the 1 channels of encoder_level1_down",
        ),
        (["up=nearest", "skip=[concat,{kind: add, projection: never}]"], "skip.1.projection: the up-sampled"),
        (
            ["skip=[concat,{kind: attention, norm: {kind: group, groups: 5}}]"],
            "skip.1.norm.groups: does not divide the",
        ),
        (
            ["padding=torch", "up=[{kind: transposed, kernel: 1},nearest]"],
            "up.0.kernel: no padding of PyTorch's gives",
        ),
        (
            ["block=[plain,plain,none]", "down=[max_pool,{kind: strided_conv, into_block: true}]"],
            "down.1.into_block: gives the strides to the block, and this level has none (got true); "
            "use a `down` with a layer of its own here, or a block",
        ),
        (["topology=unet_plus_plus", "skip=[concat,none]"], "skip.1: unet_plus_plus joins several tensors"),
        (["topology=dense_skip", "skip=none"], "skip: dense_skip joins several tensors"),
        (["topology=unet_3_plus", "skip=[concat,none]"], "skip.1: unet_3_plus does not join its"),
        (
            ["down=[{kind: strided_conv, into_block: true, kernel: 3},max_pool]"],
            "down.0.kernel: does nothing beside `into_block`, which adds no layer (got 3); leave it out, "
            "or set `down.0.kernel: null`",
        ),
        (["block=none"], "block: leaves every level without a block (got 'none')"),
        (["decoder={block: none, norm: instance}"], "decoder.norm: does nothing where levels have no block"),
        (
            ["down=[max_pool,max_pool]", "down.size=3"],
            "down: is a list of 2 (got 'size'); its items are 0 to 1: write `down.0.size=...` for the first",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_entry(overrides: list[str], message: str) -> None:
    assert message in said(*overrides)


def test_the_advice_of_an_override_into_a_list_works() -> None:
    config = load_design(
        "quickstart2d", ("depth=3", "down=[max_pool,average_pool]", "down.0.size=3", "down.1.window=3")
    ).config
    assert isinstance(config.down, tuple)
    assert [down.size for down in config.down] == [3, 2]


def test_overrides_replace_a_kind_by_a_list_and_a_list_by_a_kind() -> None:
    one = load_design(
        "quickstart2d", ("depth=3", "skip=[none,concat]", "skip.1=attention", "skip.1.gating=up")
    )
    assert one.config.to_dict()["skip"][0] == {"kind": "none"}
    assert one.config.to_dict()["skip"][1]["gating"] == "up"
    back = load_design("quickstart2d", ("depth=3", "skip=[none,concat]", "skip=add"))
    assert back.plan == load_design("quickstart2d", ("depth=3", "skip=add")).plan


def test_a_resolved_list_is_taken_and_shortened() -> None:
    lists = {"skip": ["none", {"kind": "concat", "order": "skip_first"}], "norm": ["none", "batch", "none"]}
    config = from_dict({**BASE, **lists})
    assert from_dict(config.to_dict()) == config
    assert (
        shortest(config) == {**BASE, "name": config.name, **lists}
        or shortest(config)["skip"] == lists["skip"]
    )


@pytest.mark.parametrize(
    ("spatial", "fields"),
    [
        ((23, 17), {"resize": "resize_to_skip"}),
        ((23, 17), {"resize": "pad_to_skip"}),
        ((23, 17), {"resize": "pad_and_crop"}),
        ((24,), {}),
        ((8, 12, 4), {}),
    ],
)
@pytest.mark.parametrize("skip", ["none", ["none", "concat"], ["concat", "none"]], ids=str)
def test_without_skips_sizes_are_those_of_a_network_with_skips(
    spatial: tuple[int, ...], fields: dict[str, Any], skip: Any
) -> None:
    made = plan(spatial, depth=DEPTH, skip=skip, **fields)
    assert made.output_shapes == ((*spatial, 2),)
    bare = [s == "none" for s in (skip if isinstance(skip, list) else [skip] * 2)]
    for level, without in enumerate(bare):
        joins = [n for n in made.nodes if n.name == f"decoder_level{level}_skip"]
        assert bool(joins) is not without


def test_without_skips_a_size_that_does_not_divide_is_refused_as_with_them() -> None:
    problems = said("skip=none", "input.shape=[34,32]")
    assert "input.shape.0: does not fit" in problems
    assert "32 and 36" in problems


def test_a_skip_that_crops_makes_the_policy_of_all_levels() -> None:
    mixed = plan((23, 17), depth=DEPTH, skip=["crop", "none"])
    assert mixed.output_shapes == plan((23, 17), depth=DEPTH, skip="none", resize="centre_crop").output_shapes


def test_what_an_unpadded_network_cuts_off_its_skips_is_cut_off_nothing_without_them() -> None:
    made = plan((62, 62), depth=DEPTH, skip="none", padding="valid")
    assert not [node for node in made.nodes if isinstance(node.op, Crop)]
    assert made.output_shapes == plan((62, 62), depth=DEPTH, padding="valid").output_shapes


def test_each_step_has_its_own_factor() -> None:
    lists = {"down": [{"kind": "max_pool", "size": [2, 1]}, {"kind": "average_pool", "size": 3}]}
    made = plan((24, 15), depth=DEPTH, **lists)
    sizes = {node.place.level: node.spec.spatial for node in made.nodes if node.place.side == "encoder"}
    assert sizes == {0: (24, 15), 1: (12, 15), 2: (4, 5)}
    assert made.output_shapes == ((24, 15, 2),)
