"""The command, in this process and in one of its own."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from scanner.cli import console
from scanner.cli.main import cli


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    """Of the one who runs the tests: tables are as wide as their values."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def lmutau(monkeypatch, tmp_path):
    """Run a command line; return exit code and output."""
    monkeypatch.chdir(tmp_path)
    console.out.cache_clear()

    def run(*arguments):
        result = CliRunner().invoke(cli, list(map(str, arguments)), prog_name="lmutau", catch_exceptions=False)
        return result.exit_code, result.output

    yield run
    console.out.cache_clear()


@pytest.fixture
def process(tmp_path):
    """Run a command line in a process of its own, and more Python after it; return the finished process."""

    def run(*arguments, then="", **options):
        script = f"import sys\nfrom scanner.cli.main import main\ntry:\n    main()\nfinally:\n    {then or 'pass'}\n"
        command = [sys.executable, "-c", script, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, **options)

    return run
