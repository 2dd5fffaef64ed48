"""OpenSearch nodes on the loopback interface, for trying searchidx and for its tests.

`python -m testcluster start` downloads the server's jars from Maven Central, lays them out like a distribution, starts
one to three nodes, and returns when they answer. The nodes are not tuned, and their data is not safe.
"""


class NodeError(Exception):
    """A node cannot be started or found; the message says what to do."""
