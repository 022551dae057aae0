"""Hand the scanner a Dask client: on this machine, or on any Dask scheduler."""

from cluster.connect import ClusterError, connect

__all__ = ["ClusterError", "connect"]
