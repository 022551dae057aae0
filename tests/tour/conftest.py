"""Commands and Python of a page, as they stand there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


class Pages:
    """Pages of the repository, read one after the other."""

    def __init__(self, *pages):
        self.text = "".join((ROOT / page).read_text() for page in pages)

    def blocks(self, language):
        return re.findall(rf"```{language}\n(.*?)```", self.text, re.DOTALL)

    def commands(self):
        """Arguments of every `lmutau`."""
        words = (line.split("#")[0].split() for block in self.blocks("console") for line in block.splitlines())
        return [found[1:] for found in words if found[:1] == ["lmutau"]]


@pytest.fixture(scope="session")
def pages():
    return Pages


@pytest.fixture(scope="session")
def lmutau():
    """Run a command in a folder; it must end well."""

    def run(folder, arguments):
        result = subprocess.run([*LMUTAU, *arguments], capture_output=True, text=True, check=False, cwd=folder)
        assert result.returncode == 0, shlex.join(arguments) + result.stdout + result.stderr

    return run
