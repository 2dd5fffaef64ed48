"""OpenSearch nodes on this machine's loopback, to try searchidx on and to test it with.

`python -m testcluster start` fetches the server's jars from Maven Central, lays them out as a distribution would,
starts a node or three and returns when they answer. What they hold is to be thrown away: nothing is tuned or kept safe.
"""


class ClusterError(Exception):
    """What is wanted cannot be had; the message says what a person can do."""
