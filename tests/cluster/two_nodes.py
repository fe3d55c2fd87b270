"""A real Ray cluster of two nodes on this machine, in a process of its own.

Says its address on the first line. A line `kill` on its standard input takes the second node away
without a word to it; the end of the input ends the cluster.
"""

import sys

from ray.cluster_utils import Cluster

STORE_BYTES = 160 * 2**20


def main() -> None:
    head = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    other = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    print(cluster.address, flush=True)
    for line in sys.stdin:
        if line.strip() == "kill":
            cluster.remove_node(other, allow_graceful=False)
            print("killed", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
