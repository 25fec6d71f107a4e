"""Every published network of the zoo has exactly the parameters that its source has.

The expected number is read from the file's own header and from `ground_truth.json`, neither of which the
library reads.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import unetgen
from docs.make_zoo import header
from unetgen.config.bundled import ZOO, config_dir

FILES = sorted((config_dir() / ZOO).glob("*.yaml"))
TRUTH: dict[str, dict[str, Any]] = {
    row["name"]: row
    for row in json.loads((Path(__file__).parent / "ground_truth.json").read_text("utf-8"))["networks"]
}


FAMILY = (
    *("unet2d_2015", "unet3d_2016", "vnet", "attention_unet", "unet_plus_plus", "unet_3_plus", "resunet"),
    *("r2unet", "u2net", "u2netp", "isensee2017"),
    *("nnunet_hippocampus_2d", "nnunet_hippocampus_3d", "nnunet_brain_tumour_2d", "nnunet_brain_tumour_3d"),
    *("nnunet_brain_tumour_3d_resenc", "nnunet_liver_2d", "nnunet_liver_3d"),
    *("monai_basic_unet3d", "monai_unet3d_spleen", "monai_attention_unet3d", "monai_dynunet3d"),
    *("monai_segresnet3d", "monai_vnet3d"),
)
"""What a user looks for."""
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_the_zoo_has_the_family() -> None:
    assert set(FAMILY) <= {file.stem for file in FILES}


@each_file
def test_a_header_says_the_paper_the_count_its_source_and_what_was_checked(file: Path) -> None:
    said = header(file)
    assert said.keys() >= {"title", "paper", "params", "checked"}
    assert re.search(r"(19|20)\d\d", said["paper"]), "the year"
    assert re.fullmatch(r"[\d,]+ trainable; .{10,}", said["params"]), "the count and where it comes from"
    assert len(said["checked"]) > 10
    assert unetgen.load(file).source


@each_file
def test_trainable_parameters_are_exactly_the_published_ones(file: Path) -> None:
    said = header(file)
    plan = unetgen.plan(unetgen.load(file))
    assert plan.trainable_params == int(said["params"].split()[0].replace(",", ""))
    if "truth" in said:
        truth = TRUTH[said["truth"]]
        known = {"params": plan.trainable_params, "params_total_incl_nontrainable": plan.params}
        counts = {key: truth[key] for key in known if key in truth}
        assert counts
        assert counts.items() <= known.items()


@pytest.mark.parametrize("file", [file for file in FILES if "truth" in header(file)], ids=lambda f: f.stem)
def test_shapes_are_the_published_ones(file: Path) -> None:
    plan, truth = unetgen.plan(unetgen.load(file)), TRUTH[header(file)["truth"]]
    assert channels_last(truth["input_shape"]) == plan.input.spec.shape("channels_last")
    first = truth["output_shape"]
    if isinstance(first, dict):
        assert len(plan.outputs) == first["n_outputs"]
        first = first["first"]
    assert channels_last(first) == plan.output_shapes[0]


def channels_last(shape: list[int | None]) -> tuple[int | None, ...]:
    """One sample's shape; those with a batch of 1 are PyTorch's, channels first."""
    return tuple(shape[1:]) if shape[0] is None else (*shape[2:], shape[1])
