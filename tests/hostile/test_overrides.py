"""Hostile overrides on a good file: refused with exactly these messages, which name the override."""

# ruff: noqa: E501  (an exact message stays on one line)

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused

CASES = {
    "depth=x": "depth: must be a whole number (got 'x')",
    "depth=": "depth: must be a whole number (got '')",
    "depth=null": "depth: must be a whole number (got null); it is needed: the number of levels of resolution, the bottom included: depth - 1 steps down",
    "depth=1e1": "depth: must be a whole number (got 10.0)",
    "dept=3": "dept: unknown key; did you mean `depth`?",
    "up.knd=linear": "up.knd: unknown key; did you mean `kind`?",
    "up=lineer": "up: unknown kind (got 'lineer'); did you mean `linear`?",
    "input.shape=[64,63]": "input.shape.1: does not fit encoder/level1/down: a size of 63 does not divide by 2 (got 63); the nearest legal sizes are 60 and 64; `resize: pad_and_crop` takes it as it is",
    "input.shape.0=63": "input.shape.0: does not fit encoder/level1/down: a size of 63 does not divide by 2 (got 63); the nearest legal sizes are 60 and 64; `resize: pad_and_crop` takes it as it is",
    "input.shape.5=64": "input.shape: is a list of 2 (got '5'); its items are 0 to 1",
    "input.shape.x=64": "input.shape: is a list of 2 (got 'x'); its items are 0 to 1",
    "kernel=[3,3,3]": "kernel: has 3 numbers for 2 spatial axes (got [3, 3, 3])",
    "skip.axis=0": "skip.axis: is the batch axis; the channel axis of 2D channels_last is 3, or -1 (got 0); write `axis: 3`, or `axis: channels` for either data format",
    "depth=2,3": "gives several values; only `unetgen sweep` takes them; a list is key=[a,b]",
    "depth=range(2,4)": "gives several values; only `unetgen sweep` takes them; a list is key=[a,b]",
    "depth=choice(2,3)": "gives several values; only `unetgen sweep` takes them; a list is key=[a,b]",
    "hydra.run.dir=/tmp": "`hydra` settings belong to `unetgen sweep`",
    "hydra/launcher=joblib": "`hydra` settings belong to `unetgen sweep`",
    "~nothing": "nothing: is not there to be deleted; one of: input, depth, base_filters, num_classes, name",
    "+depth=4": "depth: is already there, it cannot be added; leave out the `+`, no field needs it",
    "depth.x=1": "depth: is a single value, nothing can be set inside it (got 3)",
    "seed=${oc.env:HOME}": "seed: only references to other fields are resolved, nothing is run (got '${oc.env:HOME}'); write the value itself, or ${field}",
    "seed=${seed}": "seed: refers to itself (got '${seed}'); write the value in one of the places",
    "norm={kind: batch, kind: instance}": "the key 'kind' is given twice; give it once",
    "compile={optimizer: {name: adam, name: sgd}}": "the key 'name' is given twice; give it once",
    "filters=shuffle([4,8,16])": "`shuffle` gives another value each time; write the value itself",
    "filters=sort(shuffle([4,8,16]))": "`shuffle` gives another value each time; write the value itself",
    "kernel={1: 2, 1: 3}": "the key '1' is given twice; give it once",
    "kernel={a: 1}": "kernel: must be a whole number, a list of one per axis, or a list of such lists, one per level (got {'a': 1})",
}


@pytest.mark.parametrize(("override", "message"), CASES.items(), ids=CASES)
def test_an_override_is_refused(override: str, message: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    messages = [f"override '{override}': {message}"]
    if override == "depth=":
        hint = "depth= has no value; if it had a $, put it in single quotes, such as 'depth=${NAME}'"
        messages.append(f"hint: {hint}")
    refused(unetgen("validate", "good.yaml", override), *messages)
    refused(unetgen("show", "--json", "good.yaml", override), *messages)


def test_all_overrides_and_the_file_are_told_at_once(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + "kernel: 0\n")
    refused(
        unetgen("validate", "a.yaml", "up=lineer", "~num_classes", "seed=-1"),
        "a.yaml:1:1: num_classes: missing; it is needed: the number of classes, which are the channels of the output",
        "a.yaml:5:9: kernel: must be positive (got 0)",
        "override 'up=lineer': up: unknown kind (got 'lineer'); did you mean `linear`?",
        "override 'seed=-1': seed: must be at least 0 (got -1)",
    )


def test_a_kind_changed_alone_says_how_to_change_all_of_it(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + "up: {kind: transposed, kernel: 2}\n")
    refused(
        unetgen("validate", "a.yaml", "up.kind=linear"),
        "a.yaml:5:24: up.kernel: unknown key; it belongs to transposed, pixel_shuffle, bottleneck and mednext; the fields of linear: "
        "filters, conv, align_corners; `up=linear` swaps the whole kind",
    )
    assert unetgen("validate", "a.yaml", "up=linear").code == 0


def test_what_is_no_override_is_told(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    refused(unetgen("show", "a.yaml", "depth"), "'depth' is not an override; write key=value")
    refused(
        unetgen("show", "a.yaml", "b.yaml", "=3"),
        "'b.yaml' is not an override; write key=value",
        "'=3' is not an override; write key=value",
    )
    outcome = unetgen("validate", "a.yaml", "--depth=3")
    assert (outcome.code, outcome.out) == (2, "")
    assert "unrecognized arguments: --depth=3" in outcome.err
    outcome = unetgen("validate", "a.yaml", "kernel=[1,")
    assert outcome.err.startswith("override 'kernel=[1,': cannot be read: ")


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "override",
    [
        f"seed={DIGITS}", f"kernel=[3,{DIGITS}]", f"norm={{kind: group, groups: {DIGITS}}}", f"seed=-{DIGITS}",
        f"base_filters={DIGITS}", f"input.shape=[{DIGITS},64]", f"seed=int({DIGITS})", f"depth={DIGITS}.0",
        f"input.shape.{DIGITS}=64", f"seed=0x{DIGITS}", f"seed=1e{DIGITS}", f"compile.{DIGITS}=1",
    ],
    ids=lambda override: override[:20],
)  # fmt: skip
@pytest.mark.parametrize("command", ["validate a.yaml", "show a.yaml --json", "sweep a.yaml --out s"])
def test_numbers_of_thousands_of_digits(
    command: str, override: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    outcome = unetgen(*command.split(), override)
    assert (outcome.code, outcome.out) == (2, "")
    assert "override '" in outcome.err
    assert len(outcome.err) < 2000
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("given", [str(10**28), DIGITS, "1e3", "²", "٣", "+1", "0x10", "2147483648", " 1"])
@pytest.mark.parametrize(
    "command", ["show a.yaml --batch", "sweep a.yaml --out s --batch", "sweep a.yaml --out s --max-points"]
)
def test_a_batch_is_a_number_that_a_machine_can_hold(
    command: str, given: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    outcome = unetgen(*command.split(), given)
    assert (outcome.code, outcome.out) == (2, "")
    assert "must be a positive whole number" in outcome.err
    assert len(outcome.err) < 3000


@pytest.mark.parametrize(
    "command",
    [
        "build a.yaml --out", "diagram a.yaml --out", "sweep a.yaml --out", "collect s --out",
        "optimize m.keras --out", "export m.keras --out", "import nnunet p.json --configuration 2d --out",
        "import weights c.pt --from monai --config a.yaml --out",
    ],
)  # fmt: skip
def test_an_empty_out_is_refused(command: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    for given in ("", " "):
        outcome = unetgen(*command.split(), given)
        assert (outcome.code, outcome.out) == (2, "")
        assert f"argument --out: names no file or folder (got {given!r})" in outcome.err
    assert [file.name for file in tmp_path.iterdir()] == ["a.yaml"]
