"""A store under anything that can happen to it, in any order, against a model: what each block must hold.

Blocks are written, given up and forgotten, files are damaged, the store is verified, repaired, opened again, finished.
After each step what can be read must be what was computed, to the bit, or say that there is nothing.
"""

import atexit
import contextlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from damage import flip_a_bit, kind_of, remove, truncate
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from physics import Status
from scanner import ScanError, Store, load_scan, make_plan
from scanner.store.finding import Part
from scanner.store.here import compute
from scanner.store.layout import RUNS, status_name
from scanner.store.repair import repair
from scanner.store.seal import read_root
from scanner.store.verify import verify

SCAN = """
[scan]
title = "anything in any order"
observables = ["delta_a_mu", "n_eff_entropy", "a_mu_pull"]

[axes]
m_X = { values = [5, 23, 2e4] }
g_X = { values = [1e-4, 3e-3] }
a_mu_dataset = { values = ["FNAL2021", "WP2025"] }

[fixed]
mass_ratio = 0.6

[store]
points_per_block = 12
fsync = false
"""

PENDING, DONE, FAILED = "pending", "done", "failed"  # a block
WRITTEN, COMPLETE = "written", "complete"  # a store
DAMAGES = {"flip": flip_a_bit, "cut": truncate, "remove": remove}
MOST_DAMAGES = 3  # at once
PARTS = {"array metadata": Part.METADATA, "coordinates": Part.AXIS, "log": Part.LOG}


@cache
def planned():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scan.toml")
        file.write_text(SCAN)
        return make_plan(load_scan(file))


@cache
def evaluated(name, index):
    """A block as direct evaluation gives it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder, "evaluated.zarr"), planned())
        return store.compute_block(store.family(name), index)


@cache
def begun(state):
    """A folder with a store: pending, written, or complete. Made once, for that takes long."""
    folder = tempfile.TemporaryDirectory(prefix="begun-")
    atexit.register(folder.cleanup)
    store = Store.create(Path(folder.name, "scan.zarr"), planned())
    if state != PENDING:
        for family, index in BLOCKS:
            store.write_block(family, index, evaluated(family.name, index))
    if state == COMPLETE:
        store.finalize()
    return Path(folder.name)


BLOCKS = [(family, index) for family in planned().families for index in family.blocks()]
OBSERVABLES = {name for family in planned().families for name in family.observables}
blocks = st.sampled_from(BLOCKS)
OF_A_BLOCK = ("write", "fail", "forget", "lose_values_and_finish")
ACTIONS = (*OF_A_BLOCK, "forget_failures", "verify", "repair", "resume", "finalize")


class StoreMachine(RuleBasedStateMachine):
    """The store, the model of it, and the files that are damaged at the moment, with the kind of each."""

    @initialize(start=st.sampled_from([PENDING, WRITTEN, COMPLETE, COMPLETE]))
    def create(self, start):
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        shutil.copytree(begun(start), self.folder, dirs_exist_ok=True)
        self.path = self.folder / "scan.zarr"
        self.store = Store(self.path)
        self.model = {(family.name, index): PENDING if start == PENDING else DONE for family, index in BLOCKS}
        self.complete = self.in_log = start == COMPLETE  # in_log: whether the log has a copy of the attributes
        self.damaged = {}

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    # --- the model ----------------------------------------------------------------------------------------------------

    def files_of_block(self, family, index):
        """Values and statuses of a block; here each has a file of its own."""
        names = [n for observable in family.observables for n in (observable, status_name(observable))]
        return [self.path.joinpath(name, "c", *map(str, index)) for name in names]

    def is_damaged(self, family, index):
        return any(file in self.damaged for file in self.files_of_block(family, index))

    def damaged_kinds(self):
        return set(self.damaged.values())

    def has_metadata_damaged(self):
        return not self.damaged_kinds().isdisjoint({"root metadata", "array metadata", "coordinates"})

    def set_block(self, family, index, state):
        self.model[family.name, index] = state

    def expect_refusal_if_damaged(self, error):
        """What a damaged store refuses, it refuses in words."""
        if not self.damaged:
            raise error
        note(f"refused: {error}")

    # --- what is done to it: two rules, for Hypothesis leaves some of many out ----------------------------------------

    @rule(what=st.sampled_from(ACTIONS), block=blocks)
    def act(self, what, block):
        getattr(self, what)(block) if what in OF_A_BLOCK else getattr(self, what)()

    @precondition(lambda self: len(self.damaged) < MOST_DAMAGES)
    @rule(
        data=st.data(),
        how=st.sampled_from(sorted(DAMAGES)),
        seed=st.integers(0, 2**32 - 1),
        then=st.sampled_from(["verify", "verify", "repair", "finalize", "finalize", "resume", ""]),
    )
    def harm(self, data, how, seed, then):
        """Damage a file, and see at once what comes of it; or later."""
        self.damage(data, how, seed)
        if then:
            getattr(self, then)()

    def write(self, block):
        family, index = block
        result = evaluated(family.name, index)
        try:
            self.store.write_block(self.store.family(family.name), index, result)
        except ScanError as error:
            self.expect_refusal_if_damaged(error)
            return
        self.set_block(family, index, DONE)
        for file in self.files_of_block(family, index):
            self.damaged.pop(file, None)

    def fail(self, block):
        family, index = block
        damaged = self.is_damaged(family, index)
        try:
            given_up = self.store.fail_block(self.store.family(family.name), index)
        except ScanError as error:
            self.expect_refusal_if_damaged(error)
            return
        if not damaged:
            assert given_up == (self.model[family.name, index] == PENDING)
        if given_up:
            self.set_block(family, index, FAILED)
            for file in self.files_of_block(family, index)[1::2]:  # statuses, written anew
                self.damaged.pop(file, None)
            for file in self.files_of_block(family, index)[::2]:
                if not file.exists():  # values that are not needed any more
                    self.damaged.pop(file, None)

    def forget(self, block):
        family, index = block
        try:
            self.store.forget(self.store.family(family.name), index)
        except ScanError as error:
            self.expect_refusal_if_damaged(error)
            return
        self.complete = False
        self.set_block(family, index, PENDING)
        for file in self.files_of_block(family, index)[1::2]:
            self.damaged.pop(file, None)

    def forget_failures(self):
        try:
            self.store.forget_failures()
        except ScanError as error:
            self.expect_refusal_if_damaged(error)
            return
        for family, index in BLOCKS:
            if self.model[family.name, index] == FAILED:
                self.complete = False
                self.set_block(family, index, PENDING)

    def damage(self, data, how, seed):
        files = sorted(p for p in self.path.rglob("*") if p.is_file() and p not in self.damaged)
        if self.store.log_path.exists() and self.complete and how != "remove":  # sealed; without it a store is a copy
            files.append(self.store.log_path)
        kinds = {}
        for file in files:
            kind = "log" if file == self.store.log_path else kind_of(self.path, file, OBSERVABLES)
            kinds.setdefault(kind, []).append(file)
        kinds = {kind: some for kind, some in kinds.items() if kind != "log" or kind not in self.damaged_kinds()}
        kind = data.draw(st.sampled_from(sorted(kinds)))
        file = data.draw(st.sampled_from(kinds[kind]))
        if how == "cut" and not file.stat().st_size:
            return
        fault = DAMAGES[how](file, np.random.default_rng(seed))
        note(f"{file.relative_to(self.folder)}: {fault}")
        self.damaged[file] = kind
        for family, index in BLOCKS:
            if kind == "statuses" and how == "remove" and file in self.files_of_block(family, index):
                self.set_block(family, index, PENDING)  # which is how a block is marked as pending
                del self.damaged[file]

    def lose_values_and_finish(self, block):
        file = self.files_of_block(*block)[0]
        if file.exists() and file not in self.damaged and len(self.damaged) < MOST_DAMAGES:
            file.unlink()
            self.damaged[file] = "values"
            self.finalize()

    # --- what it is asked ---------------------------------------------------------------------------------------------

    def verify(self):
        self.check_findings(verify(self.path, points=1, seed=1))

    def check_findings(self, found):
        if "root metadata" in self.damaged_kinds():
            assert Part.ROOT in {p.part for p in found.problems}
            return
        wheres = {(p.part, p.where, p.index) for p in found.problems}
        unread = " ".join(found.notes)
        only_sealed = "Values were not read" in unread  # a record of a run is damaged, so that the store does not open
        if only_sealed:
            assert any(self.is_record(file) for file in self.damaged)
        for file, kind in self.damaged.items():
            if kind in PARTS and not (only_sealed and kind == "coordinates"):
                where = file.name if kind == "log" else file.relative_to(self.path).parts[0]
                assert any(w[1] == where for w in wheres), (file, wheres)
        if only_sealed:
            return
        for family, index in BLOCKS:
            if self.is_damaged(family, index) and self.model[family.name, index] != PENDING:
                named = (Part.BLOCK, family.name, index) in wheres
                assert named or f"Values of {family.name} were not read" in unread, (family.name, index, wheres)
            elif not self.damaged:
                assert not any(w[1:] == (family.name, index) for w in wheres)
        if not self.damaged:
            assert not found.problems
        assert found.missing_blocks == sum(state == PENDING for state in self.model.values())

    def is_record(self, file):
        return file.parent.parent == self.path / RUNS

    def repair(self):
        try:
            did = repair(self.path, points=0)
        except ScanError as error:
            if "root metadata" not in self.damaged_kinds() or (self.in_log and "log" not in self.damaged_kinds()):
                raise AssertionError("something else has what it needs") from error
            did = repair(self.path, points=0, scan=planned().scan)
        compute(self.path, did.blocks)
        assert not did.left
        if self.damaged:
            assert did.done or all(self.of_pending_block(file) for file in self.damaged)
        for family, index in BLOCKS:
            if (family.name, index) in {(f.name, i) for f, i in did.blocks}:
                self.set_block(family, index, DONE)
        self.damaged = {file: kind for file, kind in self.damaged.items() if self.of_pending_block(file)}
        self.in_log = self.in_log or bool(did.done)
        self.store = Store(self.path)
        self.complete = self.store.attribute("state") == "complete"
        found = verify(self.path, points=2, seed=1)
        assert not found.problems
        assert found.missing_blocks == sum(state == PENDING for state in self.model.values())
        if self.complete:
            assert not found.missing_blocks

    def of_pending_block(self, file):
        """Whether values are damaged that nobody reads before they are computed again."""
        pending = [block for block in BLOCKS if self.model[block[0].name, block[1]] == PENDING]
        return any(file in self.files_of_block(*block) for block in pending)

    def resume(self):
        try:
            self.store = Store.resume(self.path, planned().scan)
        except ScanError as error:
            self.expect_refusal_if_damaged(error)

    def finalize(self):
        pending = PENDING in self.model.values()
        try:
            self.store.finalize()
        except ScanError as error:
            if not pending:
                self.expect_refusal_if_damaged(error)
            return
        assert not pending
        assert not self.has_metadata_damaged()
        assert not any(
            self.model[family.name, index] == DONE and not file.exists()
            for family, index in BLOCKS
            for file in self.files_of_block(family, index)
        )
        self.complete = self.in_log = True

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def values_are_those_that_were_computed(self):
        if self.has_metadata_damaged():  # whose readers must ask `verify`
            return
        dataset = self.store.dataset()
        with contextlib.suppress(Exception):  # then it is read piece by piece
            dataset.load(scheduler="synchronous")
        for family, index in BLOCKS:
            expected, state = evaluated(family.name, index), self.model[family.name, index]
            files = iter(self.files_of_block(family, index))
            for i, name in enumerate(family.observables):
                values, status = (
                    self.read(dataset, name, family, index),
                    self.read(dataset, status_name(name), family, index),
                )
                ok = {"values": next(files) not in self.damaged, "status": next(files) not in self.damaged}
                assert ok["values"] or values is None or np.isnan(values).all()
                assert ok["status"] or status is None
                if state == DONE and ok["status"]:
                    np.testing.assert_array_equal(status, expected.status[i])
                if state == DONE and ok["values"]:
                    assert values.tobytes() == expected.values[name].tobytes()
                if state == FAILED and ok["status"]:
                    assert (status == Status.BLOCK_FAILED).all()
                if state != DONE and ok["values"]:
                    assert np.isnan(values).all() or values.tobytes() == expected.values[name].tobytes()
            if state == PENDING:
                shown = [self.read(dataset, status_name(name), family, index) for name in family.observables]
                assert any(status is None or (status == Status.NOT_COMPUTED).all() for status in shown)

    def read(self, dataset, name, family, index):
        """The part of a variable, without its coordinates (its statuses, say); None where it cannot be read."""
        try:
            return dataset.variables[name][family.region(index)].load(scheduler="synchronous").values
        except Exception as error:
            note(f"{name}{index}: {type(error).__name__}")
            return None

    @invariant()
    def complete_means_complete(self):
        if "root metadata" not in self.damaged_kinds():
            state = read_root(self.path)["attributes"]["state"]
            assert state == ("complete" if self.complete else "running")
