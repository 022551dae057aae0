"""Scans of the parameter space: grids, plans, Dask blocks, Zarr stores, projections.

>>> import scanner
>>> scan = scanner.load_scan("quick")
>>> plan = scanner.make_plan(scan)
>>> [family.dims for family in plan.families][:2]
[('m_X', 'g_X'), ('m_X', 'mass_ratio')]
"""

from scanner._shadowing import refuse_shadowed_packages

refuse_shadowed_packages()

from scanner.errors import ScanError, SelectionError, StoreError  # noqa: E402
from scanner.execution.run import Report, run  # noqa: E402
from scanner.scan.config import ScanFile, load_scan  # noqa: E402  (after the check above, which explains a failing import)
from scanner.scan.grid import Axis, Grid  # noqa: E402
from scanner.scan.plan import Family, Plan, make_plan  # noqa: E402
from scanner.store.store import Store  # noqa: E402
from scanner.view.projections import allowed, at_point, contours, profile, slice_plane, status_of, valid  # noqa: E402

__all__ = [
    "Axis",
    "Family",
    "Grid",
    "Plan",
    "Report",
    "ScanError",
    "ScanFile",
    "SelectionError",
    "Store",
    "StoreError",
    "allowed",
    "at_point",
    "contours",
    "load_scan",
    "make_plan",
    "profile",
    "run",
    "slice_plane",
    "status_of",
    "valid",
]
