"""The OpenAPI document of a service, with what all of its routes share: who may ask, and what a refusal looks like."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from shared.problems import MEDIA_TYPE

PROBLEM = "Problem"
LEFT_OUT = ("HTTPValidationError", "ValidationError")
"""What FastAPI says of refusals; ours are problems."""


class Fault(BaseModel):
    """A field that is not right."""

    field: str
    expected: str


class Problem(BaseModel):
    """A problem (RFC 9457). `hint` says what to do, `where` names the field or the place in a file."""

    type: str
    title: str
    status: int
    detail: str = ""
    hint: str = ""
    where: str = ""
    errors: list[Fault] = []
    correlation_id: str = ""


def describe(app: FastAPI) -> None:
    """Have the service's own document say what is so for all routes; made when it is asked for first."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI has it for documents of one's own


def uploads(description: str, *media_types: str, field: str = "file") -> dict[str, Any]:
    """The body of a route that takes a file: as a form's part, or as the body itself where types are given."""
    part = {"type": "string", "contentMediaType": "application/octet-stream"}
    form = {"type": "object", "properties": {field: part}, "required": [field]}
    content: dict[str, Any] = {"multipart/form-data": {"schema": form}}
    content |= {each: {"schema": part} for each in media_types}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def answers(description: str, media_type: str) -> dict[int | str, dict[str, Any]]:
    """The good answer of a route that is no JSON."""
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in LEFT_OUT:
        schemas.pop(name, None)
    of_problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= of_problem.pop("$defs", {}) | {PROBLEM: of_problem}
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key."}}
    refusal = {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
    }
    for path, operations in made["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= {"4XX": refusal, "5XX": refusal}
            if path.startswith("/v1/"):
                operation["security"] = [{"apiKey": []}]
    return made
