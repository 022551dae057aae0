"""Hand the scanner a Dask client: on this machine, in jobs of a batch system, or on any Dask scheduler."""

from cluster.batch import SYSTEMS, job_script, walltime
from cluster.connect import connect
from cluster.errors import ClusterError

__all__ = ["SYSTEMS", "ClusterError", "connect", "job_script", "walltime"]
