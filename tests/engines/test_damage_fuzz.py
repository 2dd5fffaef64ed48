"""A damaged archive gives every public question a right answer or `CorruptIndexError`, or `check` names the damage."""

from __future__ import annotations

import os
from itertools import islice

import pytest
from fuzz_damage import DamageFuzz, every_byte, random_cases

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> DamageFuzz:
    return DamageFuzz(tmp_path_factory.mktemp("fuzz"), articles=6)


def test_damaged_archive_answers_rightly_or_says_so(fuzz: DamageFuzz) -> None:
    cases = islice(random_cases(fuzz.files, 1_000, seed=7), 0, None, 100)
    assert [problem for case in cases for problem in fuzz.problems(case)] == []


@pytest.mark.parametrize(
    ("array", "value"), [("day_start", b"\xff\xff\xff\x7f"), ("day_stop", b"\xff\xff\xff\x7f"), ("time", b"\xff" * 4)]
)
def test_date_outside_the_calendar_is_reported(fuzz: DamageFuzz, array: str, value: bytes) -> None:
    """A date column is a number in the index, and a calendar's day only where a timeline or the statistics name it."""
    name, at = fuzz.find_array(array)
    data = fuzz.files[name]
    assert fuzz.problems((name, array, data[:at] + value + data[at + len(value) :])) == []


@pytest.mark.long
def test_any_damage_of_an_archive_is_reported(fuzz: DamageFuzz) -> None:
    cases = random_cases(fuzz.files, 60 if REDUCED else 5_000, seed=8)
    assert [problem for case in cases for problem in fuzz.problems(case)] == []


@pytest.mark.long
def test_any_flipped_byte_of_an_archive_is_reported(fuzz: DamageFuzz) -> None:
    cases = islice(every_byte(fuzz.files, seed=9), 0, None, 250 if REDUCED else 1)
    assert [problem for case in cases for problem in fuzz.problems(case)] == []
