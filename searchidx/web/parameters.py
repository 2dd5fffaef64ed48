"""Parameters of query strings: declared once, parsed and documented from the declaration.

A parameter states its JSON Schema. Requests are parsed by it, and the OpenAPI document contains it. Names that are not
declared are rejected: a misspelt name would silently answer another question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from searchidx.web.problems import Problem

Scalar = str | int | float | bool
Schema = dict[str, Any]
"""A JSON Schema."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query string.

    Attributes:
        description: its meaning, for the OpenAPI document.
        schema: the JSON Schema of its value, or of each value of a list: `type`, and `enum`, `minimum`, `maximum`,
            `exclusiveMinimum`.
        default: its value if it is not given; a required parameter has none.
        required: whether it must be given.
        is_list: whether it may be repeated; its value is then a list of at most `max_items`.
        example: a value for the OpenAPI document.
    """

    name: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    default: Scalar | None = None
    required: bool = False
    is_list: bool = False
    max_items: int = 100
    example: str = ""

    def parse(self, texts: Sequence[str]) -> Scalar | list[Scalar] | None:
        """Parse the given texts; raises the problem `bad-parameter`."""
        if not texts:
            if self.required:
                raise _bad_parameter(self.name, "is missing")
            return [] if self.is_list else self.default
        if len(texts) > (self.max_items if self.is_list else 1):
            limit = f"{self.max_items} times" if self.is_list else "once"
            raise _bad_parameter(self.name, f"is given {len(texts)} times; at most {limit} is allowed")
        values = [self._parse_one(text) for text in texts]
        return values if self.is_list else values[0]

    def _parse_one(self, text: str) -> Scalar:
        pattern, type_name, convert = _TYPES[self.schema["type"]]
        if not pattern.fullmatch(text):
            raise _bad_parameter(self.name, f"must be {type_name}, not {text[:100]!r}")
        value = convert(text)
        if isinstance(value, str):
            allowed = self.schema.get("enum")
            if allowed and value not in allowed:
                near = difflib.get_close_matches(value, allowed, 1)
                raise _bad_parameter(self.name, f"must be one of {', '.join(allowed)}, not {text[:100]!r}", near)
            return value
        low, above, high = (self.schema.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
        if low is not None and value < low:
            raise _bad_parameter(self.name, f"must be at least {low}")
        if above is not None and value <= above:
            raise _bad_parameter(self.name, f"must be more than {above}")
        if high is not None and value > high:
            raise _bad_parameter(self.name, f"must be at most {high}")
        return value


def enum_schema(*values: str) -> Schema:
    """Return the JSON Schema of a string that is one of these values."""
    return {"type": "string", "enum": list(values)}


_TYPES: dict[str, tuple[re.Pattern[str], str, Callable[[str], Scalar]]] = {
    "string": (re.compile(r".*", re.DOTALL), "text", str),
    "integer": (re.compile(r"-?[0-9]{1,18}"), "a whole number", int),
    "number": (re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?", re.IGNORECASE), "a number", float),
    "boolean": (re.compile(r"true|false"), "true or false", "true".__eq__),
}
"""For each JSON type: its syntax, its name in messages, its converter."""


def _bad_parameter(name: str, reason: str, near: Sequence[str] = ()) -> Problem:
    advice = f": did you mean {near[0]}?" if near else ""
    return Problem(400, "bad-parameter", f"the parameter {name[:100]} {reason}{advice}", parameter=name)


def parse_parameters(query: QueryParams, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Parse a query string into a value for each declared parameter; raises the problem `bad-parameter`."""
    known = [each.name for each in parameters]
    for name in query:
        if name not in known:
            near = difflib.get_close_matches(name[:100], known, 1)
            reason = f"is not one of {', '.join(known)}" if known else "is unknown: this address has no parameters"
            raise _bad_parameter(name, reason, near)
    return {each.name: each.parse(query.getlist(each.name)) for each in parameters}


ALL_VERSIONS = Parameter(
    "all_versions",
    "Search the former texts of articles, too; each version is a hit of its own.",
    {"type": "boolean"},
    False,
)
