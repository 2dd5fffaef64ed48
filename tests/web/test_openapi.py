"""The OpenAPI document is one, is that of what is answered, and nothing that it allows breaks the server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode, checks
from schemathesis.schemas import BaseSchema

from searchidx.web import api
from searchidx.web.app import create_app
from searchidx.web.settings import Settings

DOCUMENT = json.loads(Path(api.__file__).with_name("openapi.json").read_text())
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 20


def test_it_tells_of_every_route_and_parameter() -> None:
    served = {route.path for route in api.routes()} - {api.PREFIX, f"{api.PREFIX}/openapi.json"}  # type: ignore[attr-defined]
    assert {api.PREFIX + path for path in DOCUMENT["paths"]} == served
    for operation in api.OPERATIONS:
        told = DOCUMENT["paths"][f"/{operation.name}"]["get"]["parameters"][:-1]
        assert [each["name"] for each in told] == [each.name for each in operation.parameters]


def test_the_page_about_it_tells_of_everything() -> None:
    """Every operation with its parameters, and every problem there is."""
    page = (ROOT / "docs" / "http.md").read_text()
    rows = {row[0]: row[2] for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*)\|$", page, re.MULTILINE)}
    assert list(rows) == [operation.name for operation in api.OPERATIONS]
    for operation in api.OPERATIONS:
        assert re.findall(r"`(\w+)`", rows[operation.name]) == [each.name for each in operation.parameters]
    raised = set()
    for module in Path(api.__file__).parent.glob("*.py"):
        text = module.read_text()
        raised |= {(status, kind) for status, kind in re.findall(r'Problem\(\s*(\d{3}),\s*"([a-z0-9-]+)"', text)}
    raised |= {
        ("400", "bad-query"),
        ("422", "too-much-work"),
        ("404", "not-found"),
        ("405", "bad-method"),
        ("503", "busy"),
    }
    assert set(re.findall(r"^\| (\d{3}) \| `([a-z0-9-]+)` \|", page, re.MULTILINE)) == raised


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_its_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


@pytest.fixture(scope="session")
def served(corpus_index: Path) -> BaseSchema:
    """The document as it is served, of an application over the sample corpus."""
    return schemathesis.openapi.from_asgi(
        f"{api.PREFIX}/openapi.json", create_app(Settings(corpus_index, names=frozenset({"testserver"})))
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", [operation.name for operation in api.OPERATIONS if operation.parameters])
def test_whatever_is_asked_is_answered_as_the_document_says(
    served: BaseSchema, name: str, mode: GenerationMode
) -> None:
    """Seeded, as all examples are. A query is any text, which does not say that it can be meant: 400 is an answer."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(served[f"/{name}"]["GET"].as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=[checks.positive_data_acceptance])

    holds()
