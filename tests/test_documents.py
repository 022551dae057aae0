"""The documents are true: paths, commands and targets that they name exist, and the rooms are those that there are."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/answer.md",
    "docs/commands.md",
    "docs/extend/own.md",
    "docs/explore.md",
    "docs/growth.md",
    "docs/hpc.md",
    "docs/scale.md",
    "docs/sharing.md",
    "docs/store.md",
    "physics/data/README.md",
]
MADE_BY_THE_READER = (".venv/", "mine.py", "my_experiments/", "my_limits/", "notebooks/executed")


def code(page):
    """What stands in backticks, blocks apart."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page):
    """Relative to the repository, to a package, or to the page."""
    folders = [ROOT, ROOT / "physics", ROOT / "scanner", (ROOT / page).parent]
    for word in code(page):
        is_path = re.fullmatch(r"[\w.-]+(/[\w.-]*)+|\w+\.(py|md|toml|txt)", word)
        if is_path and not word.startswith(MADE_BY_THE_READER):
            assert any((folder / word).exists() for folder in folders), f"{page} names {word}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), f"{page} links to {target}"


@pytest.mark.parametrize("page", PAGES)
def test_modules_that_can_be_run_exist(page):
    for module in re.findall(r"python -m ((?:physics|scanner)[\w.]*)", (ROOT / page).read_text()):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file(), f"{page} runs {module}"


def test_extras_that_are_to_be_installed_exist():
    """In documents, help and messages."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    written = [p for folder in ("physics", "scanner", "cluster", "docs") for p in (ROOT / folder).rglob("*.[pm][yd]")]
    for file in [ROOT / "README.md", *written]:
        for named in re.findall(r"lmutau\[([a-z,]+)\]", file.read_text()):
            assert set(named.split(",")) <= set(extras), f"{file} names lmutau[{named}]"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml"])
def test_targets_of_make_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|: |^)make ([a-z][a-z0-9-]*)", (ROOT / page).read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page} names make {target}"


@pytest.mark.parametrize("package", ["physics", "scanner"])
def test_every_room_is_described_once(package):
    text = (ROOT / "ARCHITECTURE.md").read_text()
    table = text.partition(f"| `{package}/` |")[2].partition("\n\n")[0]
    rooms = {p.name for p in (ROOT / package).iterdir() if (p / "__init__.py").exists() or p.name == "data"}
    assert sorted(re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE)) == sorted(rooms)


def test_table_of_observables():
    command = [sys.executable, "-c", "import scanner.cli.main as c; c.main()", "observables", "--markdown"]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    written = (ROOT / "docs" / "observables.md").read_text().partition("\n\n")[2]
    assert written == table, "write the output of `lmutau observables --markdown` into docs/observables.md"


def test_statuses_are_those_of_the_code():
    from physics import Status

    text = (ROOT / "ARCHITECTURE.md").read_text()
    table = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE))
    words = {"6": "error", "5": "input_failed", "255": "block_failed"}
    for status in Status:
        said = table[str(int(status))].strip().removeprefix("an ").removeprefix("the ")
        assert said.startswith(
            words.get(str(int(status)), status.meaning).replace("_", " ").replace("outside domain", "outside")
        )
