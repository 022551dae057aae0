"""What all tests and examples share: a cache folder, repeatable property tests, two processes for each core."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Compiled functions and tables of stars: one folder for all tests and the processes that they start, kept for the next
# run. Set before physics is imported, which reads it when it compiles.
CACHE = Path(__file__).parent / ".cache"
os.environ["XDG_CACHE_HOME"] = str(CACHE)

import physics  # noqa: E402, F401  (all of it, before pytest imports a file of it to look for examples)

# The same examples in every run; `--hypothesis-profile=default` draws new ones
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_configure(config):
    """Keep what the last three versions of the package have cached."""
    if not hasattr(config, "workerinput"):
        versions = sorted((CACHE / "lmutau").glob("*/"), key=lambda folder: folder.stat().st_mtime)
        for folder in versions[:-3]:
            shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Whole runs first: they wait for others, and would be what all wait for at the end."""
    items.sort(key=lambda item: "end_to_end" not in item.path.parts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """`-n auto`: two processes for each core that this one may use; xdist counts all that the machine has."""
    return 2 * (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
