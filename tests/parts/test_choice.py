"""Choosing by name: one look-up, one way of refusing, and no kind is built that no config names."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from unetgen.errors import Wrong
from unetgen.parts.blocks import BLOCKS, AnyBlock
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.choice import Kinds, Names, Short
from unetgen.parts.part import Part, kind_of
from unetgen.parts.stem import Stem

BLOCK: Kinds[AnyBlock] = Kinds("block", BLOCKS)
LOSS = Names("loss", ("dice", "huber"), {"kl_divergence": "it has no class axis"})
NOUNLESS = Names("kind", ("nearest", "linear"), listed=True)


@pytest.mark.parametrize("model", BLOCKS, ids=kind_of)
def test_a_bare_name_a_mapping_and_the_part_are_one(model: type[Part]) -> None:
    part = BLOCK.parse(kind_of(model))
    assert type(part) is model and part == model()
    assert BLOCK.parse({"kind": kind_of(model)}) == part
    assert BLOCK.parse(part) is part
    assert BLOCK.expand(kind_of(model)) == {"kind": kind_of(model)}
    assert BLOCK.expand(part) is part


@pytest.mark.parametrize(
    ("names", "value", "said"),
    [
        (LOSS, 3, "must be the name of a loss, or a mapping with `kind` (got 3)"),
        (LOSS, {"kind": 3}, "kind: must be the name of a loss (got 3)"),
        (LOSS, {"weight": 1}, "a loss needs `kind`; add `kind`"),
        (LOSS, {"name": "dice"}, "a loss needs `kind`; write `kind` for `name`"),
        (LOSS, "dise", "unknown loss (got 'dise'); did you mean `dice`?"),
        (LOSS, "KLDivergence", "loss that is not offered (got 'KLDivergence'); it has no class axis"),
        (NOUNLESS, None, "must be the name of a kind, or a mapping with `kind` (got null); "
                         "one of: nearest, linear"),
        (NOUNLESS, {"size": 2}, "has no `kind`; one of: nearest, linear"),
        (NOUNLESS, {"knd": "linear"}, "knd: unknown key; did you mean `kind`?"),
        (NOUNLESS, {"kind": "cubic"}, "kind: unknown kind (got 'cubic'); one of: nearest, linear"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_refused(names: Names, value: object, said: str) -> None:
    with pytest.raises(Wrong) as refused:
        names.read(value)
    assert str(refused.value) == said


def test_places_of_errors_hold_no_tags() -> None:
    class Holder(BaseModel):
        blocks: list[Annotated[AnyBlock, BLOCK]]

    with pytest.raises(ValidationError) as refused:
        Holder.model_validate({"blocks": ["plain", {"kind": "residual", "projection_norm": 3}]})
    assert [error["loc"] for error in refused.value.errors()] == [("blocks", 1, "projection_norm")]
    assert Holder.model_validate({"blocks": ["plain"]}).blocks == [PlainBlock()]


def test_true_is_no_whole_number_and_null_is_itself_where_it_may_stand() -> None:
    short = Short("kernel", (int, list), "a kernel")
    assert (short.expand(3), short.expand([1, 3])) == ({"kernel": 3}, {"kernel": [1, 3]})
    assert short.expand(True) is True

    class Holder(BaseModel):
        stem: Annotated[Stem, short]
        other: Annotated[Stem | None, short] = None

    assert Holder.model_validate({"stem": 3, "other": None}).stem == Stem(kernel=3)
    for value in (None, True, "3"):
        with pytest.raises(ValidationError, match="must be a kernel, or a mapping with `kernel`"):
            Holder.model_validate({"stem": value})


def test_only_the_kinds_that_a_config_names_are_built() -> None:
    code = (
        "import unetgen; from unetgen.parts.blocks import BLOCKS;"
        "config = unetgen.load('unet3d_depth2', ['block=residual']);"
        "print(sorted(b.__name__ for b in BLOCKS if b.__pydantic_complete__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ResidualBlock']"
