"""Fuzz the query parser with atheris, a coverage-guided fuzzer.

    python tests/fuzz_parser.py [SECONDS]      two minutes by default

It stops at the first failure with a traceback and writes the input to the current folder.
"""

from __future__ import annotations

import datetime as dt
import sys

TODAY = dt.date(2023, 2, 15)


def one(data: bytes) -> None:
    """Parse the bytes as text and check the invariants of every parse."""
    from searchidx.query import parse

    text = data.decode("utf-8", "surrogateescape")
    parsed = parse(text, today=TODAY)
    assert parsed.text == text
    assert (parsed.query is None) == bool(parsed.errors)
    for diagnostic in parsed.diagnostics:
        assert diagnostic.message
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
    assert parse(text, today=TODAY).diagnostics == parsed.diagnostics


def main() -> None:
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris, then run this again")
    seconds = sys.argv[1] if len(sys.argv) > 1 else "120"
    with atheris.instrument_imports(include=["searchidx"]):
        import searchidx.query  # noqa: F401 - instrumented as it is imported
    words = [
        '"headline:"', '"date:["', '" TO "', '"since:"', '"words:>"', '"caps("', '" OR "', '" AND "', '" NOT "',
        '"w/5"', '"pre/3"', '"atleast2("', '"~2"', '"^2"', '"/a.*/"', '"last week"', '"2023-02"', '"id:"', '"="',
        '"*"', '"?"',
    ]  # fmt: skip
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".dict") as dictionary:
        dictionary.write("\n".join(words))
        dictionary.flush()
        options = [f"-max_total_time={seconds}", "-max_len=400", "-timeout=10", f"-dict={dictionary.name}"]
        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
