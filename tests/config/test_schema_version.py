"""The version of the language: said by what unetgen writes, in no digest, and strict where it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import unetgen
from unetgen.config.loader import from_dict
from unetgen.config.resolved import to_yaml
from unetgen.errors import ConfigError, OldNameWarning

TEXT = "input: {shape: [32, 32]}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"


def problems_of(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        unetgen.load(file)
    return [str(problem).removeprefix(f"{file}:") for problem in refused.value.problems]


def test_a_config_without_a_version_is_of_this_one_and_a_resolved_one_says_it_first(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT)
    config = unetgen.load(tmp_path / "a.yaml")
    assert config.schema_version == 1
    lines = [line for line in to_yaml(config).splitlines() if not line.startswith("#")]
    assert lines[0] == "schema_version: 1"
    del (said := config.to_dict())["schema_version"]
    assert from_dict(said) == config and from_dict(said).digest == config.digest


def test_the_digest_is_the_one_that_it_was_before_there_were_versions() -> None:
    assert unetgen.load("unet3d_depth2").digest == (
        "5f34a6dd678f8ef3fff5b679e89e2eb4de736d1fbc5c23a085097487e024a6f7"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "2",
            "is newer than unetgen {}, which reads versions up to 1 (got 2); "
            "use the unetgen that wrote the file, or a newer one",
        ),
        ("0", "must be positive (got 0)"),
        ("true", "must be a whole number (got true)"),
        ("one", "must be a whole number (got 'one')"),
    ],
)
def test_another_version_is_refused(value: str, words: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "a.yaml", f"schema_version: {value}\n{TEXT}")
    assert problem == f"1:17: schema_version: {words.format(unetgen.__version__)}"


def test_an_old_name_beside_a_version_is_a_problem_and_in_an_override_a_note(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    (problem,) = problems_of(file, f"schema_version: 1\n{TEXT}compile: {{optimizer: {{name: sgd}}}}\n")
    assert problem == (
        "6:23: compile.optimizer.name: is the old name of `kind`, which `schema_version: 1` does not have; "
        "write `kind`; `unetgen migrate` does it"
    )
    file.write_text(f"schema_version: 1\n{TEXT}")
    with pytest.warns(OldNameWarning, match="write `kind` for `name`"):
        config = unetgen.load(file, ["compile.optimizer.name=sgd"])
    assert config.compile.optimizer.name == "sgd"
