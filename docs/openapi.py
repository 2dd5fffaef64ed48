"""Generate the OpenAPI document of the HTTP API from `searchidx.web.api.OPERATIONS` and docs/schemas."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from searchidx.version import __version__
from searchidx.web.api import OPERATIONS
from searchidx.web.operation import JSON, PREFIX, Operation
from searchidx.web.parameters import Parameter
from searchidx.web.problems import MEDIA_TYPE

ROOT = Path(__file__).resolve().parent.parent

PROBLEMS = {
    400: "a query or a parameter is invalid; `diagnostics` have the place in the query",
    401: "the server needs its token",
    403: "the request comes from a page of another site, writes to a server that does not, or asks several archives "
    "for what only one has",
    404: "no article has this id, or several archives have it (`ids`), or no alert has this name",
    410: "the archive has changed since the first page",
    413: "the request has a body that is too long, or that this operation does not take",
    414: "the address is too long",
    421: "the server does not answer to this host name",
    422: "the query is too broad, or takes too long",
    429: "this client sends too many requests",
    500: "an internal error",
    503: "too many requests are waiting, or the cluster of the archive does not answer",
    505: "a long answer was requested over HTTP/1.0, which cannot mark its end",
}
"""Meaning of each error status."""
COMMON_STATUSES = (401, 403, 413, 414, 421, 429, 500, 503)
"""Statuses that every operation may return."""
RETRY_STATUSES = (429, 503)


def openapi_document() -> str:
    """Return the document as it is served."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "searchidx",
            "version": __version__,
            "summary": "Full-text search for archives of saved news articles",
            "description": (
                "Requests that read are a GET; those that write are a POST without a body; a list of queries is the "
                "body of a POST. Answers are versioned JSON; "
                "a version may gain names. Errors are problem documents (RFC 9457). The ETag of an answer is valid "
                "until the archive, its workspace or the day changes."
            ),
        },
        "servers": [{"url": PREFIX}],
        "security": [{}, {"bearer": []}, {"basic": []}],
        "paths": {f"/{each.name}": {each.method.lower(): _operation(each)} for each in OPERATIONS},
        "components": {
            "schemas": _schemas(),
            "parameters": {
                "IfNoneMatch": {
                    "name": "If-None-Match",
                    "in": "header",
                    "description": "The ETag of an earlier answer; if it is still valid, the status is 304.",
                    "schema": {"type": "string"},
                }
            },
            "responses": {
                **{f"Problem{status}": _problem(status) for status in PROBLEMS},
                "NotModified": {"description": "the earlier answer is still valid"},
            },
            "headers": {
                "ETag": {
                    "description": "identifies the snapshot, the workspace, the day and the version",
                    "schema": {"type": "string"},
                },
                "Link": {"description": 'the next page: `<…>; rel="next"`', "schema": {"type": "string"}},
                "RetryAfter": {"description": "the seconds to wait before the next try", "schema": {"type": "integer"}},
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "the token of the server, if it has one"},
                "basic": {"type": "http", "scheme": "basic", "description": "the token as the password of any user"},
            },
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _operation(operation: Operation) -> dict[str, Any]:
    is_reading = operation.method == "GET"
    headers: dict[str, Any] = {"ETag": {"$ref": "#/components/headers/ETag"}} if is_reading else {}
    if any(parameter.name == "next" for parameter in operation.parameters):
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [
            *map(_parameter, operation.parameters),
            *([{"$ref": "#/components/parameters/IfNoneMatch"}] if is_reading else []),
        ],
        **_request_body(operation),
        "responses": {
            "200": {
                "description": operation.summary,
                "headers": headers,
                "content": {media_type: _content(media_type, name) for media_type, name in operation.content.items()},
            },
            **({"304": {"$ref": "#/components/responses/NotModified"}} if is_reading else {}),
            **{
                str(status): {"$ref": f"#/components/responses/Problem{status}"}
                for status in sorted((*operation.problems, *COMMON_STATUSES))
            },
        },
    }


def _request_body(operation: Operation) -> dict[str, Any]:
    if not operation.body:
        return {}
    content = {media_type: {"schema": {"contentMediaType": media_type}} for media_type in operation.body}  # any text
    return {"requestBody": {"required": True, "description": "the list, UTF-8", "content": content}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.is_list:
        schema = {"type": "array", "items": schema, "maxItems": parameter.max_items}
        if parameter.required:
            schema["minItems"] = 1
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        "schema": schema,
        **({"style": "form", "explode": True} if parameter.is_list else {}),
        **({"example": [parameter.example] if parameter.is_list else parameter.example} if parameter.example else {}),
    }


def _content(media_type: str, name: str | None) -> dict[str, Any]:
    if media_type == JSON and name is not None:
        return {"schema": {"$ref": _reference(name)}}
    if media_type.endswith("+json"):
        return {"schema": {"type": "array", "items": {"type": "object"}}}
    schema = {"type": "string"}
    if name is not None:  # OpenAPI 3.1 cannot describe the lines of a stream
        schema |= {"description": f"lines, each a {_component_name(name)}", "x-line": {"$ref": _reference(name)}}
    return {"schema": schema}


def _problem(status: int) -> dict[str, Any]:
    response = {
        "description": f"{HTTPStatus(status).phrase}: {PROBLEMS[status]}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _reference("problem")}}},
    }
    if status in RETRY_STATUSES:
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return response


# -- schemas -------------------------------------------------------------------------------------------------------


def _schemas() -> dict[str, Any]:
    """Return the schemas that responses use, and their parts, by name."""
    names = {name for operation in OPERATIONS for name in operation.content.values() if name} | {"problem"}
    components: dict[str, Any] = {}
    for name in sorted(names):
        schema = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text())
        parts = schema.pop("$defs", {})
        del schema["$schema"], schema["$id"], schema["title"]  # client generators would name classes after the title
        for part, value in ((name, schema), *parts.items()):
            existing = components.setdefault(_component_name(part), _relocate_references(value))
            if _without_description(existing) != _without_description(_relocate_references(value)):
                raise ValueError(f"docs/schemas/{name}.json defines {part} differently from another schema")
    return dict(sorted(components.items()))


def _without_description(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without its description."""
    return {name: value for name, value in schema.items() if name != "description"}


def _relocate_references(node: Any) -> Any:
    """Return a schema whose references point into the OpenAPI document."""
    if isinstance(node, list):
        return [_relocate_references(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _reference(value.rpartition("/")[2]) if name == "$ref" else _relocate_references(value)
        for name, value in node.items()
    }


def _component_name(name: str) -> str:
    return name.title()


def _reference(name: str) -> str:
    return f"#/components/schemas/{_component_name(name)}"
