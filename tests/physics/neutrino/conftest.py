"""Solar neutrinos; a user's experiment: a file, and the tables that it names."""

import pytest

from physics.core.evaluate import resolve
from physics.neutrino.oscillation import global_fit

USER = """
label = "Mine"
element = "Ge"
exposure = 0.1
efficiency = 0.5
quenching = { model = "table", file = "quenching.csv" }
programme = "supercdms"
assumptions = ["It exists."]
[channels.nr]
nuclei = [0.1, 10.0]
acceptance_nuclei = { file = "acceptance.csv" }
background = [
    { recoils = "electrons", rate = 1000.0, passes = 0.01 },
    { recoils = "nuclei", rate = { file = "neutrons.csv", column = "b", outside = "flat" } },
]
[references]
exposure = "a"
windows = "b"
efficiency = "c"
acceptance = "d"
background = "e"
quenching = "f"
"""
TABLES = {
    "quenching.csv": "# made up\nE_keVnr,E_keVee\n0.1,0.02\n10,3.02\n",
    "acceptance.csv": "E_keVnr,acceptance\n0.1,0\n1,1\n20,1\n",
    "neutrons.csv": "E,a,b\n1,7,2\n4,7,4\n",
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my_experiments"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    (folder / "mine.toml").write_text(USER)
    return folder


@pytest.fixture
def solar():
    """Solar neutrinos and their interactions at a point, as the evaluator passes them."""

    def at(m_X, **point):
        (scattering,) = resolve(["solar_scattering"], m_X=m_X, **global_fit("NuFIT 4.0"), **point)
        return scattering

    return at
