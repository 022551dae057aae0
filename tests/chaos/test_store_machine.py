"""The machine of store_machine.py, and mistakes that it must see."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from store_machine import BLOCKS, COMPLETE, PENDING, WRITTEN, StoreMachine, begun, evaluated

import scanner.store.repair
import scanner.store.store
import scanner.store.verify
from physics import Status
from scanner import ScanError, Store
from scanner.store import seal


@pytest.fixture(autouse=True, scope="module")
def compiled():
    """Outside of what is timed."""
    for family, index in BLOCKS:
        evaluated(family.name, index)
    for state in (PENDING, WRITTEN, COMPLETE):
        begun(state)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=25,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate],  # to shrink takes minutes: add Phase.shrink to look for the cause
    suppress_health_check=list(HealthCheck),
)


# --- the machine itself -----------------------------------------------------------------------------------------------


def fails_over_what_is_there(self, family, index):
    """As if complete blocks were not looked for."""
    shape = tuple(s.stop - s.start for s in family.region(index))
    self._write_status(family, index, np.full((len(family.observables), *shape), Status.BLOCK_FAILED, np.uint8))
    return True


def removes_statuses_only(self, family, index):
    """As if it were not noted that the store is incomplete."""
    for name in family.observables:
        self._status_file(name, index).unlink(missing_ok=True)


MISTAKES = {
    "a block that is complete is given up": (Store, "fail_block", fails_over_what_is_there),
    "complete without looking": (
        scanner.store.store,
        "complete",
        lambda store: seal.change_root(store.path, {"state": "complete"}, complete=True),
    ),
    "values that were removed are not missed": (Store, "lost", lambda *_: set()),
    "a block is forgotten, the store remains complete": (Store, "forget", removes_statuses_only),
    "blocks are not verified": (scanner.store.verify, "_check_blocks", lambda *_: None),
    "coordinates are not verified": (scanner.store.verify, "_check_metadata", lambda *_: None),
    "seals are not verified": (seal, "broken", lambda _: iter(())),
    "blocks are not repaired": (scanner.store.repair, "_forget_blocks", lambda *_: None),
    "metadata are not repaired": (scanner.store.repair, "_restore_arrays", lambda *_: None),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_machine_sees_that(mistake, monkeypatch):
    """Defects that the store has had, or might have, put in one at a time."""
    monkeypatch.setattr(*MISTAKES[mistake])
    with pytest.raises((AssertionError, ScanError)):
        run_state_machine_as_test(
            StoreMachine, settings=settings(TestStore.settings, stateful_step_count=8, print_blob=False)
        )
