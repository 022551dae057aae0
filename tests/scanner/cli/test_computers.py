"""Who computes, and what is refused before anything starts."""

import os

import pytest

from scanner import load_scan, make_plan
from scanner.cli import computers
from scanner.cli.computers import Computers, _options, check_walltime, is_short


def test_who_computes(scan_file, add_plugin):
    short, long = make_plan(load_scan(scan_file)), make_plan(load_scan("relic-1e8"))
    assert is_short(Computers(), short)
    assert not is_short(Computers(), long)
    assert is_short(Computers(workers=0), long), "as the user says"
    assert not is_short(Computers(workers=1), short)
    assert not is_short(Computers(address="tcp://127.0.0.1:1"), short)
    assert not is_short(Computers(seconds_limit=5.0), short), "nobody could end a block"
    add_plugin("physics.parameter('m_new', 'a mass', unit='MeV', label='m')")
    assert not is_short(Computers(), short), "nobody knows what a plugin does"


def test_options_of_jobs():
    texts = ["cores=32", "memory=64GB", "walltime=02:00:00", "nanny=true", 'a=["x", "y=z"]', "b=1-0"]
    assert _options(None, None, texts) == {
        "cores": 32,
        "memory": "64GB",
        "walltime": "02:00:00",
        "nanny": True,
        "a": ["x", "y=z"],
        "b": "1-0",
    }


def test_the_command_line_wins_over_the_scan_file(lmutau, scan_file, tmp_path):
    pytest.importorskip("dask_jobqueue", reason="pip install 'lmutau[hpc]'")
    options = 'options = { cores = 4, memory = "8GB", queue = "slow", walltime = "1" }'
    scan_file.write_text(f'{scan_file.read_text()}[cluster]\naddress = "slurm"\njobs = 2\n{options}\n')
    code, out = lmutau("run", scan_file, "--show-job-script", "-O", "queue=fast", "--walltime", "02:00:00")
    assert code == 0, out
    for line in ("#SBATCH -p fast", "#SBATCH -t 02:00:00", "#SBATCH --cpus-per-task=4"):
        assert line in out
    code, out = lmutau("run", scan_file, "--show-job-script", "--cluster", "pbs", "-O", "cores=1", "-O", "memory=1GB")
    assert "#PBS -l select=1:ncpus=1" in out
    assert "slow" not in out, "options are of one batch system"


def test_a_job_that_has_no_time_for_blocks_is_refused(lmutau, monkeypatch, scan_file):
    """Before anything is submitted, or made."""
    pytest.importorskip("dask_jobqueue", reason="pip install 'lmutau[hpc]'")
    monkeypatch.setattr(computers, "_seconds_of_blocks", lambda known: [(None, 20.0), (None, 16.0)])
    arguments = ("--store", "new.zarr", "--cluster", "slurm", "--jobs", 1, "-O", "cores=1", "-O", "memory=1GB")
    code, out = lmutau("run", scan_file, *arguments, "--walltime", "1")
    assert code == 2
    assert "a block takes about 20 s, and a job only 60 s" in " ".join(out.split())
    assert not os.path.exists("new.zarr")
    check_walltime(80.0, None)
    check_walltime(None, None)
