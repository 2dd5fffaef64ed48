"""What may stand in the query string of a request: a table that is read by it, and told by it.

A parameter states its JSON Schema once. Values are read as that says, and the OpenAPI document holds it. What is not in
the table is refused, since a name misspelt would else be an answer to another question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from searchidx.web.problems import Problem

__all__ = ["Parameter", "one_of", "read"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name of a query string.

    Attributes:
        description: what it means.
        schema: of its value, or of each where it may be given several times: `type`, and `enum`, `minimum`, `maximum`,
            `exclusiveMinimum`.
        default: its value where it is not given; of one that is `required` there is none.
        example: a value that shows how it is meant.
        many: whether it may be given several times; its value is then a list, of `most` at most.
    """

    name: str
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    default: Any = None
    required: bool = False
    many: bool = False
    most: int = 100
    example: str = ""

    def value(self, given: Sequence[str]) -> Any:
        """What was given, as the schema has it; the problem `bad-parameter` where it is not."""
        if not given:
            if self.required:
                raise _bad(self.name, "is missing")
            return [] if self.many else self.default
        if len(given) > (self.most if self.many else 1):
            raise _bad(self.name, f"is given {len(given)} times, more than {self.most if self.many else 'once'}")
        values = [self._one(each) for each in given]
        return values if self.many else values[0]

    def _one(self, text: str) -> Any:
        pattern, named, convert = _KINDS[self.schema["type"]]
        if not pattern.fullmatch(text):
            raise _bad(self.name, f"is {named}, not {text[:100]!r}")
        value = convert(text)
        allowed = self.schema.get("enum")
        if allowed and value not in allowed:
            near = difflib.get_close_matches(value, allowed, 1)
            raise _bad(self.name, f"is one of {', '.join(allowed)}, not {text[:100]!r}", near)
        low, above, high = (self.schema.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
        if low is not None and value < low:
            raise _bad(self.name, f"is {low} at least")
        if above is not None and value <= above:
            raise _bad(self.name, f"is more than {above}")
        if high is not None and value > high:
            raise _bad(self.name, f"is {high} at most")
        return value


def one_of(*values: str) -> dict[str, Any]:
    """The schema of a value that is one of some."""
    return {"type": "string", "enum": list(values)}


_KINDS: dict[str, tuple[re.Pattern[str], str, Callable[[str], Any]]] = {
    "string": (re.compile(r".*", re.DOTALL), "text", str),
    "integer": (re.compile(r"-?[0-9]{1,18}"), "a whole number", int),
    "number": (re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?", re.IGNORECASE), "a number", float),
    "boolean": (re.compile(r"true|false"), "true or false", "true".__eq__),
}
"""How each type is written, what it is called, and what makes a value of it."""


def _bad(name: str, reason: str, near: Sequence[str] = ()) -> Problem:
    advice = f": did you mean {near[0]}?" if near else ""
    return Problem(400, "bad-parameter", f"{name[:100]} {reason}{advice}", parameter=name)


def read(given: QueryParams, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The value of each parameter by its name; the problem `bad-parameter` where one cannot be meant."""
    known = [each.name for each in parameters]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name[:100], known, 1)
            raise _bad(name, f"is none of {', '.join(known)}" if known else "is none: there are none here", near)
    return {each.name: each.value(given.getlist(each.name)) for each in parameters}
