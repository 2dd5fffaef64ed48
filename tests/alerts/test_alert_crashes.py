"""A run of alerts killed at any step loses nothing, and repeats at most the delivery whose record was lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

NEW = [["changed", "changed"], ["new0", "new"], ["new1", "new"], ["new2", "new"]]


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_killed_run_loses_nothing_and_repeats_at_most_one_delivery(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    script = Path(__file__).with_name("crash_steps.py")
    command = [sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 20
    assert [step["lived"] for step in steps] == [False] * (len(steps) - 1) + [True]
    assert {step["told_first"] for step in steps} >= {0, 3, 6, 10, 14}
    repeated = 0
    for step in steps:
        assert step["articles"] == {
            **{f"nato-{number}.jsonl": NEW for number in (1, 2)},
            **{f"japan-{number}.jsonl": NEW[1:] for number in (1, 2)},
        }
        assert set(step["deliveries"].values()) == {1}  # a repeated delivery has the same id
        assert step["repeated"] in (0, 3, 4)
        repeated += bool(step["repeated"])
    assert 0 < repeated < len(steps) / 2
    assert steps[-1]["repeated"] == 0


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_random_histories_with_killed_runs_report_what_an_oracle_finds(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    script = Path(__file__).with_name("crash_histories.py")
    command = [sys.executable, str(script), str(tmp_path), *map(str, range(4))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = [json.loads(line) for line in done.stdout.splitlines()]
    killed, recorded, told = (sum(each[name] for each in counts) for name in ("killed", "recorded", "told"))
    assert len(counts) == 4
    assert 0 < recorded < killed  # some were killed before they recorded anything, some between record and delivery
    assert told > 50
