"""Worker processes: how one is begun and ended, whatever it works at.

A worker is this Python with the same `sys.path`, told so on its command line, not a fork and not `multiprocessing`:
it works from `python -`, notebooks and scripts without a main guard, and never runs the caller's code again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

__all__ = ["start", "stop"]

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"


def start(module: str) -> subprocess.Popen[bytes]:
    """A process that runs `main` of a module of ours; it is spoken to by pipes."""
    # -P: nothing is imported from the current folder before the path is the parent's.
    command = [sys.executable, "-P", "-c", _START.format(module=module), json.dumps(sys.path)]
    # A group of its own: Ctrl-C is the parent's to heed, and ends the worker by way of it.
    group = 0 if os.name == "posix" else None
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=group)


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
