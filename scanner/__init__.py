"""Scans of the parameter space: grids, plans, Dask blocks, Zarr stores, projections.

What is public is listed in __init__.pyi and imported when it is first used: `import scanner` takes a few milliseconds.

>>> import scanner
>>> scan = scanner.load_scan("quick")
>>> plan = scanner.make_plan(scan)
>>> [family.dims for family in plan.families][:2]
[('m_X', 'g_X'), ('m_X', 'g_X', 'mass_ratio')]
"""

import lazy_loader

from scanner._shadowing import refuse_shadowed_packages

refuse_shadowed_packages()

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
