"""The JSON Schema of the config language, with every field's description and default."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from unetgen.config.documentation import field_docs
from unetgen.config.model import UNetConfig
from unetgen.parts.options import KerasChoice

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Documented(GenerateJsonSchema):
    """Pydantic's generator, with the fields' docstrings as descriptions."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        out = super().model_schema(schema)
        model = schema["cls"]
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, text in field_docs(model).items():
                if name in out.get("properties", {}):
                    out["properties"][name].setdefault("description", text)
        return out

    def encode_default(self, dft: Any) -> Any:
        return dft.dump() if isinstance(dft, KerasChoice) else super().encode_default(dft)


def json_schema() -> dict[str, Any]:
    """The schema of a whole config file; ``defaults`` for composing is allowed beside the fields."""
    schema = UNetConfig.model_json_schema(schema_generator=_Documented)
    schema["properties"]["defaults"] = {
        "type": "array",
        "description": "Hydra's defaults list: the files that this one is composed of.",
    }
    return {"$schema": DIALECT, **schema, "title": "unetgen config"}
