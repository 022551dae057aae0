"""The plugins of a run on its workers: those that are there, and those that join later."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from distributed import Worker, WorkerPlugin
from distributed.comm import CommClosedError

from physics.core import plugins
from physics.core.registration import snapshot
from scanner.errors import RunError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["PhysicsPlugins", "plugins_on_workers", "task_by_value", "within"]

SECONDS_TO_CLEAN_UP = 5.0


class PhysicsPlugins(WorkerPlugin):  # type: ignore[misc]
    """Gives a worker's process the physics plugins of a driver, and takes them back.

    Runs that have the same plugins share them; of runs that do not, the latest has its own, and the blocks of the
    others are refused (`Job.check_physics`).
    """

    def __init__(self, contents: dict[str, dict[str, bytes]]) -> None:
        self.contents = contents
        self.restore: Callable[[], None] | None = None

    def setup(self, worker: Worker) -> None:
        """Add the plugins to the worker's process, in place of those of other runs."""
        if self.contents == plugins.contents():
            return
        for other in self._others(worker):
            other.take_back()
        if self.contents != plugins.contents():
            self.restore = snapshot()
            plugins.add_contents(self.contents)

    def teardown(self, worker: Worker) -> None:
        """Take them back, unless another run has the same."""
        for other in self._others(worker):
            if other.contents == self.contents:
                other.restore, self.restore = self.restore or other.restore, None
        self.take_back()

    def take_back(self) -> None:
        """Forget what `setup` has added."""
        if self.restore is not None:
            self.restore()
            self.restore = None

    def _others(self, worker: Worker) -> list[PhysicsPlugins]:
        found = (getattr(plugin, "physics", plugin) for plugin in worker.plugins.values())
        return [plugin for plugin in found if isinstance(plugin, PhysicsPlugins) and plugin is not self]


# --- sent by value: a scheduler needs no lmutau, and a worker that has none says so when it has a block ---------------


def task_by_value() -> Callable[..., None]:
    """The function that workers call for a block. Its ImportError has two arguments: the worker's address, and why."""

    def task(job: dict[str, Any], family: str, index: tuple[int, ...]) -> None:
        try:
            from scanner.execution.compute import Job
            from scanner.execution.worker import work
        except ImportError as error:
            from distributed import get_worker

            raise ImportError(get_worker().address, f"{type(error).__name__}: {error}") from None
        work(Job(**job), family, tuple(index))

    return task


def _plugins_by_value(contents: dict[str, dict[str, bytes]]) -> WorkerPlugin:
    class Shipped(WorkerPlugin):  # type: ignore[misc]
        physics: Any = None

        def setup(self, worker: Worker) -> None:
            try:
                from scanner.execution.shipping import PhysicsPlugins
            except ImportError:
                return
            plugin = PhysicsPlugins(contents)
            plugin.setup(worker)
            self.physics = plugin

        def teardown(self, worker: Worker) -> None:
            if self.physics is not None:
                self.physics.teardown(worker)

    return Shipped()


@contextmanager
def plugins_on_workers(client: Client, run_id: str) -> Iterator[None]:
    """Have the plugins of this process on all present and future workers of a client.

    Raises
    ------
    RunError
        A worker cannot run one.
    """
    name = f"lmutau-plugins-{run_id}"
    try:
        client.register_plugin(_plugins_by_value(plugins.contents()), name=name)
    except CommClosedError:
        raise
    except Exception as error:  # whatever a plugin raises on a machine that is not this one
        raise RunError(f"the plugins cannot be run on the workers: {type(error).__name__}: {error}") from error
    wait = 0.0  # where somebody leaves at once
    try:
        yield
        wait = SECONDS_TO_CLEAN_UP
    except Exception:
        wait = SECONDS_TO_CLEAN_UP
        raise
    finally:
        within(wait, lambda: client.unregister_worker_plugin(name))


def within(seconds: float, clean_up: Callable[[], object]) -> None:
    """Call a function that may hang or fail where the scheduler is lost; wait for it no longer than that."""

    def attempt() -> None:
        with suppress(Exception):
            clean_up()

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
