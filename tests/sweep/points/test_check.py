from __future__ import annotations

from pathlib import Path

import pytest

import unetgen
from unetgen.config.loader import Reader
from unetgen.errors import UnetgenError
from unetgen.parts.ups.transposed import TransposedUp
from unetgen.sweep.points.budget import Budget
from unetgen.sweep.points.candidates import ConfigCandidates
from unetgen.sweep.points.check import Checker


def checked(*points: tuple[str, ...], budget: Budget | None = None, config: str = "quickstart2d") -> Checker:
    checker = Checker(ConfigCandidates(Reader(config)), budget or Budget())
    checker.check(points)
    return checker


def test_equal_configs_are_one_point_and_another_learning_rate_is_another() -> None:
    found = checked(
        ("depth=3",), ("depth=3", "up=transposed"), ("depth=3", "compile.optimizer.learning_rate=0.5")
    ).checked
    given = unetgen.load("quickstart2d", ["depth=3"])
    assert given.up == TransposedUp(), "the second point says what is so anyway"
    assert len(found.points) == 2
    first, second = found.points.values()
    assert first.digest == given.digest
    assert first.also == (("depth=3", "up=transposed"),)
    assert first.fingerprint == second.fingerprint
    assert found.repeated == 1
    assert set(found.digests.values()) == set(found.points)


def test_a_point_with_a_config_error_is_told_with_its_overrides_and_the_whole_error() -> None:
    checker = checked(("depth=3",), ("depth=3", "norm=bach"), ("depth=zero", "kernel=0"))
    assert len(checker.checked.points) == 1
    assert [point.because for point in checker.checked.invalid] == ["invalid", "invalid"]
    with pytest.raises(UnetgenError) as caught:
        checker.checked.refuse_invalid()
    lines = str(caught.value).splitlines()
    assert lines[0] == "depth=3 norm=bach: invalid"
    assert lines[1].startswith("  override 'norm=bach': norm: ")
    assert lines[2] == "depth=zero kernel=0: invalid"
    assert sum(line.startswith("  override 'depth=zero'") for line in lines) == 1
    assert sum(line.startswith("  override 'kernel=0'") for line in lines) == 1
    assert lines[-1].startswith("2 of 3 points are invalid, none was run; --on-invalid skip")


@pytest.mark.parametrize(("count", "more"), [(3, ""), (5, " and 2 more")])
def test_of_many_points_with_one_problem_three_are_named(count: int, more: str) -> None:
    checker = checked(*(("norm=bach", f"seed={number}") for number in range(count)))
    with pytest.raises(UnetgenError) as caught:
        checker.checked.refuse_invalid()
    named = ", ".join(f"norm=bach seed={number}" for number in range(3))
    assert str(caught.value).splitlines()[0] == f"{named}{more}: invalid"


@pytest.mark.parametrize("limit", ["max_params", "max_macs", "max_inference_memory", "max_train_memory"])
def test_a_budget_leaves_out_what_is_over_it_and_keeps_what_is_on_it(limit: str) -> None:
    column = {
        "max_params": "params",
        "max_macs": "macs",
        "max_inference_memory": "inference_bytes",
        "max_train_memory": "train_bytes",
    }[limit]
    small, large = ("base_filters=4",), ("base_filters=8",)
    costs = [point.cost[column] for point in checked(small, large).checked.points.values()]
    assert isinstance(costs[0], int)
    assert isinstance(costs[1], int)
    assert costs[0] < costs[1]
    found = checked(small, large, budget=Budget(**{limit: float(costs[0])})).checked
    assert [point.overrides for point in found.points.values()] == [small]
    (left,) = found.left_out
    assert (left.overrides, left.because) == (large, "over budget")
    assert left.reasons == (f"{column} {costs[1]:,} is over the limit of {costs[0]:,}",)
    found.refuse_invalid()


def test_memory_is_counted_for_the_batch() -> None:
    reader = Reader("quickstart2d")
    one, eight = (Checker(ConfigCandidates(reader, batch)) for batch in (1, 8))
    for checker in (one, eight):
        checker.check([()])
    (a,), (b,) = one.checked.points.values(), eight.checked.points.values()
    assert a.digest == b.digest
    assert a.cost["weights_bytes"] == b.cost["weights_bytes"]
    assert a.cost["train_bytes"] < b.cost["train_bytes"]  # type: ignore[operator]


def test_the_files_are_read_once_and_group_choices_are_kept_apart(tmp_path: Path) -> None:
    """Among points that choose files of a group, in any order, each is what loading it alone gives."""
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "mine.yaml").write_text("kind: linear\n")
    main = tmp_path / "main.yaml"
    main.write_text(
        "defaults: [{up: mine}, _self_]\ninput: {shape: [32, 32]}\n"
        "depth: 3\nbase_filters: 4\nnum_classes: 2\n"
    )
    points = [("up=mine",), ("up=transposed", "depth=2"), (), ("up=transposed",), ("depth=2", "up=mine")]
    checker = Checker(ConfigCandidates(Reader(main)))
    checker.check(points)
    for overrides in points:
        assert checker.checked.digests[overrides] == unetgen.load(main, overrides).digest
    main.unlink()
    checker.check([("depth=4", "up=mine")])
    assert not checker.checked.left_out
