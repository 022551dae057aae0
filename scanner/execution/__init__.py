"""Who computes: a block on a worker, a run on a Dask client, its progress."""
