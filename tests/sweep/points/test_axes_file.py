"""The axes of a sweep in a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen, refused
from unetgen.config.composing.overrides import read
from unetgen.errors import Problem
from unetgen.sweep.points.axes_file import axes_in
from unetgen.sweep.points.written import written

AXES = """\
depth: [2, 3]
up: [nearest, {kind: transposed, kernel: 2}]
kernel: [3, [3, 5]]
base_filters: range(4,9,4)
norm: batch
"""
ON_THE_LINE = (
    "depth=2,3", "up=nearest,{kind:transposed,kernel:2}", "kernel=3,[3,5]", "base_filters=range(4,9,4)",
    "norm=batch",
)  # fmt: skip


def test_a_file_has_the_axes_of_the_command_line(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "axes.yaml").write_text(AXES)
    assert axes_in(Path("axes.yaml")).overrides == ON_THE_LINE
    in_file = unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out")
    assert in_file.code == 0, in_file.err
    digests = {file.parent.name for file in tmp_path.glob("out/*/result.json")}
    assert len(digests) == 16
    on_line = unetgen("sweep", "quickstart2d", *ON_THE_LINE, "--dry-run", "--out", "out")
    assert "0 would run, 16 are finished" in on_line.out
    assert unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out").out == in_file.out


def test_further_axes_may_stand_on_the_command_line(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "axes.yaml").write_text("depth: [2, 3]\n")
    outcome = unetgen("sweep", "quickstart2d", "skip=add,concat", "--axes", "axes.yaml", "--out", "out")
    assert outcome.code == 0 and "4 points: 4 ok" in outcome.out
    refused(
        unetgen("sweep", "quickstart2d", "depth=4", "--axes", "axes.yaml", "--out", "out"),
        "axes.yaml: depth: is on the command line too; say it in one place",
    )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "depth: []\nskip: [add]\n",
            ["axes.yaml:1:8: depth: has no values; list its values, or leave it out"],
        ),
        (
            "a b: [1]\n\nde=pth: 2\n",
            [
                "axes.yaml:1:1: does not name an axis (got 'a b'); "
                "write a field's name, such as depth or norm.epsilon",
                "axes.yaml:3:1: does not name an axis (got 'de=pth'); "
                "write a field's name, such as depth or norm.epsilon",
            ],
        ),
    ],
    ids=["no values", "names"],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, messages: list[str], tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "axes.yaml").write_text(text)
    refused(unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out"), *messages)
    assert not (tmp_path / "out").exists()


def test_a_value_that_does_not_fit_is_told_with_its_place(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "axes.yaml").write_text(
        "depth: [2, x]\nnorm: {kind: group, groups: a}\nup: [nearest, 'a b']\n"
    )
    outcome = unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out", "seed=-1")
    assert outcome.code == 2
    told = [line.strip() for line in outcome.err.splitlines() if line.startswith("  ")]
    assert [line.rpartition(" (got ")[0] for line in told] == [
        "axes.yaml:2:7: norm.groups: must be a whole number",
        "override 'seed=-1': seed: must be at least 0",
        "axes.yaml:3:15: up: unknown kind",
        "axes.yaml:1:12: depth: must be a whole number",
    ]
    (tmp_path / "axes.yaml").write_text("depth: range(2,4,0)\nup: glob(z*)\n")
    outcome = unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out")
    assert [line.partition(": ")[0] for line in outcome.err.splitlines()] == [
        "axes.yaml:1:8",
        "axes.yaml:2:5",
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("- depth: [2, 3]\n- up: [nearest]\n", "axes.yaml:1:1: "),
        ("depth: [2, 010]\n", "axes.yaml:1:12: depth.1: "),
        ("depth: [2, 3\n", "axes.yaml:"),
        ("depth: range(2,,3)\n", "axes.yaml:1:8: depth: cannot be read: "),
        ("depth: [2, {'a': {b: 1}}]\ndepth: 3\n", "axes.yaml:2:1: depth: "),
    ],
    ids=["a list of mappings", "an ambiguous number", "no YAML", "no range", "a key twice"],
)
def test_what_is_no_mapping_of_values_is_refused(
    text: str, start: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "axes.yaml").write_text(text)
    outcome = unetgen("sweep", "quickstart2d", "--axes", "axes.yaml", "--out", "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(start), outcome.err


@pytest.mark.parametrize(
    "value",
    ["a", "a b", "a,b", "it's", 'say "x"', "back\\", "\\'", "null", "TRUE", "1", "1e5", "0x10", "a:b", "x=y",
     "${a}", "", " a ", "{a}", "[1]", "f(1)", "é", 1, -2.5, 1e-7, 1e300, True, None, [], {},
     [[1], {"k": ["v, w", None]}],
     {"a": {"b": [1, {"c": "d e"}]}}, float("inf"), -float("inf")],
    ids=repr,
)  # fmt: skip
def test_a_value_is_read_as_it_was(value: object) -> None:
    for text in (f"x={written(value)}", f"x={written(value)},other"):
        override = read(text)
        given = next(iter(override.sweep_iterator())) if override.is_sweep_override() else override.value()
        plain = getattr(given, "text", given)
        assert (plain, type(plain)) == (value, type(value)) or override.is_sweep_override()
        if isinstance(value, str | int | float | None):
            assert (plain, type(plain)) == (value, type(value))


@pytest.mark.parametrize("key", ["a", "1", "01", "a b", "0.5"])
def test_a_key_is_read_as_it_was(key: str) -> None:
    assert [str(name) for name in read(f"x={written({key: 1})}").value()] == [key]


@pytest.mark.parametrize("key", ["true", "É", "a:1,b", "a}", ""])
def test_a_key_that_would_be_another_one_is_refused(key: str) -> None:
    assert isinstance(read(f"x={written({key: 1})}"), Problem)
