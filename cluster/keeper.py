"""Holds the number of jobs of a batch system: dask-jobqueue does not replace those that are lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import SchedulerPlugin, Status
from tornado.ioloop import PeriodicCallback

from cluster.errors import ClusterError

__all__ = ["TOPIC", "kept"]

TOPIC = "lmutau-jobs"  # of the Dask events that say what became of jobs
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_WITHOUT_WORKERS = 15.0  # of a job that had some: then it is lost
REPLACEMENTS = 3  # of every job, without a task that was done in between: then nothing is replaced any more


@contextmanager
def kept(cluster: Any, jobs: int) -> Iterator[None]:
    """Submit so many jobs, and others for those that are lost.

    Raises
    ------
    ClusterError
        They cannot be submitted.
    """
    keeper = _Keeper(cluster, jobs)
    try:
        cluster.sync(keeper.submit)
    except RuntimeError as error:
        raise ClusterError(f"the batch system refuses the job: {_reason(error)}") from error
    looks = PeriodicCallback(keeper.look, 1000 * SECONDS_BETWEEN_LOOKS)
    cluster.sync(keeper.begin)
    cluster.loop.add_callback(looks.start)
    try:
        yield
    finally:
        cluster.loop.add_callback(looks.stop)


class _Keeper(SchedulerPlugin):  # type: ignore[misc]
    """Watches the workers of every job, and whether tasks are done at all."""

    name = "lmutau-keeper"

    def __init__(self, cluster: Any, jobs: int) -> None:
        self.cluster, self.jobs = cluster, jobs
        self.seen: dict[str, float] = {}  # when a job had a worker last
        self.replaced = 0  # since a task was done

    async def begin(self) -> None:
        """Hear of tasks that are done."""
        self.cluster.scheduler.add_plugin(self)

    def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:
        """Hear what becomes of a task."""
        if start == "processing" and finish == "memory":
            self.replaced = 0

    async def submit(self) -> None:
        """Submit what is missing; raises what the batch system says, which `scale` would only log."""
        while len(self.cluster.worker_spec) < self.jobs:
            self.cluster.worker_spec.update(self.cluster.new_worker_spec())
        try:
            await self.cluster._correct_state()
        finally:
            for name in [name for name, job in self.cluster.workers.items() if job.job_id is None]:
                self.cluster.workers.pop(name).status = Status.closed  # it has never been submitted

    async def look(self) -> None:
        """Replace jobs that have lost all of their workers, unless that has been of no use."""
        lost = self._lost()
        if not lost:
            return
        if self.replaced >= REPLACEMENTS * self.jobs:
            self._tell(
                f"{self.replaced} jobs were lost, one after the other, and not one block was computed: no more are "
                "submitted. The logs of the jobs say why (option log_directory)",
                gave_up=True,
            )
            return
        self._tell(f"{len(lost)} of {self.jobs} jobs lost their workers: submitting as many again")
        self.replaced += len(lost)
        for name in lost:
            self.seen.pop(name, None)
            if (job := self.cluster.workers.pop(name, None)) is not None:
                await job.close()  # one whose workers were killed may still hold its cores
        try:
            await self.submit()
        except RuntimeError as error:
            self._tell(f"the batch system refuses a job: {_reason(error)}; trying again")

    def _lost(self) -> list[str]:
        """Jobs that had workers, and have none for a while; Dask may have forgotten some of them by itself."""
        now = time.monotonic()
        present = {str(worker.name) for worker in self.cluster.scheduler.workers.values()}
        for name, job in self.cluster.worker_spec.items():
            if any(f"{name}{suffix}" in present for suffix in job.get("group", [""])):
                self.seen[name] = now
        gone = {n for n in self.cluster.worker_spec if now - self.seen.get(n, now) > SECONDS_WITHOUT_WORKERS}
        return sorted(gone | (self.cluster.worker_spec.keys() - self.cluster.workers.keys()))

    def _tell(self, notice: str, gave_up: bool = False) -> None:
        self.cluster.scheduler.log_event(TOPIC, {"notice": notice, "gave_up": gave_up})


def _reason(error: RuntimeError) -> str:
    """What the command of the batch system has said, without what dask-jobqueue says of it."""
    _, _, said = str(error).partition("stderr:\n")
    return " ".join((said or str(error)).split())
