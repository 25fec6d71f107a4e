from __future__ import annotations

import json

import jsonschema

from tests.hostile.conftest import Unetgen


def test_it_prints_one_json_schema(unetgen: Unetgen) -> None:
    outcome = unetgen("schema")
    assert (outcome.code, outcome.err) == (0, "")
    jsonschema.Draft202012Validator.check_schema(json.loads(outcome.out))
