"""The JSON Schema of run files: their own fields, and those of a config where a network is written in one."""

from __future__ import annotations

from typing import Any

from unetgen.config.bundled import bundled_configs
from unetgen.config.schema.json_schema import WIDTHS, documented_schema, file_schema
from unetgen.runs.config import RunConfig

MODEL = "model"
MODEL_ALONE = f"^{MODEL}$"


def run_schema() -> dict[str, Any]:
    """The schema of a whole run file; editors complete the names of bundled configs in it."""
    schema = documented_schema(RunConfig)
    named, config = schema["properties"][MODEL]["anyOf"]
    named["examples"] = list(bundled_configs())
    network = schema["$defs"][config["$ref"].rpartition("/")[2]]
    whole = {"required": network.pop("required"), **WIDTHS}
    # Asked for from outside of the field, which the YAML language server would explain twice otherwise.
    is_written = {"patternProperties": {MODEL_ALONE: {"type": "object"}}, "required": [MODEL]}
    asked = {"if": is_written, "then": {"patternProperties": {MODEL_ALONE: whole}}}
    return file_schema(schema, {"required": schema.pop("required"), **asked})
