from .answers.answer import answer
from .answers.sample import sample
from .errors import ScanError, SelectionError, StoreError
from .execution.report import Report
from .execution.run import run
from .growth.adding import add
from .growth.files import save_slice
from .growth.levels import levels_of, slice_levels
from .growth.refining import refine
from .growth.stores import extend, merge, subset
from .scan.config import ScanFile, load_scan
from .scan.grid import Axis, Grid
from .scan.plan import Family, Plan, make_plan
from .sharing.export import export
from .store.store import Store
from .view.curves import contours
from .view.projections import allowed, at_point, profile, slice_plane, status_of, valid

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
    "add",
    "allowed",
    "answer",
    "at_point",
    "contours",
    "export",
    "extend",
    "levels_of",
    "load_scan",
    "make_plan",
    "merge",
    "profile",
    "refine",
    "run",
    "sample",
    "save_slice",
    "slice_levels",
    "slice_plane",
    "status_of",
    "subset",
    "valid",
]
