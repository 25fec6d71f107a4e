from __future__ import annotations

from pathlib import Path

from tests.hostile.conftest import GOOD, Unetgen


def test_several_files_are_all_judged(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD + "kernel: 0\n")
    (tmp_path / "c.yaml").write_text(GOOD + "kernel: 5\n")
    outcome = unetgen("validate", "a.yaml", "b.yaml", "c.yaml", "missing.yaml")
    assert outcome.code == 2
    assert [line.split(":")[0] for line in outcome.out.splitlines()] == ["a.yaml", "c.yaml"]
    assert outcome.err.splitlines() == [
        "b.yaml:5:9: kernel: must be positive (got 0)",
        "missing.yaml: no such file",
    ]


def test_overrides_apply_to_every_file_wherever_they_stand(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    for arguments in (
        ["a.yaml", "b.yaml", "depth=9"],
        ["a.yaml", "depth=9", "b.yaml"],
        ["depth=9", "a.yaml", "b.yaml"],
    ):
        outcome = unetgen("validate", *arguments)
        assert outcome.code == 2
        assert outcome.err.count("a size of 1 does not divide by 2") == 4
    assert unetgen("validate", "a.yaml", "b.yaml", "depth=2").code == 0


def test_quiet_says_nothing_but_errors(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    outcome = unetgen("validate", "-q", "a.yaml")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert unetgen("validate", "a.yaml", "--quiet", "depth=1").err != ""


def test_a_file_whose_name_looks_like_an_override(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "lr=0.1.yaml").write_text(GOOD + "name: fast\n")
    assert unetgen("validate", "lr=0.1.yaml").code == 0


def test_a_file_whose_name_makes_no_name_for_the_model(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "my net.yaml").write_text(GOOD)
    assert unetgen("validate", "my net.yaml").err == (
        "my net.yaml:1:1: name: must begin with a letter or digit, and have only letters, digits, `.`, `_` "
        "and `-` (got 'my net'); it comes from the file's name: rename the file, or set `name` in it\n"
    )
    assert unetgen("validate", "my net.yaml", "name=my_net").code == 0


def test_every_bundled_config_is_valid(unetgen: Unetgen) -> None:
    from unetgen.config.bundled import bundled_configs

    outcome = unetgen("validate", *bundled_configs())
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == len(bundled_configs())


def test_a_run_file_is_told_by_what_it_is(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "run.yaml").write_text("model: quickstart2d\ndata: {images: images, masks: masks}\n")
    outcome = unetgen("validate", "run.yaml")
    assert outcome.code == 2
    assert outcome.err == (
        "run.yaml:1:1: model: this is a run file, with a network under this key; `unetgen data` checks "
        "it, and `unetgen train` trains it\n"
    )
