"""What may stand in the query string of a request: a table that is read by it, and told by it.

A parameter states its JSON Schema once. Values are read as that says, and the OpenAPI document holds it. What is not in
the table is refused, since a name misspelt would else be an answer to another question.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from searchidx.web.problems import Problem

__all__ = ["Parameter", "read"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One name of a query string.

    Attributes:
        description: what it means.
        schema: of its value, or of each where it may be given several times: `type`, and `enum`, `minimum`, `maximum`,
            `exclusiveMinimum`, `minLength`.
        default: its value where it is not given; of one that is `required` there is none.
        many: whether it may be given several times; its value is then a list.
    """

    name: str
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    default: Any = None
    required: bool = False
    many: bool = False

    def value(self, given: Sequence[str]) -> Any:
        """What was given, as the schema has it; the problem `bad-parameter` where it is not."""
        if not given:
            if self.required:
                raise self._problem("is missing")
            return [] if self.many else self.default
        if self.many:
            return [self._one(each) for each in given]
        if len(given) > 1:
            raise self._problem("is given more than once")
        return self._one(given[0])

    def _one(self, text: str) -> Any:
        kind = self.schema["type"]
        try:
            value = _READ[kind](text)
        except ValueError:
            raise self._problem(f"is {_NAMES[kind]}, not {text[:100]!r}") from None
        if (allowed := self.schema.get("enum")) and value not in allowed:
            raise self._problem(f"is one of {', '.join(map(str, allowed))}, not {text[:100]!r}")
        low, above, high = (self.schema.get(name) for name in ("minimum", "exclusiveMinimum", "maximum"))
        if low is not None and value < low:
            raise self._problem(f"is {low} or more")
        if above is not None and not value > above:
            raise self._problem(f"is more than {above}")
        if high is not None and not value <= high:
            raise self._problem(f"is {high} at most")
        return value

    def _problem(self, reason: str) -> Problem:
        return Problem(400, "bad-parameter", f"{self.name} {reason}", parameter=self.name)


def _boolean(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise ValueError(text)
    return text in ("true", "1")


def _integer(text: str) -> int:
    if not text.isascii() or len(text) > 18:
        raise ValueError(text)
    return int(text)


_READ: dict[str, Callable[[str], Any]] = {"string": str, "integer": _integer, "number": float, "boolean": _boolean}
_NAMES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


def read(given: QueryParams, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The value of each parameter by its name."""
    known = [each.name for each in parameters]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            advice = (
                f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}" if known else "there are none"
            )
            raise Problem(400, "bad-parameter", f"there is no parameter {name[:100]!r} here: {advice}", parameter=name)
    return {each.name: each.value(given.getlist(each.name)) for each in parameters}
