"""Files of users: what they add, what becomes of those that fail, and how they reach another process."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import physics
from physics import Status
from physics.core import identity, plugins
from physics.core.graph import nodes

MINE = '''
import numpy as np
from physics import Constraint, branch, constraint, observable, parameter
from physics.core.compiled import compiled

parameter("mine_scale", "a number of mine", label="s", unit="MeV", default=2.0)


@compiled
def times(x, y):
    return x * y


@observable(unit="MeV", label="mine", reference="Drees & Zhao 2021, eq. (1)")
def mine(m_X, mine_scale):
    """A mass of mine.

    >>> physics.evaluate("mine", m_X=3.0)
    6.0
    """
    return times(m_X, mine_scale)


@branch("mixing_per_coupling", when={"gauge_group": "B-L"})
def mixing_of_mine():
    """A mixing for B-L."""
    return -1.0


constraint(Constraint("mine_small", "mine", "limit", "mine", "Drees & Zhao 2021, eq. (1)", upper=5.0))
'''


@pytest.fixture
def file(scratch, tmp_path):
    """Write a plugin."""

    def write(text=MINE, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    yield write
    for name in [m for m in sys.modules if m.startswith("lmutau_plugin_")]:
        del sys.modules[name]


def registered():
    return set(nodes()), set(physics.parameters()), set(physics.constraints()), physics.document("epsilon")


def test_a_file_adds_observables_parameters_branches_and_constraints(file):
    assert (
        physics.evaluate_with_status("epsilon", g_X=1.0, gauge_group="B-L")["epsilon"].status == Status.OUTSIDE_DOMAIN
    )
    physics.add(file())
    assert physics.evaluate("mine", m_X=[1.0, 3.0]).tolist() == [2.0, 6.0]
    assert physics.evaluate("mine", m_X=1.0, mine_scale=3.0) == 3.0
    assert physics.parameters()["mine_scale"].unit == "MeV"
    assert physics.constraints()["mine_small"].allows([2.0, 6.0]).tolist() == [True, False]
    assert physics.evaluate("epsilon", g_X=1.0, gauge_group="B-L") == -1.0
    assert "mine_scale : mine_scale > 0 [MeV], default 2.0" in physics.document("mine")
    assert "gauge_group = Lmu-Ltau" not in physics.document("epsilon"), "what is there knows what is new"
    function = physics.observables()["mine"].function
    assert pickle.loads(pickle.dumps(function)) is function
    assert plugins.from_outside({"mine", "epsilon"}) == []


def test_it_may_cite_what_it_likes(file):
    physics.add(file(MINE.replace("Drees & Zhao 2021, eq", "My notes, p")))
    assert "References\n----------\nMy notes, p. (1)." in physics.document("mine")


def test_it_is_part_of_the_identity(file):
    before, package = identity.digest(), identity.package_digest()
    assert plugins.contents() == plugins.digests() == {}
    physics.add(file())
    assert plugins.contents() == {"mine.py": {"mine.py": MINE.encode()}}
    assert set(plugins.digests()) == {"mine.py"}
    assert set(identity.added()) == {"mine.py/mine.py"}
    assert identity.digest() != before
    assert identity.package_digest() == package


def test_an_edit_is_another_identity(file, monkeypatch):
    physics.add(file())
    first = identity.digest(), plugins.digests()
    monkeypatch.setattr(plugins, "_CONTENTS", {})
    monkeypatch.setattr(identity, "_ADDED", {})
    physics.add(file(MINE + "# a comment counts\n"))
    assert identity.digest() != first[0]
    assert plugins.digests() != first[1]


def test_the_same_file_twice_and_another_of_its_name(file):
    physics.add(file())
    physics.add(file())
    physics.add(file(name="copies/mine.py"))
    with pytest.raises(physics.PluginError, match=r"another file mine\.py has been added before; start anew"):
        physics.add(file(MINE + "# edited\n"))
    assert plugins.contents()["mine.py"]["mine.py"] == MINE.encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MINE + "raise ArithmeticError('boom')\n", "mine.py: ArithmeticError: boom"),
        (MINE + "def f(:\n", "mine.py: SyntaxError: invalid syntax"),
        (MINE + "import no_such_module\n", "mine.py: ModuleNotFoundError: No module named 'no_such_module'"),
        (MINE.replace("def mine(", "def epsilon("), "RegistryError: 'epsilon' is registered twice"),
        (MINE.replace("m_X, mine_scale)", "m_X, mine_skale)"), "'mine_skale' is neither a parameter nor an observable"),
        (MINE.replace('"mine_scale", "a', '"epsilon", "a'), "'epsilon' is a parameter and an observable"),
        (MINE.replace('"mixing_per', '"mixing_per_per'), "'mixing_per_per_coupling', which is not registered; did you"),
        (MINE.replace('"B-L"', '"Lmu-Ltau"'), "'mixing_per_coupling' has two functions for gauge_group = Lmu-Ltau"),
        (MINE.replace('"mine_small"', '"n_eff_bbn"'), "the constraint 'n_eff_bbn' is there already"),
    ],
    ids=lambda v: v[-40:],
)
def test_a_file_that_fails_registers_nothing_and_may_be_corrected(file, text, says):
    before = registered()
    with pytest.raises(physics.PluginError, match=re.escape(says)) as error:
        physics.add(file(text))
    assert "mine.py: " in str(error.value)
    assert registered() == before
    assert plugins.contents() == identity.added() == {}
    assert "lmutau_plugin_mine" not in sys.modules
    physics.add(file())
    assert physics.evaluate("mine", m_X=3.0) == 6.0


def test_what_cannot_be_added(tmp_path):
    with pytest.raises(physics.PluginError, match=r"nothing\.py: No such file or directory"):
        physics.add(tmp_path / "nothing.py")
    with pytest.raises(physics.PluginError, match=r"files that end in \.py"):
        physics.add(tmp_path / "notes.txt")


def test_contents_reach_another_process(file, tmp_path):
    """Which has no such file, and may even have another of its name in its folder."""
    physics.add(file())
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "mine.py").write_text("raise AssertionError('not this one')\n")
    (tmp_path / "sent").write_bytes(pickle.dumps((plugins.contents(), identity.digest())))
    script = (
        "import pickle, physics\n"
        "from physics.core import identity, plugins\n"
        "contents, digest = pickle.load(open('../sent', 'rb'))\n"
        "plugins.add_contents(contents)\n"
        "plugins.add_contents(contents)\n"
        "assert plugins.contents() == contents and identity.digest() == digest\n"
        "function = physics.observables()['mine'].function\n"
        "assert pickle.loads(pickle.dumps(function)) is function\n"
        "print(physics.evaluate('mine', m_X=3.0), physics.evaluate('epsilon', g_X=1.0, gauge_group='B-L'))\n"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path / "worker", env=os.environ
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["6.0", "-1.0"]


def test_a_reader_adds_files_with_another_ending(scratch, tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_READERS", {})
    read = []

    @plugins.reader(".dat", "*.csv")
    def read_dat(name, files):
        if b"wrong" in files[name]:
            raise ValueError("line 1 is wrong")
        read.append((name, dict(files)))

    for name, text in {"mine.dat": "right", "b.csv": "2", "a.csv": "1", "notes.txt": ""}.items():
        (tmp_path / name).write_text(text)
    physics.add(tmp_path / "mine.dat")
    assert read == [("mine.dat", {"mine.dat": b"right", "a.csv": b"1", "b.csv": b"2"})]
    assert set(identity.added()) == {"mine.dat/mine.dat", "mine.dat/a.csv", "mine.dat/b.csv"}
    (tmp_path / "other.dat").write_text("wrong")
    with pytest.raises(physics.PluginError, match=r"other\.dat: ValueError: line 1 is wrong"):
        physics.add(tmp_path / "other.dat")
    with pytest.raises(physics.PluginError, match=r"files that end in \.py, \.dat"):
        physics.add(tmp_path / "notes.txt")


def test_observables_of_a_notebook_are_from_outside(register):
    def local(m_X):
        return np.sqrt(m_X)

    register(local)
    assert plugins.from_outside({"local", "epsilon", "no_such_name"}) == [f"local (defined in {__name__})"]
