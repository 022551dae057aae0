"""A user's own physics.py beside a notebook must not be taken for ours silently."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["physics", "cluster"])
def test_a_module_of_the_same_name_is_named(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module ran')")
    script = "import sys; sys.path.insert(0, ''); import scanner"
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    message = result.stderr.strip().splitlines()[-1]
    assert message.startswith(f"ImportError: '{name}' is {tmp_path / name}.py, not lmutau's ")
    assert f"{name}/__init__.py. Rename or move that module" in message


def test_an_imported_module_of_the_same_name_is_named(tmp_path):
    (tmp_path / "physics.py").write_text("")
    script = "import sys; sys.path.insert(0, ''); import physics; import scanner"
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"'physics' is {tmp_path}/physics.py" in result.stderr


def test_a_folder_of_notes_of_the_same_name_does_not_hide_ours(tmp_path):
    """A folder without __init__.py beside a script is a namespace package to Python, and must lose against ours."""
    (tmp_path / "physics").mkdir()
    (tmp_path / "script.py").write_text("import physics; print(physics.evaluate('epsilon', g_X=1.0))")
    command = [sys.executable, str(tmp_path / "script.py")]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("-0.0144"), result.stderr
