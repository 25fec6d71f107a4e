"""Fields that several models have, as one definition each: they would fill half of the schema otherwise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any


def share_fields(definitions: dict[str, Any]) -> None:
    """Make a definition of every field that several models have, description and all."""
    fields = [
        (properties, name)
        for definition in definitions.values()
        for properties in [definition.get("properties", {})]
        for name, field in properties.items()
        if "anyOf" in field
    ]
    uses = Counter((name, _apart_from_default(properties[name])) for properties, name in fields)
    for properties, name in fields:
        text = _apart_from_default(properties[name])
        same_name = [count for (other, _), count in uses.items() if other == name]
        if uses[name, text] > 1 and uses[name, text] == max(same_name):
            definitions[f"field_{name}"] = json.loads(text)
            default = {"default": properties[name]["default"]} if "default" in properties[name] else {}
            properties[name] = {"$ref": f"#/$defs/field_{name}", **default}


def _apart_from_default(field: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in field.items() if key != "default"})
