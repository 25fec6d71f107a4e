"""What the boxes of the stage view say is what the config asks for."""

from __future__ import annotations

import pytest

from tests.emit.figure.corpus import drawn, plan_of
from unetgen.emit.figure.inside import inside
from unetgen.emit.figure.shapes import Circle, Text
from unetgen.emit.figure.u_reading import drawn_u

LINES = {
    "unet2d_2015": ["×2"] * 9,
    "residual": ["2⊕"] * 7,
    "nnunet": ["2⊕"] * 9,
    "repeated": ["1+2×(2⊕)", *["2×(2⊕)"] * 4],
    "nnunet_hippocampus_3d_resenc": ["1+(2⊕)", "3×(2⊕)", "4×(2⊕)", "6×(2⊕)", "×1", "×1", "×1"],
    "isensee2017": ["1+(2⊕)", "2⊕", "2⊕", "2⊕", "2⊕", "×2", "×2", "×2", "×2"],
    "u2net": [f"RSU-{kind}" for kind in ("7", "6", "5", "4", "4F", "4F", "4F", "4", "5", "6", "7")],
    "dense_block": ["dense 4"] * 5,
    "dilated": ["dil. 4"] * 5,
    "pyramid": ["×2", "×2", "2+ASPP 6, 12, 18", "×2", "×2"],
    "self_attention": ["×2", "×2", "2+self-att.", "×2", "×2"],
    "pooled_grids": ["×2", "×2", "2+PSP 1, 2, 3, 6", "×2", "×2"],
    "position_attention": ["×2", "×2", "2+pos. att.", "×2", "×2"],
    "recurrent": ["1+(2⊕)"] * 5,
    "convnext": ["1+(3⊕)"] * 5,
    "naf": ["1+(6⊕)+(3⊕)"] * 5,
    "cmunext": ["1+(1⊕)+3", "(1⊕)+3", "(1⊕)+3", "(1⊕)+2+(1⊕)+2+(1⊕)+3", "(1⊕)+3", *["×3"] * 4],
    "nafnet": [
        *("1+2×(6⊕+3⊕)", "2×(6⊕+3⊕)", "4×(6⊕+3⊕)", "8×(6⊕+3⊕)", "12×(6⊕+3⊕)"),
        *["2×(6⊕+3⊕)"] * 4,
    ],
    "vnet": ["1⊕", "1⊕", "2⊕", "3⊕", "3⊕", "3⊕", "2⊕", "1⊕", "1⊕"],
}
"""By network, from its first level to its last, as its paper or config counts them."""


@pytest.mark.parametrize("name", LINES)
def test_a_box_counts_blocks_and_convolutions_or_names_its_kind(name: str) -> None:
    assert [inside(row) for row in drawn_u(plan_of(name)).rows] == LINES[name]


def test_a_plus_stands_in_the_box_of_its_block() -> None:
    shown = drawn("nnunet_hippocampus_3d_resenc", "stage", "double")
    added = {s.group for s in shown.shapes if isinstance(s, Circle) and s.role == "add" and s.group}
    assert added == {f"encoder/level{k}" for k in range(4)}


def test_no_count_of_convolutions_stands_for_a_block_that_branches() -> None:
    shown = drawn("u2net", "stage", "double")
    assert not [s for s in shown.shapes if isinstance(s, Text) and s.text.startswith("×")]
