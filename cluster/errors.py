"""What can be wrong with a cluster."""

__all__ = ["ClusterError"]


class ClusterError(Exception):
    """No cluster could be reached."""
