"""Fifty concurrent clients of benchmarks/serving.py get no error and fast answers; memory does not grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@pytest.mark.long
def test_fifty_concurrent_clients_get_no_errors(environment: dict[str, str], tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    articles, seconds = (2_000, 6) if REDUCED else (20_000, 30)
    words = ["--articles", articles, "--seconds", seconds, "--rounds", 0, "--starts", 0, "--json", figures]
    subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "serving.py", *map(str, words)], check=True, env=environment, timeout=600
    )
    load = json.loads(figures.read_text())["load"]
    assert load["clients"] == 50
    assert load["errors"] == {}
    assert load["answers"] > 20 * seconds
    assert load["p95_ms"] < 5_000  # on a machine with others on it
    if not REDUCED:  # a few seconds are not enough to tell
        assert load["growth"] < 0.15
