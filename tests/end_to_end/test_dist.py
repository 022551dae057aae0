"""Wheel and source archive install, and work outside of the repository.

`make dist` builds both, which needs a network, and names their folder in LMUTAU_DIST. Otherwise the wheel alone is
built here, where setuptools-scm is installed. Dependencies are those of this environment.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import physics

ROOT = Path(__file__).parents[2]
BUILDS = all(importlib.util.find_spec(name) for name in ("build", "setuptools", "setuptools_scm"))
USE = """
import json, sys, pathlib
import physics, scanner, cluster
from importlib.metadata import version
from scanner.store.provenance import git_state
from scanner.store.store import Store
homes = {str(pathlib.Path(p.__file__).parents[1]) for p in (physics, scanner, cluster)}
plan = scanner.make_plan(scanner.load_scan("quick", ["axes.m_X.values=[5, 23]", "axes.g_X.values=[1e-4]",
    'scan.observables=["delta_a_mu", "white_dwarf_excess", "borexino_joint_chi2"]', "plot.curves=[]"]))
store = Store.create("here.zarr", plan)
for family, index in list(store.pending()):
    store.write_block(family, index, store.compute_block(family, index))
store.finalize()
print(json.dumps({"homes": sorted(homes), "version": version("lmutau"), "git": git_state(),
    "lz": physics.evaluate("lz_g_X_er", m_X=20.0), "limits": len(physics.constraints()),
    "values": store.dataset().delta_a_mu.values.ravel().tolist()}))
"""


def run(*command, **options):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"])
def installed(request, tmp_path_factory):
    """A folder into which an archive was installed, without the repository."""
    folder = tmp_path_factory.mktemp("dist")
    given = os.environ.get("LMUTAU_DIST")
    if given is None:
        if request.param != "*.whl":
            pytest.skip("make dist: a source archive is built where there is a network")
        if not BUILDS:
            pytest.skip("needs build, setuptools and setuptools-scm")
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (archive,) = Path(given or folder).glob(request.param)
    target = folder / "installed"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, archive, cwd=folder)
    return target


def test_it_works_elsewhere(installed, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "LMUTAU"))}
    environment |= {"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    there = json.loads(run(sys.executable, "-c", USE, cwd=tmp_path, env=environment).splitlines()[-1])
    assert there["homes"] == [str(installed)]
    assert there["git"]["commit"] != "unknown"
    assert there["git"]["commit"] in there["version"]
    assert there["limits"] == len(physics.constraints())
    assert there["lz"] == physics.evaluate("lz_g_X_er", m_X=20.0)
    assert there["values"] == physics.evaluate("delta_a_mu", m_X=[5.0, 23.0], g_X=1e-4).tolist()
    command = [sys.executable, installed / "bin" / "lmutau"]
    assert "lmutau, version" in run(*command, "--version", cwd=tmp_path, env=environment)
    assert "respect all limits (borexino_joint)" in run(*command, "summary", "here.zarr", cwd=tmp_path, env=environment)
