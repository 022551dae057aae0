from .answers.answer import answer
from .answers.sample import sample
from .errors import ScanError, SelectionError, StoreError
from .execution.run import Report, run
from .scan.config import ScanFile, load_scan
from .scan.grid import Axis, Grid
from .scan.plan import Family, Plan, make_plan
from .sharing.export import export
from .store.store import Store
from .view.projections import allowed, at_point, contours, profile, slice_plane, status_of, valid

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
    "answer",
    "at_point",
    "contours",
    "export",
    "load_scan",
    "make_plan",
    "profile",
    "run",
    "sample",
    "slice_plane",
    "status_of",
    "valid",
]
