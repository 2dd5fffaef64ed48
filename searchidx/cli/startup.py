"""Make the command line start fast: skip slow imports and needless garbage collection."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from types import ModuleType


def skip_unused_libraries() -> None:
    """Keep numpy and Whoosh from loading what the command line never uses: a third of its start-up time.

    numpy's linear algebra starts a thread for each processor. Whoosh imports a function of `urllib.request`, which
    loads HTTP, mail and TLS. To be called before either is imported.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "urllib.request" not in sys.modules:
        stub = sys.modules["urllib.request"] = ModuleType("urllib.request")
        vars(stub)["urlretrieve"] = None
        try:
            import whoosh.compat  # noqa: F401
        except ImportError:
            pass  # a fork of Whoosh that imports another name
        finally:
            del sys.modules["urllib.request"]


def collect_garbage_rarely() -> None:
    """Raise the threshold of the garbage collector, and skip its last run at exit: a tenth of the time of a query.

    Loading modules makes 50,000 objects that all stay, and Python looks through them 80 times. Not for commands that
    parse files: a few objects in a cycle can hold a large tree of lxml.
    """
    gc.set_threshold(50_000)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
