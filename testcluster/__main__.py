"""The command: `python -m testcluster start|status|kill|revive|stop|clean`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import ClusterError
from . import __doc__ as about
from .nodes import FOLDER, NAMES, Cluster


def main() -> int:
    """Parse, do, say what stands."""
    parser = argparse.ArgumentParser(prog="python -m testcluster", description=about)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where all of it lies (default %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="fetch what is missing, start the nodes, wait until they answer")
    start.add_argument("--nodes", type=int, choices=range(1, len(NAMES) + 1), default=1)
    start.add_argument("--port", type=int, default=9200, help="of the first; the others' follow (default 9200)")
    start.add_argument("--heap", default="512m", help="memory of each node's heap (default 512m)")
    start.add_argument("--secure", action="store_true", help="TLS, and a password for the user searchidx")
    commands.add_parser("status", help="which nodes run, and where")
    for name, what in (("kill", "SIGKILL one node"), ("revive", "start one node again")):
        commands.add_parser(name, help=what).add_argument("node", choices=NAMES)
    commands.add_parser("stop", help="stop all nodes; what they hold stays for the next start")
    commands.add_parser("clean", help="stop, and forget all but the jars")
    asked = parser.parse_args()
    cluster = Cluster(asked.folder)
    try:
        match asked.command:
            case "start":
                cluster.start(asked.nodes, port=asked.port, heap=asked.heap, secure=asked.secure)
            case "kill":
                cluster.kill(asked.node)
            case "revive":
                cluster.revive(asked.node)
                cluster.wait()
            case "stop":
                cluster.stop()
            case "clean":
                cluster.clean()
                return 0
        running = cluster.running
        for name in cluster.names:
            print(f"{name}  {cluster.url(name)}  {'runs' if name in running else 'does not run'}")
        if cluster.secure:
            print(f"user searchidx, password in {cluster.password}, certificate of its authority {cluster.authority}")
    except ClusterError as error:
        print(f"testcluster: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
