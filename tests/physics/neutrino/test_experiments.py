"""Experiments of users: a folder, a file that is added, names that are taken, the identity."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import physics
from physics.core import graph, identity, plugins, registration
from physics.core.evaluate import resolve
from physics.neutrino import dark_matter_detectors
from physics.neutrino.curve import Curve
from physics.neutrino.detector import Signal, count_nuclei
from physics.neutrino.experiments import FOLDER, ExperimentFileError, experiments, files_of, files_of_user, make_known
from physics.neutrino.targets import target

DEFINES = {"mine_counts_nr", "mine_events_nr", "mine_g_X_nr", "mine_g_X"}


@pytest.fixture
def scratch(monkeypatch):
    """What a test adds is forgotten after it."""
    monkeypatch.setattr(identity, "_ADDED", dict(identity._ADDED))
    monkeypatch.setattr(plugins, "_CONTENTS", {})
    restore, module = registration.snapshot(), dict(vars(dark_matter_detectors))
    yield
    restore()
    vars(dark_matter_detectors).clear()
    vars(dark_matter_detectors).update(module)


def events_of_mine():
    """The events that the file describes, at 30 MeV and g_X = 1e-3."""
    signal = Signal(0.1, 10.0, Curve(np.array([0.1, 1.0, 20.0]), np.array([0.0, 1.0, 1.0])))
    solar, x = resolve(["solar_scattering", "coupling_product"], m_X=30.0, g_X=1e-3)
    return pytest.approx(0.05 * count_nuclei(signal, target("Ge"), solar, "isotopes")(x).item(), rel=1e-12)


def test_a_folder_of_experiments(folder):
    script = """
import os
import physics
from physics.core.identity import added
from physics.neutrino import dark_matter_detectors
open("my_experiments/neutrons.csv", "w").write("changed while it runs")
os.chdir("/")
names = ["mine_events_nr", "mine_g_X", "supercdms_g_X", "supercdms_hv_g_X", "supercdms_izip_g_X"]
values = physics.evaluate(names, m_X=30.0, g_X=1e-3)
assert values["supercdms_g_X"] == min(values[name] for name in names[1:] if name != "supercdms_g_X")
assert "It exists." in dark_matter_detectors.mine_g_X.__doc__
print(values["mine_events_nr"], added()["LMUTAU_EXPERIMENTS/neutrons.csv"], *map(os.path.basename, added()))
"""
    digest = hashlib.sha256((folder / "neutrons.csv").read_bytes()).hexdigest()
    environment = os.environ | {
        "LMUTAU_EXPERIMENTS": "my_experiments",
        "PYTHONPATH": str(Path(physics.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment, cwd=folder.parent, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events, neutrons, *files = done.stdout.split()
    assert float(events) == events_of_mine()
    assert neutrons == digest
    assert files == ["acceptance.csv", "mine.toml", "neutrons.csv", "quenching.csv"]


def test_an_experiment_that_is_added(scratch, folder):
    before, best = identity.digest(), physics.evaluate("supercdms_g_X", m_X=30.0)
    physics.add(folder / "mine.toml")
    physics.add(folder / "mine.toml")  # once more does nothing
    assert graph.nodes().keys() >= DEFINES
    assert physics.evaluate("mine_events_nr", m_X=30.0, g_X=1e-3) == events_of_mine()
    assert "It exists." in physics.document("mine_g_X")
    mine, together = physics.evaluate(["mine_g_X", "supercdms_g_X"], m_X=30.0).values()
    assert together == min(mine, best)
    assert "Mine, sources:" in physics.observables()["supercdms_g_X"].function.__doc__
    assert identity.digest() != before
    assert "mine.toml/neutrons.csv" in identity.added()
    assert plugins.from_outside(DEFINES) == []


def test_what_is_sent_to_workers_is_enough(scratch, folder, tmp_path):
    contents = {"mine.toml": {f.name: f.read_bytes() for f in folder.iterdir()}}
    for file in folder.iterdir():
        file.unlink()
    plugins.add_contents(contents)
    assert physics.evaluate("mine_events_nr", m_X=30.0, g_X=1e-3) == events_of_mine()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("exposure = 0.1", "exposure = -0.1", r"exposure: -0\.1 must be a number above 0"),
        ('"neutrons.csv"', '"protons.csv"', r"rate\.file: there is no protons\.csv beside mine\.toml"),
        ("[channels.nr]", "[channels.nr", "is not a TOML file"),
        ('programme = "supercdms"', 'programme = "lz"', "programme: 'lz' is an experiment already"),
    ],
)
def test_nothing_is_registered_of_a_wrong_file(scratch, folder, old, new, says):
    file = folder / "mine.toml"
    file.write_text(file.read_text().replace(old, new))
    before = identity.digest(), dict(graph.nodes()), dict(experiments())
    with pytest.raises(
        physics.PluginError, match=rf"my_experiments/mine\.toml: ExperimentFileError: mine\.toml.*{says}"
    ):
        physics.add(file)
    assert (identity.digest(), dict(graph.nodes()), dict(experiments())) == before
    file.write_text(file.read_text().replace(new, old))
    physics.add(file)
    assert graph.nodes().keys() >= DEFINES


def test_an_experiment_with_a_name_that_is_taken(scratch, folder):
    (folder / "lz.toml").write_bytes((folder / "mine.toml").read_bytes())
    with pytest.raises(physics.PluginError, match="'lz' is an experiment already; rename the file"):
        physics.add(folder / "lz.toml")
    (folder / "mine.py").write_text(
        "import physics\n"
        '@physics.observable(unit="1", label="a", reference="Drees & Zhao 2021, eq. (1)")\n'
        "def mine_g_X(m_X):\n    return m_X\n"
    )
    physics.add(folder / "mine.py")
    with pytest.raises(physics.PluginError, match="'mine' has mine_g_X in the package already; rename the file"):
        physics.add(folder / "mine.toml")
    assert physics.evaluate("mine_g_X", m_X=3.0) == 3.0


def test_the_identity_of_a_store_knows_the_files_of_users(scratch, folder, monkeypatch):
    monkeypatch.setenv(FOLDER, str(folder))
    empty = registration.snapshot()

    def digest():
        empty()
        identity._ADDED.clear()
        dark_matter_detectors.register_folder()
        return identity.digest()

    digests = [identity.package_digest(), digest()]
    (folder / "unrelated.csv").write_text("a,b")
    assert digest() == digests[1]
    (folder / "neutrons.csv").write_text("E,a,b\n1,7,2\n4,7,5\n")
    assert len({*digests, digest()}) == 3


def test_a_folder_that_is_not_there(folder, monkeypatch):
    monkeypatch.setenv(FOLDER, str(folder / "nowhere"))
    with pytest.raises(ExperimentFileError, match="nowhere is not a folder"):
        files_of_user()
    monkeypatch.setenv(FOLDER, "")
    assert files_of_user() == []


@pytest.mark.parametrize(
    ("name", "programme", "says"),
    [
        ("lz", "", "the file's name: 'lz' is an experiment already; rename the file"),
        ("supercdms", "", "the file's name: 'supercdms' is the programme of supercdms_hv.toml; rename the file"),
        ("xenon1t", "", "the file's name: 'xenon1t' has xenon1t_g_X in the package already; rename the file"),
        ("cenns10", "", "the file's name: 'cenns10' has cenns10_g_X in the package already; rename the file"),
        ("white_dwarf", "", "the file's name: 'white_dwarf' has white_dwarf_g_X in the package already"),
        ("other", "xenon1t", "programme: 'xenon1t' has xenon1t_g_X in the package already; choose another"),
        ("other", "mine", "programme: 'mine' is an experiment already; choose another"),
        ("other", "other", "programme: 'other' is an experiment already; choose another"),
        ("a", "mine", None),
    ],
)
def test_names_that_are_taken(scratch, folder, name, programme, says):
    text = (folder / "mine.toml").read_text()
    (folder / f"{name}.toml").write_text(text.replace('"supercdms"', f'"{programme}"'))
    if says is None:  # files are read in the order of their names
        name, says = "mine", "the file's name: 'mine' is the programme of a.toml; rename the file"
    with pytest.raises(ExperimentFileError, match=rf"my_experiments/{name}\.toml: {says}"):
        make_known(files_of(folder))
    assert "mine" not in experiments()
