"""The command as a whole: how it starts, what wrong input looks like, how it exits."""

import json
import os

import pytest

SLOW = {
    "cluster", "dask", "distributed", "matplotlib", "numba", "numpy", "physics", "pydantic", "rich", "xarray", "zarr",
    "scipy", "scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.special",
}  # fmt: skip
MODULES = "import json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"


def loaded(process, *arguments):
    """The slow ones of the modules that a command has loaded."""
    result = process(*arguments, then=MODULES)
    assert result.returncode == 0, result.stderr
    modules = json.loads(result.stderr.splitlines()[-1])
    return SLOW & set(modules)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["point", "--help"], ["plot", "-h"]]
)
def test_help_imports_nothing_slow(process, arguments):
    assert loaded(process, *arguments) == set()


PHYSICS = {"physics", "numpy", "numba", "scipy", "rich"}  # numba imports scipy, but nothing in it


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["observables"], PHYSICS),
        (["observables", "relic_density"], PHYSICS),
        (["point", "m_X=20", "g_X=5e-4", "-o", "gamma_X_neutrinos"], PHYSICS),
        (["point", "m_X=20", "g_X=5e-4", "-o", "delta_a_mu"], PHYSICS | {"scipy.special"}),
        (["point", "m_X=20", "g_X=5e-4", "mass_ratio=0.51", "q_psi=1", "-o", "relic_density"], PHYSICS),
    ],
)
def test_a_point_imports_what_its_observable_needs(process, arguments, needed):
    assert loaded(process, *arguments) <= needed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["point", "m_X=1", "mass_ratio=bound:gamma"], "no observable 'gamma'"),
        (["point", "m_X=1", "mass_ratio=bound:relic_density"], "a cycle: mass_ratio -> relic_density"),
        (["point", "m_x=20"], "did you mean m_X"),
        (["point", "m_X=-20", "g_X=1"], "m_X = -20.0 is not allowed: m_X > 0 [MeV]"),
        (["point", "m_X"], "write NAME=VALUE"),
        (["point", "m_X=1", "m_X=2"], "m_X is given twice"),
        (["point", "m_X=20", "-o", "relic_density"], "give g_X (needed by relic_density)"),
        (["point", "q_psi=1"], "determine no observable"),
        (["point", "m_X=20", "--plugin", "mine.py"], "mine.py: No such file"),
        (["point", "m_X=20", "--plugin", "typo.toml"], "typo.toml: exposre: no such key; did you mean exposure"),
        (
            ["plan", "quick", "--set", "axes.m_X.geomspace=[5,200]"],
            "axes.m_X.geomspace: [start, stop, number] is needed",
        ),
        (["observables", "delta_a_nu"], "no observable 'delta_a_nu'; did you mean delta_a_mu"),
        (["run", "quick", "--workers", "-1"], "Invalid value for '--workers'"),
        (["run", "quick", "--workers", "0", "--set", "store.seconds_limit=5"], "with --workers 0 nobody could end"),
        (["run", "quick", "--jobs", "2"], "jobs and their options are for slurm, pbs, sge, lsf, htcondor, oar"),
        (["run", "quick", "--cluster", "slurm"], "slurm: say how many jobs, at least one: --jobs 4"),
        (["run", "quick", "--cluster", "slurm", "--jobs", "1"], "say how much a job needs: cores and memory"),
        (["run", "quick", "--cluster", "slurm", "-O", "cores"], "write KEY=VALUE, for example cores=32"),
        (["run", "quick", "--show-job-script"], "--show-job-script is for --cluster slurm, pbs"),
        (["work", "quick", "--part", "3/2"], "write K/N with K from 1 to N"),
        (["run", "nothing.toml"], "give a scan file or one of the presets"),
        (["run", "quick", "--address", "nowhere"], "nor a scheduler file that exists"),
        (["run", "quick", "--address", "nowhere.json", "--workers", "2"], "is for address 'local'"),
        (["plan", "quick", "--set", "axes.m_X.geomspace=[200,1,50]"], "must ascend"),
        (["plot", "."], "no Zarr store there"),
        (["status", __file__], "no Zarr store there"),
        (["status", "nothing.zarr"], "does not exist"),
    ],
)
def test_wrong_input(lmutau, tmp_path, arguments, says):
    (tmp_path / "typo.toml").write_text('label = "x"\nelement = "Xe"\nexposre = 1.0\n')
    code, out = lmutau(*arguments)
    assert code == 2
    assert says in out


def test_a_preset_with_an_axis_that_is_fixed(lmutau):
    """Its picture, whose plane is gone, goes too."""
    code, out = lmutau("plan", "quick", "--set", "fixed.m_X=23", "--json", "--quiet")
    assert code == 0, out
    assert {"g_X": 41} in [family["axes"] for family in json.loads(out)["families"]]


def test_a_typing_error_in_a_folder_of_experiments_is_a_message(process, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "typo.toml").write_text('label = "x"\nelement = "Xe"\nexposre = 1.0\n')
    result = process("presets", env=os.environ | {"LMUTAU_EXPERIMENTS": "mine"})
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("lmutau: ")
    assert line.endswith("typo.toml: exposre: no such key; did you mean exposure?")
    assert process("--version", env=os.environ | {"LMUTAU_EXPERIMENTS": "mine"}).returncode == 0


def test_a_full_disk_is_not_wrong_input(lmutau, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("physics.evaluate_with_status", full)
    code, out = lmutau("point", "m_X=20", "g_X=1e-3")
    assert code == 1
    assert out == "lmutau: [Errno 28] No space left on device\n"


def test_an_error_of_the_program_is_not_hidden(lmutau, monkeypatch):
    monkeypatch.setattr("physics.evaluate_with_status", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        lmutau("point", "m_X=20", "g_X=1e-3")


def test_an_interrupt_has_its_own_exit_code(lmutau, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("physics.evaluate_with_status", interrupted)
    assert lmutau("point", "m_X=20", "g_X=1e-3") == (130, "lmutau: interrupted\n")


def test_tables_in_pipes_are_as_wide_as_their_values_and_follow_columns(process, tmp_path):
    """A line is a row for who reads lines; who sets COLUMNS wants to read."""
    long = "; ".join(["a constraint of some length"] * 12)
    then = f"from scanner.cli import console; console.table(('a', 'b'), [('1', {long!r})])"
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    piped = process("--version", then=then, env=environment).stdout.splitlines()
    assert [line.strip() for line in piped[-2:]] == ["a  b", f"1  {long}"]
    narrow = process("--version", then=then, env=environment | {"COLUMNS": "70"}).stdout.splitlines()
    assert len(narrow) > len(piped)
    assert max(map(len, narrow[1:])) <= 70
