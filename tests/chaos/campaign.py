"""The campaign of faults: every one is survived, or something is wrong with lmutau.

    python tests/chaos/campaign.py [--minutes 5] [--seed 1] [--jobs 2] [--short]

Runs are killed, stopped, starved of disk, harmed and hung (trials.py); files of finished stores are damaged
(damage.py). After each fault the scan is resumed and repaired until it is complete, and compared, bit by bit, with one
computed in peace. What comes of it is a table; the exit code is 1 if anything is silent, hung or lost.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import chain, cycle
from pathlib import Path

import click
import numpy as np
from bench import Bench, Hung, Lost, Silent, check_equal, undisturbed, variables
from damage import files_of, flip_a_bit, truncate, what_verify_says
from trials import TRIALS, of_trial

from scanner import Store, load_scan, make_plan
from scanner.store.here import compute
from scanner.store.repair import repair
from scanner.store.verify import verify

COLUMNS = ("survived", "silent", "hung", "lost")
SECONDS_TO_MEND = 60  # a damaged store
RARE = {"disk full", "segfault, exit, memory, raises, hang"}  # for they take long: half as often as the others

SCAN = """
[scan]
title = "to be damaged"
observables = ["delta_a_mu", "n_eff_entropy", "a_mu_pull"]
[axes]
m_X = { values = [5, 23, 100, 2e4] }
g_X = { geomspace = [1e-5, 1e-2, 3] }
a_mu_dataset = { values = ["FNAL2021", "WP2025"] }
[fixed]
mass_ratio = 0.6
[store]
points_per_block = 8
"""


class Table:
    """What was tried and what came of it; also said at once, where it is no good."""

    def __init__(self) -> None:
        self.results: dict[str, Counter[str]] = {}
        self.kinds: dict[str, Counter[str]] = {}
        self.tracebacks: Counter[str] = Counter()
        self.lock = threading.Lock()

    def add(self, row: str, result: str, says: str, trial: str = "") -> None:
        with self.lock:
            self.results.setdefault(row, Counter())[result] += 1
            if result == "survived":
                self.kinds.setdefault(row, Counter())[says] += 1
            else:
                click.echo(f"{result.upper()}: {row} ({trial}): {says}", err=True)

    def add_traceback(self, row: str, text: str, seed: int) -> None:
        """Nothing is lost by it, but nobody should see one."""
        with self.lock:
            self.tracebacks[row] += 1
            click.echo(f"TRACEBACK: {row} (seed {seed}):\n{text[-1500:]}", err=True)

    def __str__(self) -> str:
        lines = [f"| fault | tried | {' | '.join(COLUMNS)} | tracebacks |", "|---|" + "---|" * (2 + len(COLUMNS))]
        for row, results in self.results.items():
            of = ", ".join(f"{n} {kind}" for kind, n in sorted(self.kinds.get(row, Counter()).items()) if kind)
            numbers = " | ".join(str(results[column]) for column in COLUMNS)
            lines.append(
                f"| {row}{f' ({of})' if of else ''} | {results.total()} | {numbers} | {self.tracebacks[row]} |"
            )
        return "\n".join(lines)

    @property
    def all_survived(self) -> bool:
        return all(set(results) <= {"survived"} for results in self.results.values())


# --- whole runs -------------------------------------------------------------------------------------------------------


def try_one(row: str, seed: int, peace: dict[str, np.ndarray], table: Table) -> None:
    """A trial, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), seed, peace)
        try:
            table.add(row, "survived", TRIALS[row](bench))
        except Exception as error:
            known = isinstance(error, Silent | Hung | Lost)
            table.add(row, of_trial(error), str(error) if known else f"{type(error).__name__}: {error}", f"seed {seed}")
        else:
            for text in bench.tracebacks:
                table.add_traceback(row, text, seed)
        finally:
            bench.clean()


def rows_in_turn(short: bool) -> Iterator[str]:
    """Each once; then all again and again, rare ones seldom."""
    return iter(TRIALS) if short else chain(TRIALS, cycle([*[r for r in TRIALS if r not in RARE], *TRIALS]))


# --- damage to files --------------------------------------------------------------------------------------------------


def damage_files(folder: Path, number: int, cuts: int, seed: int, table: Table) -> None:
    """Flip bits and cut files short; each must be found, and mended to the bit."""
    (folder / "scan.toml").write_text(SCAN)
    scan = load_scan(folder / "scan.toml")
    sound = Store.create(folder / "sound" / "scan.zarr", make_plan(scan)).path
    compute(sound, list(Store(sound).pending()))
    peace, kinds, chance = variables(sound), files_of(sound), np.random.default_rng(seed)
    tasks = [(flip_a_bit, "bit flips"), (truncate, "truncations")]
    for (damage, what), times in zip(tasks, (number, cuts), strict=True):
        for n in range(times):
            kind = list(kinds)[n % len(kinds)]
            original = kinds[kind][chance.integers(len(kinds[kind]))]
            shutil.copytree(sound.parent, folder / "damaged")
            path = folder / "damaged" / "scan.zarr"
            file = folder / "damaged" / original.relative_to(sound.parent)
            fault = f"{file.relative_to(folder / 'damaged')}: {damage(file, chance)}"
            row = f"{what}: {kind}"
            try:
                with limited(SECONDS_TO_MEND):
                    table.add(row, "survived", mended(path, scan, peace), fault)
            except Exception as error:
                known = isinstance(error, Silent | Hung | Lost)
                table.add(row, of_trial(error), str(error) if known else f"{type(error).__name__}: {error}", fault)
            shutil.rmtree(folder / "damaged")


def mended(path: Path, scan: object, peace: dict[str, np.ndarray]) -> str:
    """Verification must find the damage; repair must restore all."""
    result, says = what_verify_says(path)
    if result == "silent":
        raise Silent("verify finds nothing")
    if result == "raw error":
        raise Lost(f"verify: {says}")
    compute(path, repair(path, points=0).blocks)
    again = verify(path, points=0)
    if not again.ok:
        raise Lost(f"repaired in vain: {again.problems[:1]}")
    if Store(path).attribute("state") != "complete":
        raise Lost("not complete after repair")
    check_equal(variables(path), peace)
    return ""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise where it takes longer."""

    def end(*_: object) -> None:
        raise Hung(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- the program ------------------------------------------------------------------------------------------------------


@click.command()
@click.option("--minutes", default=5.0, show_default=True, help="New trials start for so long.")
@click.option("--seed", default=1, show_default=True)
@click.option("--jobs", default=2, show_default=True, help="Trials at once; each has up to three workers.")
@click.option("--flips", default=306, show_default=True, help="Bits to flip, one at a time.")
@click.option("--cuts", default=102, show_default=True, help="Files to cut short, one at a time.")
@click.option("--short", is_flag=True, help="Each kind of trial once, 24 flips, 12 cuts.")
@click.option("--only", multiple=True, metavar="TEXT", help="Only rows that contain this; flips and cuts never.")
def main(minutes: float, seed: int, jobs: int, flips: int, cuts: int, short: bool, only: tuple[str, ...]) -> None:
    """Try faults on scans, and print what came of them."""
    table, started, chance = Table(), time.monotonic(), random.Random(seed)
    if short:
        flips, cuts = min(flips, 24), min(cuts, 12)
    if only:
        for row in [row for row in TRIALS if not any(text in row for text in only)]:
            del TRIALS[row]
        flips = cuts = 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        for name in ("peace", "files"):
            Path(folder, name).mkdir()
        peace = undisturbed(Path(folder, "peace"))
        with ThreadPoolExecutor(jobs) as pool:
            running: set[Future[None]] = set()
            feeder = threading.Thread(
                target=feed, args=(pool, running, table, peace, chance, started, minutes, short, jobs)
            )
            feeder.start()
            damage_files(Path(folder, "files"), flips, cuts, seed, table)
            feeder.join()
            for future in as_completed(running):
                future.result()
    click.echo(f"\n{table}\n\nseed {seed}, {time.monotonic() - started:.0f} s")
    sys.exit(not table.all_survived)


def feed(
    pool: ThreadPoolExecutor,
    running: set[Future[None]],
    table: Table,
    peace: dict[str, np.ndarray],
    chance: random.Random,
    started: float,
    minutes: float,
    short: bool,
    jobs: int,
) -> None:
    """Start trials while there is time."""
    free = threading.Semaphore(jobs)
    for n, row in enumerate(rows_in_turn(short)):
        free.acquire()
        if n >= len(TRIALS) and time.monotonic() - started > 60 * minutes:
            return
        future = pool.submit(try_one, row, chance.randrange(2**32), peace, table)
        future.add_done_callback(lambda _: free.release())
        running.add(future)


if __name__ == "__main__":
    main()
