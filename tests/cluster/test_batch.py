"""Jobs of batch systems: what would be submitted, what is refused, how long they may run."""

import sys

import dask
import pytest

import cluster

pytest.importorskip("dask_jobqueue", reason="pip install 'lmutau[hpc]'")

JOB = {"cores": 8, "memory": "16GB"}
EXTRA = {"htcondor": {"disk": "1GB"}, "oar": {"memory_per_core_property_name": "not_applicable"}}
SAYS = {  # what each system reads: cores, memory, queue or account
    "slurm": ["#SBATCH --cpus-per-task=8", "#SBATCH --mem=15G", "#SBATCH -p regular", "#SBATCH -t 02:00:00"],
    "pbs": ["#PBS -l select=1:ncpus=8:mem=15GB", "#PBS -q regular", "#PBS -l walltime=02:00:00"],
    "sge": ["#$ -q regular", "#$ -l h_rt=02:00:00"],
    "lsf": ["#BSUB -n 8", "#BSUB -M 16000000", "#BSUB -q regular", "#BSUB -W 02:00:00"],
    "oar": ["#OAR -q regular", "#OAR -l /nodes=1/core=8,walltime=02:00:00"],
    "htcondor": ["RequestCpus = MY.DaskWorkerCores", "MY.DaskWorkerCores = 8", "MY.DaskWorkerMemory = 16000000000"],
}


@pytest.mark.parametrize("system", list(SAYS))
def test_job_scripts(system, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where certificates are for the time of the run
    queue = {} if system == "htcondor" else {"queue": "regular", "walltime": "02:00:00"}
    script = cluster.job_script(system, JOB | queue | EXTRA.get(system, {}))
    for line in SAYS[system]:
        assert line in script
    assert f"{sys.executable} -m distributed.cli.dask_worker" in script
    assert "--nworkers 8" in script, "a process for each core"
    assert "--nthreads 1" in script
    assert "--protocol tls:// --tls-ca-file" in script, "else everybody on the network could run code as this user"


def test_all_systems_are_tested():
    assert set(cluster.SYSTEMS) == set(SAYS)


def test_what_the_user_says_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = JOB | {"processes": 2, "security": False, "job_script_prologue": ["module load python"]}
    script = cluster.job_script("slurm", options)
    assert "--nworkers 2" in script
    assert "--nthreads 4" in script
    assert "tls" not in script
    assert "\nmodule load python\n" in script
    with dask.config.set({"jobqueue.slurm.queue": "mine", "jobqueue.slurm.processes": 4, "jobqueue.site": {}}):
        script = cluster.job_script("slurm", JOB)
    assert "#SBATCH -p mine" in script, "of ~/.config/dask/jobqueue.yaml"
    assert "--nworkers 4" in script


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "say how much a job needs: cores and memory"),
        ({"cores": 8}, "say how much a job needs"),
        ({**JOB, "quue": "regular"}, "slurm: dask-jobqueue knows no option 'quue'"),
        ({**JOB, "interface": "nowhere0"}, "'nowhere0' is not a valid network interface"),
    ],
)
def test_options_that_cannot_be(options, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(cluster.ClusterError, match=says), cluster.connect("slurm", jobs=1, options=options):
        pass


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"address": "slurm"}, "slurm: say how many jobs, at least one: --jobs 4"),
        ({"address": "slurm", "jobs": 0, "options": JOB}, "say how many jobs"),
        ({"address": "slurm", "jobs": 1, "workers": 4}, "workers = 4 is for address 'local'"),
        ({"address": "local", "jobs": 1}, "jobs and their options are for slurm, pbs, sge, lsf, htcondor, oar"),
        ({"address": "tcp://127.0.0.1:1", "options": JOB}, "jobs and their options are for slurm"),
    ],
)
def test_what_does_not_go_together(arguments, says):
    with pytest.raises(cluster.ClusterError, match=says), cluster.connect(**arguments):
        pass


def test_without_dask_jobqueue(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    with pytest.raises(cluster.ClusterError, match=r"slurm needs dask-jobqueue: pip install 'lmutau\[hpc\]'"):
        cluster.job_script("slurm", JOB)


@pytest.mark.parametrize(
    ("system", "written", "seconds"),
    [
        ("slurm", "02:00:00", 7200),
        ("slurm", "90", 5400),
        ("slurm", "90:30", 5430),
        ("slurm", "2-12", 216000),
        ("slurm", "1-00:00:01", 86401),
        ("slurm", "UNLIMITED", None),
        ("pbs", "02:00:00", 7200),
        ("pbs", "3600", 3600),
        ("sge", "3600", 3600),
        ("lsf", "90", 5400),
        ("lsf", "1:30", 5400),
        ("oar", "2", 7200),
        ("oar", "1:30", 5400),
        ("htcondor", "", None),
    ],
)
def test_walltimes(system, written, seconds):
    assert cluster.walltime(system, {"walltime": written}) == seconds
