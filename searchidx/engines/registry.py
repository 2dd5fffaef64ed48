"""The engine for each kind of index location.

Engines are named, not imported: loading the client of a cluster takes long, and most commands need one engine.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from searchidx.engines.contract import Engine
from searchidx.engines.locations import ClusterLocation, IndexLocation

_ENGINES = {
    Path: ("searchidx.engines.embedded", "EmbeddedEngine"),
    ClusterLocation: ("searchidx.engines.opensearch", "OpenSearchEngine"),
}


def engine_class(location: IndexLocation) -> type[Engine]:
    """The engine that stores indexes at this kind of location."""
    module, name = next(engine for kind, engine in _ENGINES.items() if isinstance(location, kind))
    found: type[Engine] = getattr(import_module(module), name)
    return found
