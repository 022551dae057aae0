"""Stores for others: one file, a folder or objects of a service, with all that somebody needs who has only xarray."""
