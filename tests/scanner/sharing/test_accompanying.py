"""What goes with a store that is given away is true of it."""

import re

import numpy as np
import pytest
import yaml

from scanner import SelectionError, export, load_scan, make_plan
from scanner.scan.plan import digest, identity
from scanner.sharing.accompanying import accompanying, as_toml
from scanner.store.verify import AGREEMENT


@pytest.fixture
def files(store):
    return {name: content.decode() for name, content in accompanying(store, "small.zarr", ["Noether, Emmy"]).items()}


def test_the_code_in_the_readme_runs(store, tmp_path, monkeypatch):
    export(store, tmp_path / "shared.zarr.zip")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(
        r"```python\n(.*?)```", accompanying(store, "shared.zarr.zip")["README.md"].decode(), re.DOTALL
    )
    names = {}
    exec(code, names)
    assert names["ds"].delta_a_mu.shape == store.dataset().delta_a_mu.shape


def test_the_readme_names_what_there_is(store, files):
    readme = files["README.md"]
    for family in store.families:
        for name in family.observables:
            attributes = store.array(name).attrs
            assert f"| {name} | {', '.join(family.dims)} | {attributes['units']} | " in readme
    assert "| m_X | 4: 5 ... 20000 | MeV | mass of the gauge boson X |" in readme
    assert "| metallicity | 2: GS98 ... AGSS09 |" in readme
    assert "q_psi = 1.0" in readme
    assert store.id in readme
    assert "| 255 | block_failed |" in readme
    assert f"agree to a relative {AGREEMENT:g}" in readme


def test_bound_parameters(bound_store):
    readme = accompanying(bound_store, "a")["README.md"].decode()
    assert "mass_ratio = mass_ratio_relic_above" in readme


def test_the_scan_file_gives_the_same_plan(store, bound_store, foreign_store, files, tmp_path):
    for one in (store, bound_store):
        (tmp_path / "scan.toml").write_bytes(accompanying(one, "a")["scan.toml"])
        scan = load_scan(tmp_path / "scan.toml")
        assert digest(identity(scan)) == one.attribute("plan_digest")
        assert make_plan(scan).families == one.families
    assert "plugins, which are not included: foreign.py" in accompanying(foreign_store, "a")["README.md"].decode()


def test_toml_of_what_a_scan_file_may_say():
    import tomllib

    document = {
        "scan": {"title": 'a "title" \\ of é𝛼', "observables": ["a", "b"]},
        "axes": {"m_X": [{"geomspace": [1e-300, 1e300, 3], "offset": 0.1}], "names": [{"values": ["x y"]}]},
        "plot": {"at": {"m_X": 5.0}, "big": 1e16, "small": np.nextafter(0.1, 1).item(), "on": True, "none": None},
    }
    read = tomllib.loads(as_toml(document))
    del document["plot"]["none"]
    assert read == document


def test_the_citation_file_is_one(files):
    cff = yaml.safe_load(files["CITATION.cff"])
    assert {"cff-version", "message", "title", "authors"} <= cff.keys()  # what the schema demands
    assert cff["authors"] == [{"family-names": "Noether", "given-names": "Emmy"}]
    assert cff["type"] == "dataset"
    titles = {reference["title"] for reference in cff["references"]}
    assert "U(1)_{Lmu-Ltau} for Light Dark Matter, g_mu-2, the 511 keV excess and the Hubble Tension" in titles
    for reference in cff["references"]:
        assert {"type", "title", "authors", "year"} <= reference.keys()
        assert all("others" not in author.values() for author in reference["authors"])
    assert [r["type"] for r in cff["references"]].count("software") == 1
    assert files["references.bib"].count("@") >= len(cff["references"])


def test_no_author_is_made_up(store):
    assert yaml.safe_load(accompanying(store, "a")["CITATION.cff"])["authors"] == [{"name": "anonymous"}]


def test_the_licence_is_named_within_and_none_is_made_up(store, tmp_path):
    export(store, tmp_path / "a.zarr", authors=["Noether, Emmy"], licence="CC0-1.0")
    assert (
        "by Noether, Emmy, under Creative Commons Zero v1.0 Universal (CC0-1.0): https"
        in (tmp_path / "a.zarr/README.md").read_text()
    )
    assert yaml.safe_load((tmp_path / "a.zarr/CITATION.cff").read_text())["license"] == "CC0-1.0"
    export(store, tmp_path / "b.zarr")
    assert "## Licence\n\nNone was named" in (tmp_path / "b.zarr/README.md").read_text()
    assert "license" not in yaml.safe_load((tmp_path / "b.zarr/CITATION.cff").read_text())
    with pytest.raises(SelectionError, match="no licence 'CC0'"):
        export(store, tmp_path / "c.zarr", licence="CC0")
