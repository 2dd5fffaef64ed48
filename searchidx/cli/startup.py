"""Skip slow imports when the command line starts."""

from __future__ import annotations

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
