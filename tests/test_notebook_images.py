"""The check of executed notebooks: it finds a picture that is words only."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def check(tmp_path):
    def run(*outputs):
        cells = [{"cell_type": "code", "outputs": [{"data": data}]} for data in outputs]
        (tmp_path / "tour.ipynb").write_text(json.dumps({"cells": [{"cell_type": "markdown"}, *cells]}))
        command = [sys.executable, str(ROOT / "tests" / "notebook_images.py"), str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


PICTURE = {"image/png": "iVBOR", "text/plain": ["<Figure size 480x400 with 1 Axes>"]}


def test_pictures(check):
    result = check({"text/plain": ["3"]}, PICTURE)
    assert (result.returncode, result.stderr) == (0, "")


def test_words_in_place_of_a_picture(check):
    result = check(PICTURE, {"text/plain": ["<Figure size 750x560 with 1 Axes>"]})
    assert result.returncode == 1
    assert result.stderr.strip() == (
        "tour.ipynb: code cell 2 shows <Figure size 750x560 with 1 Axes> in place of a picture"
    )


def test_no_picture_at_all(check):
    assert check({"text/plain": ["3"]}).stderr.strip() == "tour.ipynb: no picture"


def test_it_is_run_after_the_notebooks():
    recipe = (ROOT / "Makefile").read_text().partition("\nnotebooks:")[2].partition("\n\n")[0]
    assert re.search(r"notebook_images\.py notebooks/executed$", recipe)
