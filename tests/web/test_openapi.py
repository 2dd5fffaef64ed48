"""The OpenAPI document is valid, describes the responses, and no request that it allows crashes the server."""

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

from searchidx.web import api, operation
from searchidx.web.app import create_app
from searchidx.web.settings import Settings

DOCUMENT = json.loads(Path(api.__file__).with_name("openapi.json").read_text())
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 20


def test_document_has_every_route_and_parameter() -> None:
    served = {route.path for route in api.routes()} - {operation.PREFIX, f"{operation.PREFIX}/openapi.json"}  # type: ignore[attr-defined]
    assert {operation.PREFIX + path for path in DOCUMENT["paths"]} == served
    for each in api.OPERATIONS:
        documented = DOCUMENT["paths"][f"/{each.name}"][each.method.lower()]["parameters"]
        names = [parameter["name"] for parameter in documented if "name" in parameter]
        assert names == [parameter.name for parameter in each.parameters]


def test_http_md_lists_every_operation_and_problem() -> None:
    """Operations with their parameters, and problems."""
    page = (ROOT / "docs" / "http.md").read_text()
    rows = {row[0]: row[2] for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*)\|$", page, re.MULTILINE)}
    assert list(rows) == [each.name for each in api.OPERATIONS]
    for each in api.OPERATIONS:
        assert re.findall(r"`(\w+)`", rows[each.name]) == [parameter.name for parameter in each.parameters]
    raised = set()
    for module in Path(api.__file__).parent.rglob("*.py"):
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
def test_schemas_of_the_document_are_valid(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENT["components"]["schemas"][name])


@pytest.fixture(scope="session")
def served(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> BaseSchema:
    """The document that an application on the sample corpus serves."""
    return schemathesis.openapi.from_asgi(
        f"{operation.PREFIX}/openapi.json",
        create_app(
            Settings(
                (corpus_index,),
                allowed_hosts=frozenset({"testserver"}),
                workspace=tmp_path_factory.mktemp("served") / "workspace",
                can_write=True,
            )
        ),
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("name", "method"), [(each.name, each.method) for each in api.OPERATIONS if each.parameters])
def test_responses_conform_to_the_document(served: BaseSchema, name: str, method: str, mode: GenerationMode) -> None:
    """Requests are generated from a fixed seed. A random query text may be invalid, so 400 is accepted."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(served[f"/{name}"][method].as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        response = case.call()
        excluded = [checks.positive_data_acceptance]
        if response.status_code == 414:  # schemathesis does not count it as a rejection
            excluded.append(checks.negative_data_rejection)
        case.validate_response(response, excluded_checks=excluded)

    holds()
