from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

from unetgen.errors import ConfigError, UnetgenError
from unetgen.sweep.points.space import MAX_POINTS, Space

GROUPS = {"skip": ["add", "concat"], "up": ["linear", "nearest", "pixel_shuffle", "transposed"]}


def options(group: str) -> Sequence[str]:
    return GROUPS.get(group, [])


def space(*texts: str) -> Space:
    return Space.of(texts, options)


def test_hydra_settings_fixed_overrides_and_swept_ones_are_told_apart() -> None:
    found = space("norm=batch", "depth=2,3", "hydra/launcher=joblib", "+hydra.launcher.x=1", "seed=1")
    assert found.hydra == ("hydra/launcher=joblib", "+hydra.launcher.x=1")
    assert found.overrides == ("norm=batch", "depth=2,3", "seed=1")
    assert found.swept == {"depth": "depth=2,3"}


def test_a_point_keeps_the_order_of_the_command_line() -> None:
    """A kind chosen first and its option after: the other way round the option would be lost."""
    found = space("up=nearest,transposed", "up.size=2", "depth=2,3")
    assert found.point(["depth=3", "up=transposed"]) == ("up=transposed", "up.size=2", "depth=3")


def test_what_a_sweeper_adds_by_itself_comes_last() -> None:
    assert space("depth=2,3").point(["depth=2", "seed=7"]) == ("depth=2", "seed=7")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("skip=glob(*)", ["add", "concat"]),
        ("up=glob(*,exclude=n*)", ["linear", "pixel_shuffle", "transposed"]),
        ("up=glob([l*,t*])", ["linear", "transposed"]),
    ],
)
def test_a_glob_is_the_choice_of_what_it_matches(text: str, values: Sequence[str]) -> None:
    found = space(text)
    key = text.partition("=")[0]
    assert found.swept == {key: f"{key}=choice({','.join(values)})"}


@pytest.mark.parametrize("texts", [("depth=2,3", "depth=4"), ("depth=4", "depth=2,3"), ("depth=2,3",) * 2])
def test_a_field_with_several_values_is_given_once(texts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="gives several values, and its field is given twice; keep one"):
        space(*texts)
    assert space("depth=3", "depth=4").overrides == ("depth=3", "depth=4")


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        space("up=glob(z*)", "kernel=glob(*)", "hydra/launcher=joblib,ray", "~norm=1,2", "depth=[2")
    assert [str(problem).partition(": ")[2] for problem in caught.value.problems][:4] == [
        "matches no option of the group `up`; its options: linear, nearest, pixel_shuffle, transposed",
        "is not a config group, a glob has nothing to choose from (got 'kernel')",
        "`hydra` settings are the same for the whole sweep, they take one value",
        "a deletion takes no choice of values",
    ]
    assert "cannot be read" in str(caught.value.problems[4])


def test_points_are_those_of_hydras_own_sweeper() -> None:
    """Against a plain product: Hydra's sweeper with its whole grammar, nothing written anywhere."""
    from pathlib import Path

    from unetgen.sweep.running.multirun import multirun

    found = space("seed=5", "depth=range(2,5)", "filters=[8,16],[4,8]", "skip=glob(*)")
    with multirun(Path("nowhere"), ()) as hydra:
        points = [found.point(chosen) for chosen in hydra.points(list(found.swept.values()))]
    expected = product((2, 3, 4), ("[8,16]", "[4,8]"), ("add", "concat"))
    assert points == [("seed=5", f"depth={d}", f"filters={f}", f"skip={s}") for d, f, s in expected]
    assert not Path("nowhere").exists()


# --- how many, and where to ---


@pytest.mark.parametrize(
    "text",
    [
        "depth=2,3,4", "seed=range(2,9)", "seed=range(9,2,-2)", "seed=range(0,1,0.3)", "seed=range(5,1)",
        "seed=sort(range(1,4))", "seed=shuffle(range(0,7,2))", "skip=glob(*)", "kernel=choice(1,3)",
    ],
)  # fmt: skip
def test_the_count_is_that_of_the_values_that_hydra_makes(text: str) -> None:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    space = Space.of([text], lambda _: ["add", "concat", "attention"])
    ((key, swept),) = space.swept.items()
    values = list(OverridesParser.create().parse_override(swept).sweep_iterator())
    assert space.counts == {key: len(values)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed=range(2,1000000)", "999,998 points are more than 10,000, none was made (seed 999,998); "
         "sweep fewer values, or say --max-points 999998"),
        ("seed=range(0,1e300)", "billions of points are more than 10,000, none was made (seed billions of); "
         "sweep fewer values"),
        ("seed=range(0,inf)", "billions of points are more than 10,000, none was made (seed billions of); "
         "sweep fewer values"),
        ("seed=range(0,10000)", None),
    ],
)  # fmt: skip
def test_too_many_points_are_refused_before_one_is_made(text: str, told: str | None) -> None:
    space = Space.of(["depth=2", text], lambda _: ())
    if told is None:
        space.refuse_more_than(MAX_POINTS)
        return
    with pytest.raises(UnetgenError) as caught:
        space.refuse_more_than(MAX_POINTS)
    assert str(caught.value) == told
    if "--max-points" in told:
        space.refuse_more_than(int(told.rpartition(" ")[2]))


@pytest.mark.parametrize(
    "text",
    [
        "hydra.sweep.dir=/tmp/x", "hydra.sweep.subdir=../x", "hydra.run.dir=x", "++hydra.sweep.dir=x",
        "hydra.output_subdir=x", "hydra.runtime.output_dir=x", "hydra.job.chdir=true",
        "hydra={sweep:{dir:x}}",
    ],
)  # fmt: skip
def test_files_of_a_sweep_go_nowhere_but_into_its_folder(text: str) -> None:
    with pytest.raises(ConfigError, match=r"are in the folder of --out, and nowhere else; say --out DIR"):
        Space.of([text], lambda _: ())


def test_a_range_that_never_ends_is_refused() -> None:
    with pytest.raises(ConfigError, match="a range takes a step other than 0"):
        Space.of(["seed=range(0,10,0)"], lambda _: ())
