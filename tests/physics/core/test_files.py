"""Readers of physics/data; and the folder has nothing that nobody reads or explains."""

import csv
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.core.files import arrays, columns, data, table

DATA = Path(physics.__file__).parent / "data"
FILES = sorted(f.relative_to(DATA).as_posix() for f in DATA.rglob("*") if f.is_file())


@pytest.mark.parametrize("name", [f for f in FILES if f.endswith(".csv")])
def test_every_csv_is_a_table_of_numbers(name):
    read = columns(name)
    assert all(c.flags.c_contiguous and c.dtype == np.float64 and np.isfinite(c).all() for c in read.values())
    with (DATA / name).open() as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    assert list(read) == rows[0]
    assert {c.size for c in read.values()} == {len(rows) - 1}


def test_toml_and_npz():
    assert table("core/references.toml") == tomllib.loads((DATA / "core" / "references.toml").read_text())
    name = "white_dwarf/white_dwarf_tables.npz"
    with np.load(DATA / name) as archive:
        read = arrays(name)
        assert read.keys() == set(archive.files)
        for key, array in read.items():
            np.testing.assert_array_equal(array, archive[key])


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        table("core/nothing.toml")


def test_data_has_a_folder_for_each_room():
    rooms = {p.name for p in DATA.parent.iterdir() if (p / "__init__.py").exists()}
    assert {Path(f).parts[0] for f in FILES} - {"README.md"} <= rooms


def test_the_readme_says_where_every_file_comes_from():
    named = re.findall(r"^\| (\S.*?) \|", (DATA / "README.md").read_text(), re.MULTILINE)
    patterns = [p.strip() for entry in named for p in entry.split(",")]
    for file in FILES:
        if file != "README.md":
            assert any(fnmatch(file, p) or (p.endswith("/") and file.startswith(p)) for p in patterns), file
    assert data("README.md").is_file()
