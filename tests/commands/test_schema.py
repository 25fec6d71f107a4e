from __future__ import annotations

import json

import jsonschema
import pytest

from tests.hostile.conftest import Unetgen


@pytest.mark.parametrize("options", [[], ["--run"]])
def test_it_prints_one_json_schema(unetgen: Unetgen, options: list[str]) -> None:
    outcome = unetgen("schema", *options)
    assert (outcome.code, outcome.err) == (0, "")
    jsonschema.Draft202012Validator.check_schema(json.loads(outcome.out))
