"""Tests for engines: a conformance suite, random articles and queries, comparison with the reference engine.

Subclass `EngineConformance` in a test module to test a new engine; this needs pytest::

    from searchidx.engines.testing.conformance import EngineConformance

    class TestMyEngine(EngineConformance):
        engine_class = MyEngine

No other part of searchidx imports this package.
"""
