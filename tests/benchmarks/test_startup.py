"""How long the command takes, in processes of its own with kernels in the cache: wall time, and CPU time beside it."""

import resource
import subprocess
import sys

import pytest

LMUTAU = [sys.executable, "-c", "from scanner.cli.main import main; main()"]
RELIC = ["m_X=20", "g_X=5e-4", "mass_ratio=0.51", "q_psi=1", "-o", "relic_density"]


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["point", "m_X=20", "g_X=5e-4", "-o", "delta_a_mu"], ["point", *RELIC]],
    ids=["help", "run-help", "delta_a_mu", "relic_density"],
)
def test_startup(benchmark, arguments):
    def run():
        subprocess.run([*LMUTAU, *arguments], check=True, stdout=subprocess.DEVNULL)

    def cpu():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    run()  # compiles
    before, rounds = cpu(), 5
    benchmark.pedantic(run, rounds=rounds)
    seconds = (cpu() - before) / rounds
    benchmark.extra_info.update(cpu_seconds=seconds)
    print(f"\nlmutau {' '.join(arguments)}: {benchmark.stats.stats.min:.2f} s, CPU {seconds:.2f} s")
