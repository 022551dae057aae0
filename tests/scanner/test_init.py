"""The public names of scanner: imported when they are used, and what they are said to be."""

import subprocess
import sys
import types

import pytest

import scanner


def test_the_import_is_cheap():
    script = "import sys, scanner; sys.exit(bool({'numpy', 'physics', 'xarray', 'distributed'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("name", scanner.__all__)
def test_every_name_is_a_function_or_a_class(name):
    assert name in dir(scanner)
    assert isinstance(getattr(scanner, name), types.FunctionType | type)


def test_run_stays_the_function():
    """Whatever is imported after it."""
    script = (
        "import scanner, scanner.execution.run, scanner.view.plot, scanner.cli.main; print(type(scanner.run).__name__)"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert result.stdout == "function\n"


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="plot_map"):
        _ = scanner.plot_map
