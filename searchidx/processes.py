"""Processes: how a command begins, how a worker is begun and ended, whatever it works at.

A worker is this Python with the same `sys.path`, told so on its command line, not a fork and not `multiprocessing`:
it works from `python -`, notebooks and scripts without a main guard, and never runs the caller's code again.
"""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

__all__ = ["available_cores", "spare", "start", "stop"]

_QUIET = {"OPENBLAS_NUM_THREADS": "1"}
"""No worker does linear algebra, and numpy's threads for it take as long to begin as all the rest of it."""
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"


def available_cores() -> int:
    """The number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def spare() -> None:
    """Spare a process of our own what takes a third of its start and is of no use to it; before anything is loaded.

    numpy's linear algebra begins a thread for each processor, and Whoosh names a function of `urllib.request`, which
    loads HTTP, mail and TLS.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "urllib.request" not in sys.modules:
        stub = sys.modules["urllib.request"] = ModuleType("urllib.request")
        vars(stub)["urlretrieve"] = None
        try:
            import whoosh.compat  # noqa: F401
        except ImportError:
            pass  # another Whoosh, which names something else
        finally:
            del sys.modules["urllib.request"]


def start(module: str) -> subprocess.Popen[bytes]:
    """A process that runs `main` of a module of ours; it is spoken to by pipes."""
    import subprocess  # most commands need no worker

    # -P: nothing is imported from the current folder before the path is the parent's.
    command = [sys.executable, "-P", "-c", _START.format(module=module), json.dumps(sys.path)]
    # A group of its own: Ctrl-C is the parent's to heed, and ends the worker by way of it.
    group = 0 if os.name == "posix" else None
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=group, env={**os.environ, **_QUIET}
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, whatever it is doing."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                pass  # what it had not read yet is of no use any more
    process.wait()
