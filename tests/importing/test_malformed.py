"""Plans files that are broken: every one is refused, with its file and the path of the key."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from unetgen.errors import ConfigError, UnetgenError
from unetgen.importing.json_file import MAX_BYTES, JsonValue, read_json
from unetgen.importing.nnunet import import_plans
from unetgen.importing.nnunet_labels import Dataset

PLANS = Path(__file__).parent / "plans"
ARGUMENTS = "configurations.3d_fullres.architecture.arch_kwargs"
WHOLE = json.loads((PLANS / "hippocampus.json").read_text("utf-8"))
OLD = json.loads((PLANS / "hippocampus_old.json").read_text("utf-8"))
DATA = json.loads((PLANS / "hippocampus_dataset.json").read_text("utf-8"))
GONE = object()


def broken(path: str, value: object, whole: dict[str, Any] = WHOLE) -> JsonValue:
    """The plans with another value at a dotted path, or without it."""
    plans = copy.deepcopy(whole)
    *around, last = path.split(".")
    here: Any = plans
    for key in around:
        here = here[int(key) if isinstance(here, list) else key]
    at: Any = int(last) if isinstance(here, list) else last
    if value is GONE:
        del here[at]
    else:
        here[at] = value
    return JsonValue("plans.json", plans)


def message(plans: JsonValue, configuration: str = "3d_fullres") -> str:
    with pytest.raises(ConfigError) as caught:
        import_plans(plans, configuration, Dataset(1, 3))
    return str(caught.value).removeprefix("plans.json: ")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("configurations", GONE, "configurations: missing; is it an nnU-Net v2 plans file"),
        ("configurations", [], "configurations: must be an object (got [])"),
        ("configurations.3d_fullres", GONE, "configurations: there is no configuration '3d_fullres'; this"),
        ("configurations.3d_fullres.patch_size", GONE, "configurations.3d_fullres.patch_size: missing"),
        (
            "configurations.3d_fullres.patch_size",
            [8, 8, 8, 8],
            "configurations.3d_fullres.patch_size: must have one to three axes (got [8, 8, 8, 8])",
        ),
        (
            "configurations.3d_fullres.patch_size.1",
            0,
            "configurations.3d_fullres.patch_size.1: must be positive (got 0)",
        ),
        (
            "configurations.3d_fullres.patch_size.1",
            57,
            "configurations.3d_fullres.patch_size: does not fit encoder/level1/down: a size of 57 does not",
        ),
        (
            "configurations.3d_fullres.architecture.network_class_name",
            "dynamic_network_architectures.architectures.primus.Primus",
            "configurations.3d_fullres.architecture.network_class_name: a network that cannot be said as a "
            "config (got 'dynamic_network_architectures.architectures.primus.Primus'); those that can be "
            "imported: dynamic_network_architectures.architectures.unet.PlainConvUNet, ",
        ),
        (f"{ARGUMENTS}.strides", GONE, f"{ARGUMENTS}.strides: missing"),
        (f"{ARGUMENTS}.strides", "2", f"{ARGUMENTS}.strides: must be a list (got '2')"),
        (f"{ARGUMENTS}.strides.3", [2, 2], f"{ARGUMENTS}.strides.3: has 2 numbers for 3 axes (got [2, 2])"),
        (f"{ARGUMENTS}.strides.3.1", True, f"{ARGUMENTS}.strides.3.1: must be a whole number (got true)"),
        (
            f"{ARGUMENTS}.strides.0",
            [1, 2, 2],
            f"{ARGUMENTS}.strides.0: must be 1 on every axis: a stride before the first stage cannot be said "
            "(got [1, 2, 2])",
        ),
        (
            f"{ARGUMENTS}.kernel_sizes.1",
            [3, 4, 3],
            f"{ARGUMENTS}.kernel_sizes: an even kernel has no symmetric padding",
        ),
        (
            f"{ARGUMENTS}.features_per_stage",
            [32, 64],
            f"{ARGUMENTS}.features_per_stage: has 2 entries for 4 stages",
        ),
        (f"{ARGUMENTS}.n_stages", 1, f"{ARGUMENTS}.n_stages: must be at least 2 (got 1)"),
        (f"{ARGUMENTS}.n_stages", 4.0, f"{ARGUMENTS}.n_stages: must be a whole number (got 4.0)"),
        (f"{ARGUMENTS}.n_stages", 10**9, f"{ARGUMENTS}.n_stages: must be at most 16777216"),
        (
            f"{ARGUMENTS}.conv_op",
            "torch.nn.Conv2d",
            f"{ARGUMENTS}.conv_op: must be Conv3d (got 'torch.nn.Conv2d'); patch_size has 3 axes",
        ),
        (f"{ARGUMENTS}.norm_op", "os.system", f"{ARGUMENTS}.norm_op: a norm that is not known here (got 'os"),
        (
            f"{ARGUMENTS}.norm_op_kwargs",
            {"track_running_stats": True},
            f"{ARGUMENTS}.norm_op_kwargs.track_running_stats: cannot be said of InstanceNorm3d (got true)",
        ),
        (
            f"{ARGUMENTS}.nonlin_kwargs",
            {"beta": 2},
            f"{ARGUMENTS}.nonlin_kwargs.beta: an argument of LeakyReLU that cannot be said (got 2)",
        ),
        (
            f"{ARGUMENTS}.squeeze_excitation",
            True,
            f"{ARGUMENTS}.squeeze_excitation: an argument of PlainConvUNet that is not known here (got true)",
        ),
        (
            "configurations.3d_fullres.inherits_from",
            "nothing",
            "configurations.3d_fullres.inherits_from: there is no configuration 'nothing'; 2d, 3d_fullres",
        ),
        (
            "configurations.3d_fullres.inherits_from",
            "3d_fullres",
            "configurations.3d_fullres.inherits_from: goes in a circle: 3d_fullres > 3d_fullres",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_path(path: str, value: object, expected: str) -> None:
    assert message(broken(path, value)).startswith(expected)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("UNet_class_name", GONE, "architecture: missing"),
        (
            "UNet_class_name",
            "UNETR",
            "UNet_class_name: a network that cannot be said as a config (got 'UNETR'",
        ),
        ("conv_kernel_sizes", GONE, "conv_kernel_sizes: missing"),
        ("pool_op_kernel_sizes", [2], "pool_op_kernel_sizes: has 1 entry for 4 stages"),
        ("UNet_base_num_features", "32", "UNet_base_num_features: must be a whole number (got '32')"),
    ],
)
def test_the_old_format_too(path: str, value: object, expected: str) -> None:
    at = "configurations.3d_fullres"
    assert message(broken(f"{at}.{path}", value, OLD)).startswith(f"{at}.{expected}")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1:1: is not JSON: expecting value"),
        (b'{"a": 1,\n "b": }', ":2:7: is not JSON: expecting value"),
        (b'{"a": 1', ":1:8: is not JSON: expecting ',' delimiter"),
        (b"[" * 100_000, ": is not usable JSON: nested deeper than 64 levels"),
        (b'{"a": ' + b"9" * 10_000 + b"}", ": is not usable JSON: a number has thousands of digits"),
        (b"\xff\xfe{}", ": is not UTF-8; is it a text file?"),
        (b"[]", ": must be an object (got [])"),
        (b" " * (MAX_BYTES + 1), ": is larger than 8 MiB; is it the right file?"),
    ],
    ids=["empty", "value", "cut", "deep", "digits", "utf16", "list", "large"],
)
def test_files_that_are_no_plans(content: bytes, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "plans.json"
    file.write_bytes(content)
    with pytest.raises(UnetgenError) as caught:
        read_json(file)
    assert str(caught.value) == f"{file}{expected}"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnetgenError, match="no such file"):
        read_json(tmp_path / "plans.json")
    with pytest.raises(UnetgenError, match="is a folder, not a file; name a file"):
        read_json(tmp_path)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


BOTH = {"plans": WHOLE, "old": OLD, "data": DATA}
ODD = st.one_of(
    *(st.none(), st.booleans(), st.integers(-2, 10**30), st.floats(), st.text(max_size=3)),
    *(st.just([]), st.just({}), st.lists(st.integers(0, 3), max_size=5), st.just([[3, 3, 3]] * 4)),
    st.sampled_from(["torch.nn.ReLU", "torch.nn.BatchNorm3d", "2d", "torch.nn.Dropout"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(BOTH)[4:]), ODD), min_size=1, max_size=2), st.booleans())
def test_any_damage_is_refused_or_harmless(damage: list[tuple[tuple[Any, ...], Any]], old: bool) -> None:
    both = copy.deepcopy(BOTH)
    for path, value in damage:
        here: Any = both
        try:
            for key in path[:-1]:
                here = here[key]
            here[path[-1]] = value
        except (KeyError, IndexError, TypeError):  # the other damage was above this one
            continue
    plans, data = JsonValue("p.json", both["old" if old else "plans"]), JsonValue("d.json", both["data"])
    try:
        plans.mapping(), data.mapping()
        found = import_plans(plans, "3d_fullres", data)
    except UnetgenError as error:
        assert all(line.startswith(("p.json: ", "d.json: ")) for line in str(error).splitlines())
    else:
        assert found.plan.params > 0


def test_plans_of_nnunet_v1_are_called_so() -> None:
    found = message(JsonValue("plans.json", {"plans_per_stage": {"0": {}}, "base_num_features": 32}))
    assert found.startswith("plans_per_stage: are plans of nnU-Net v1, which is not read; convert the data")
