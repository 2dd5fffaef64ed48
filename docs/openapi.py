"""The OpenAPI document of the HTTP API: made from the table of its operations and from the schemas of the formats."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from searchidx import __version__
from searchidx.web.api import JSON, OPERATIONS, PREFIX, Operation
from searchidx.web.parameters import Parameter
from searchidx.web.problems import MEDIA_TYPE

ROOT = Path(__file__).resolve().parent.parent

PROBLEMS = {
    400: "a query or a parameter cannot be meant; `diagnostics` say where the query is wrong",
    401: "the server asks for its token",
    403: "a page of another site asked",
    404: "there is no article of that id",
    410: "the archive has changed since the first page",
    413: "the request has a body",
    414: "the address is too long",
    421: "the server does not go by the name it was asked for",
    422: "the query is too much work: too broad, or it takes too long",
    429: "this client asked too often",
    500: "a fault of the server",
    503: "too many requests wait, or the cluster of the archive does not answer",
    505: "a long answer was asked for by HTTP/1.0, whose end cannot be told from a break",
}
ALWAYS = (401, 403, 413, 414, 421, 429, 500, 503)
RETRIED = (429, 503)


def openapi_document() -> str:
    """The document, as it is served."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "searchidx",
            "version": __version__,
            "summary": "Full-text search for archives of saved news articles",
            "description": (
                "All is asked for by GET. Answers are JSON of a stated version, within which names may be added; "
                "errors are problems of RFC 9457. An answer's ETag holds until the archive changes, or the day."
            ),
        },
        "servers": [{"url": PREFIX}],
        "security": [{}, {"bearer": []}, {"basic": []}],
        "paths": {f"/{operation.name}": {"get": _operation(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": _schemas(),
            "parameters": {
                "IfNoneMatch": {
                    "name": "If-None-Match",
                    "in": "header",
                    "description": "The ETag of an answer that is there already: where it still holds, 304 says so.",
                    "schema": {"type": "string"},
                }
            },
            "responses": {
                **{f"Problem{status}": _problem(status) for status in PROBLEMS},
                "NotModified": {"description": "the answer that is there already still holds"},
            },
            "headers": {
                "ETag": {"description": "names what the answer depends on", "schema": {"type": "string"}},
                "Link": {"description": 'the page that follows: `<…>; rel="next"`', "schema": {"type": "string"}},
                "RetryAfter": {"description": "in how many seconds to try again", "schema": {"type": "integer"}},
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "the token of the server, if it has one"},
                "basic": {"type": "http", "scheme": "basic", "description": "the token as the password of any user"},
            },
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _operation(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    if any(parameter.name == "next" for parameter in operation.parameters):
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [*map(_parameter, operation.parameters), {"$ref": "#/components/parameters/IfNoneMatch"}],
        "responses": {
            "200": {
                "description": operation.summary,
                "headers": headers,
                "content": {media_type: _content(media_type, name) for media_type, name in operation.contents.items()},
            },
            "304": {"$ref": "#/components/responses/NotModified"},
            **{
                str(status): {"$ref": f"#/components/responses/Problem{status}"}
                for status in sorted((*operation.problems, *ALWAYS))
            },
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.many:
        schema = {"type": "array", "items": schema, "maxItems": parameter.most}
        if parameter.required:
            schema["minItems"] = 1
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        "schema": schema,
        **({"style": "form", "explode": True} if parameter.many else {}),
        **({"example": [parameter.example] if parameter.many else parameter.example} if parameter.example else {}),
    }


def _content(media_type: str, name: str | None) -> dict[str, Any]:
    if media_type == JSON and name is not None:
        return {"schema": {"$ref": _reference(name)}}
    if media_type.endswith("+json"):
        return {"schema": {"type": "array", "items": {"type": "object"}}}
    schema = {"type": "string"}
    if name is not None:  # what a stream is made of has no word of its own in OpenAPI 3.1
        schema |= {"description": f"lines, each a {_name(name)}", "x-line": {"$ref": _reference(name)}}
    return {"schema": schema}


def _problem(status: int) -> dict[str, Any]:
    found = {
        "description": f"{HTTPStatus(status).phrase}: {PROBLEMS[status]}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _reference("problem")}}},
    }
    if status in RETRIED:
        found["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return found


# -- schemas -------------------------------------------------------------------------------------------------------


def _schemas() -> dict[str, Any]:
    """The schemas of docs/schemas that answers have, and what those are made of, each once."""
    wanted = {name for operation in OPERATIONS for name in operation.contents.values() if name} | {"problem"}
    found: dict[str, Any] = {}
    for name in sorted(wanted):
        schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text())
        parts = schema.pop("$defs", {})
        del schema["$schema"], schema["$id"], schema["title"]  # programs that make clients would name classes by it
        for part, value in ((name, schema), *parts.items()):
            same = found.setdefault(_name(part), _moved(value))
            if _bare(same) != _bare(_moved(value)):
                raise ValueError(f"docs/schemas/{name}.json says something else of {part} than another schema")
    return dict(sorted(found.items()))


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without what is said of the whole of it."""
    return {name: value for name, value in schema.items() if name != "description"}


def _moved(node: Any) -> Any:
    """A schema with its references to where its parts are in the document."""
    if isinstance(node, list):
        return [_moved(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _reference(value.rpartition("/")[2]) if name == "$ref" else _moved(value) for name, value in node.items()
    }


def _name(name: str) -> str:
    return name.title()


def _reference(name: str) -> str:
    return f"#/components/schemas/{_name(name)}"
