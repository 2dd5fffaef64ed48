"""The command line: `python -m testcluster start|status|kill|revive|stop|clean`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import NodeError, artifacts
from . import __doc__ as description
from .nodes import FOLDER, NAMES, LocalCluster


def main() -> int:
    """Run one command, then print the state of all nodes."""
    parser = argparse.ArgumentParser(prog="python -m testcluster", description=description)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the cluster (default %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="download what is missing, start the nodes, wait until they answer")
    start.add_argument("--nodes", type=int, choices=range(1, len(NAMES) + 1), default=1)
    start.add_argument("--port", type=int, default=9200, help="port of the first node; others follow (default 9200)")
    start.add_argument("--heap", default="512m", help="heap memory of each node (default 512m)")
    start.add_argument("--secure", action="store_true", help="use TLS, and a password for the user searchidx")
    start.add_argument("--version", choices=artifacts.RELEASES, default=artifacts.DEFAULT, help="release of OpenSearch")
    commands.add_parser("status", help="list the nodes, and which run")
    for name, action in (("kill", "send SIGKILL to a node"), ("revive", "start a killed node again")):
        commands.add_parser(name, help=action).add_argument("node", choices=NAMES)
    commands.add_parser("stop", help="stop all nodes; their data stays for the next start")
    commands.add_parser("clean", help="stop all nodes, and delete everything but the jars")
    args = parser.parse_args()
    cluster = LocalCluster(args.folder)
    try:
        match args.command:
            case "start":
                cluster.start(args.nodes, port=args.port, heap=args.heap, secure=args.secure, release=args.version)
            case "kill":
                cluster.kill(args.node)
            case "revive":
                cluster.revive(args.node)
                cluster.wait()
            case "stop":
                cluster.stop()
            case "clean":
                cluster.clean()
                return 0
        running = cluster.running
        for name in cluster.names:
            print(f"{name}  {cluster.url(name)}  {'running' if name in running else 'stopped'}")
        if cluster.is_secure:
            print(f"user searchidx, password in {cluster.password_file}, CA certificate {cluster.ca_certificate}")
    except NodeError as error:
        print(f"testcluster: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
