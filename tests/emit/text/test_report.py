from __future__ import annotations

import pytest

from unetgen.analysis.summary import Summary
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import load_design
from unetgen.emit.text.levels import drawn
from unetgen.emit.text.report import report
from unetgen.emit.text.tables import in_ascii, short


def u(config: str, *overrides: str) -> list[str]:
    return drawn(load_design(config, overrides).plan).splitlines()


def test_the_article() -> None:
    assert u("unet3d_depth2") == [
        "level 0  160×160×16  4 → 32 → 64 ──────────▶ 128+64 → 64 → 64 ⇒ 3",
        "                        ↓ max pool 2×2×2   ↑ nearest 2×2×2",
        "level 1     80×80×8     64 → 128",
        "                     a+b concatenated, ⇒ output",
    ]


def test_a_valid_network_says_the_decoders_sizes() -> None:
    lines = u("unet2d_2015")
    assert lines[0].startswith("level 0  568×568  1 → 64 → 64 ──")
    assert lines[0].endswith("▶ 64+64 → 64 → 64 ⇒ 2  (388×388)")
    assert lines[8].strip() == "level 4    28×28              1024 → 1024"


def test_one_dimension_and_added_skips() -> None:
    lines = u("quickstart2d", "input.shape=[128]", "skip=add")
    assert lines[0].startswith("level 0  128  1 → 16 → 16 ─")
    assert lines[0].endswith("▶ 16⊕16 → 16 → 16 ⇒ 2")
    assert lines[-1].strip() == "⊕ added, ⇒ output"


def test_residual_blocks_and_deep_supervision() -> None:
    lines = u("quickstart2d", "block=residual", "head.deep_supervision=1")
    assert lines[0].endswith("16+16 → 16 → 16 ⊕ ⇒ 2")
    assert lines[2].endswith("32+32 → 32 → 32 ⊕ ⇒ 2")
    assert lines[4].endswith("64+64 → 64 → 64 ⊕")


@pytest.mark.parametrize("more", [(), ("padding=valid", "input.shape=[188,188]")])
def test_an_input_that_is_added_stands_behind_the_output(more: tuple[str, ...]) -> None:
    lines = u("quickstart2d", "input.channels=2", "head.residual=input", *more)
    assert " ⇒ 2 ⊕ input" in lines[0]
    assert lines[-1].strip() == "a+b concatenated, ⊕ added, ⇒ output"


def test_anisotropic_factors_and_strides_within_a_block() -> None:
    downs = "down={kind: strided_conv, into_block: true, size: [[1,2,2],[2,2,1]]}"
    lines = u("unet3d_depth3", downs)
    assert lines[1].split() == ["↓", "stride", "1×2×2", "↑", "nearest", "1×2×2"]
    assert lines[3].split() == ["↓", "stride", "2×2×1", "↑", "nearest", "2×2×1"]


def test_the_u_is_a_u() -> None:
    """Going down, the encoder moves to the right and the decoder to the left."""
    lines = [line for line in u("unet3d_depth4") if line.startswith("level")]
    encoder = [line.index(line.split()[3]) for line in lines]
    decoder = [line.index("▶") for line in lines[:-1]]
    assert encoder[1:] == sorted(set(encoder[1:]))
    assert decoder == sorted(set(decoder), reverse=True)


@pytest.mark.parametrize("name", bundled_configs())
def test_the_report_of_every_bundled_config(name: str) -> None:
    design = load_design(name)
    plan, summary = design.plan, Summary(design)
    text = report(summary)
    assert all(line == line.rstrip() for line in text.splitlines())
    assert f"{plan.params:,}" in text
    assert f"MACs             {short(plan.macs)} for one sample" in text
    assert all(node.op.words() in text for node in plan.nodes)
    assert in_ascii(text).isascii()
    assert len(report(summary, layers=False).splitlines()) < len(text.splitlines())


def test_a_level_has_the_sums_of_its_layers() -> None:
    design = load_design("unet3d_depth2")
    lines = report(Summary(design)).splitlines()
    (line,) = (line for line in lines if line.startswith("encoder level 0"))
    assert line.split() == ["encoder", "level", "0", "58,848", "24.1", "G"]
