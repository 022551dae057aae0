"""The public names: a change of what users import is a decision, made here too."""

import importlib
import inspect
import pkgutil

import click
import pytest

import cluster
import physics
import scanner

PHYSICS = """
Bound Constraint InvalidParameterError MissingParameterError Parameter PhysicsError PluginError RegistryError Status
UnknownNameError add bound branch constraint constraint_set constraints dark_matter document early_universe evaluate
evaluate_with_status inference intermediate laboratory model neutrino observable observables parameter parameters
readings solution white_dwarf why
"""
SCANNER = """
Axis Family Grid Plan Report ScanError ScanFile SelectionError Store StoreError add allowed answer at_point contours
extend levels_of load_scan make_plan merge profile refine run sample save_slice slice_levels slice_plane
status_of subset valid
"""
CLUSTER = "ClusterError SYSTEMS connect job_script walltime"
COMMANDS = """
add answer cite constraints explore extend merge observables parameters plan plot point presets readings refine repair
run sample show slice status subset summary verify work
"""
MODULES = sorted(
    info.name
    for package in (physics, scanner, cluster)
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize(("package", "names"), [(physics, PHYSICS), (scanner, SCANNER), (cluster, CLUSTER)])
def test_what_a_package_offers(package, names):
    assert sorted(package.__all__) == sorted(names.split())


def test_commands():
    from scanner.cli.main import cli

    assert sorted(cli.list_commands(click.Context(cli))) == COMMANDS.split()


@pytest.mark.parametrize("name", ["physics", "scanner", "cluster", *MODULES])
def test_public_names_exist_and_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    names = getattr(module, "__all__", [])
    assert len(set(names)) == len(names)
    for public in names:
        value = getattr(module, public)
        if getattr(value, "__name__", "") == public:  # a function or a class, and no alias of one
            assert (inspect.getdoc(value) or "").strip(), f"{name}.{public} says nothing"
