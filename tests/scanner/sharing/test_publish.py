"""A folder to deposit: what is in it is whole, valid and true of the store; what is not sound is refused."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from jsonschema import Draft201909Validator
from rocrate.rocrate import ROCrate
from zarr.storage import ZipStore

from scanner import Store, StoreError, load_scan, make_plan
from scanner.errors import IncompleteError, SelectionError
from scanner.sharing.publish import Contents, Terms, publish
from scanner.store import provenance

SCAN = """
[scan]
title = "to publish"
observables = ["delta_a_mu", "relic_density", "cmb_ratio", "sigma_monophoton", "babar_4mu_r", "babar_4mu_g_X"]

[axes]
m_X = { geomspace = [5, 2e3, 9] }
g_X = { geomspace = [1e-5, 1e-1, 11] }
q_psi = { values = [0.3, 1, 2] }

[fixed]
mass_ratio = 0.51
"""
PLOT = """
[plot]
x = "m_X"
y = "g_X"
at = { q_psi = 1 }
constraints = ["g2_FNAL2021", "relic_density", "cmb"]
curves = ["babar_4mu_g_X"]
"""
JANE = Terms(["Doe, Jane", "The Group"], doi="10.5281/zenodo.1234567")
ALL = Contents(html=True, arxiv=True, dirty=True, points=3, at={"q_psi": 2})
CLEAN = {"commit": "a" * 40, "dirty": "no"}


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    place = tmp_path_factory.mktemp("published")
    store = finished(SCAN + PLOT, place / "a.zarr")
    return publish(store.path, place / "out", JANE, ALL)


def digests(folder):
    return dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())


def files_in(folder):
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def columns(path):
    return np.atleast_2d(np.loadtxt(path))


def test_what_is_in_it(folder):
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "CITATION.cff", "references.bib", "scan.toml", "a.zarr.zip", "a.html", "page", "curves", "hepdata",
        "anc", "datacite.json", "ro-crate-metadata.json", "SHA256SUMS",
    }  # fmt: skip
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("part", ["", "anc"])
def test_every_file_has_its_digest(folder, part):
    files = files_in(folder / part)
    files.pop("SHA256SUMS")
    assert digests(folder / part) == {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items()}


def test_plain_xarray_opens_the_archive_and_the_store_of_the_page(folder):
    archive = folder / "a.zarr.zip"
    with zipfile.ZipFile(archive) as opened:
        assert {info.compress_type for info in opened.infolist()} == {zipfile.ZIP_STORED}
    there = xr.open_zarr(ZipStore(archive, mode="r")).load()
    for other in (folder / "page" / "store.zarr", folder.parent / "a.zarr"):
        xr.testing.assert_identical(there.drop_attrs(), xr.open_zarr(other).load().drop_attrs())


def test_curves_are_those_of_the_plane_that_is_asked_for(folder):
    """Where the two columns are, the limit is met, as far as a coarse grid can be interpolated."""
    import physics

    text = (folder / "curves" / "curves_cmb.txt").read_text()
    assert "q_psi = 2" in text
    assert "# m_X [MeV]  g_X\n" in text
    assert "Slatyer 2016" in text
    points = columns(folder / "curves" / "curves_cmb.txt")
    points = points[np.isfinite(points).all(axis=1)]
    ratio = physics.evaluate("cmb_ratio", m_X=points[:, 0], g_X=points[:, 1], mass_ratio=0.51, q_psi=2)
    on_grid = np.isin(np.round(points[:, 0], 6), np.round(np.geomspace(5, 2e3, 9), 6))
    assert on_grid.sum() >= 5
    assert np.abs(np.log(ratio[on_grid])).max() < 0.3  # steps of 0.4 decades, along which it changes by more


def test_hepdata_takes_the_submission(folder):
    """By HEPData's validator, in a process of its own: it leaves files open."""
    command = (
        "import sys; from hepdata_validator.full_submission_validator import FullSubmissionValidator as Validator; "
        "v = Validator(); ok = v.validate(directory=sys.argv[1]); sys.exit(0 if ok else str(v.get_messages()))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", command, folder / "hepdata"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    first, *tables = yaml.safe_load_all((folder / "hepdata" / "submission.yaml").read_text())
    assert first["comment"].startswith("to publish. Held: q_psi = 2;")
    assert first["additional_resources"][0]["location"] == f"https://doi.org/{JANE.doi}"
    assert {t["data_license"]["name"] for t in tables} == {"CC-BY-4.0"}
    assert len({t["name"] for t in tables}) == len(tables) >= 2


def test_hepdata_has_the_numbers_of_the_two_columns(folder):
    for name in ("cmb", "babar_4mu_g_X"):
        tables = sorted((folder / "hepdata").glob(f"{name}*.yaml"), key=lambda p: (len(p.name), p.name))
        if name == "cmb":
            tables = [p for p in tables if "ratio" not in p.name]
        found = []
        for table in map(yaml.safe_load, (p.read_text() for p in tables)):
            (x,), (y,) = table["independent_variables"], table["dependent_variables"]
            assert (x["header"], y["header"]) == ({"name": "m_X", "units": "MeV"}, {"name": "g_X"})
            assert {"name": "q_psi", "value": "2"} in y["qualifiers"]
            found += zip((v["value"] for v in x["values"]), (v["value"] for v in y["values"]), strict=True)
        points = columns(folder / "curves" / f"curves_{name}.txt")
        np.testing.assert_allclose(found, points[np.isfinite(points).all(axis=1)], rtol=1e-8)


def test_datacite_takes_the_metadata(folder):
    """The schema is DataCite's 4.5 as JSON, of the package datacite 1.4.1 (BSD-3-Clause)."""
    schema = json.loads((Path(__file__).parents[2] / "data" / "datacite-v4.5.json").read_text())
    metadata = json.loads((folder / "datacite.json").read_text())
    assert [error.message for error in Draft201909Validator(schema).iter_errors(metadata)] == []
    assert (metadata["doi"], metadata["rightsList"][0]["rightsIdentifier"]) == (JANE.doi, "CC-BY-4.0")
    assert metadata["creators"][0]["familyName"] == "Doe"
    assert metadata["sizes"] == [f"{(folder / 'a.zarr.zip').stat().st_size} bytes"]
    assert "10.1103/PhysRevD.93.023527" in {r["relatedIdentifier"] for r in metadata["relatedIdentifiers"]}


def test_a_crate_that_its_library_reads(folder):
    crate = ROCrate(folder)
    assert (crate.name, crate.license["name"]) == (
        "to publish",
        "Creative Commons Attribution 4.0 International",
    )
    files = {e.id: e for e in crate.data_entities if e.type == "File"}
    listed = {name for name in files_in(folder) if not name.startswith("page/")}
    assert set(files) == listed - {"SHA256SUMS", "ro-crate-metadata.json"}
    assert all(e["sha256"] == digests(folder)[name] for name, e in files.items())
    assert crate.dereference("#run")["result"].id == "a.zarr.zip"
    assert crate.dereference("#cmb_ratio")["unitText"] == "1"
    assert {a["name"] for a in crate.root_dataset["author"]} == {"Doe, Jane", "The Group"}
    assert not [v for v in json.dumps(crate.metadata.generate()).split('"') if v.startswith("/")]  # no path of here


def test_citation_and_readme(folder):
    citation = yaml.safe_load((folder / "CITATION.cff").read_text())
    assert (citation["license"], citation["doi"]) == ("CC-BY-4.0", JANE.doi)
    readme = (folder / "README.md").read_text()
    assert (folder / "scan.toml").read_text() in readme
    assert "computed again, and agree to 1e-09" in readme
    assert "Creative Commons Attribution 4.0 International (CC-BY-4.0)" in readme


def test_what_the_store_is_without_a_picture(finished, tmp_path):
    store = finished(SCAN, tmp_path / "a.zarr")
    out = publish(store.path, tmp_path / "out", JANE, Contents(dirty=True, unverified=True))
    assert not (out / "curves").exists()
    assert "curves/" not in (out / "README.md").read_text()
    assert "**It was not verified**" in (out / "README.md").read_text()
    for option, contents in (("--at", {"at": {"q_psi": 1}}), ("--arxiv", {"arxiv": True})):
        with pytest.raises(SelectionError, match=rf"{option}.*no \[plot\] section"):
            publish(store.path, tmp_path / "out2", JANE, Contents(dirty=True, **contents))


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms([]), "--author"),
        (Terms(["A"], licence="CC-BY-4"), "no licence 'CC-BY-4'.*CC-BY-4.0"),
        (Terms(["A"], doi="https://doi.org/10.5281/zenodo.1"), "not a DOI"),
    ],
)
def test_terms_that_are_refused(store, tmp_path, terms, said):
    with pytest.raises(SelectionError, match=said):
        publish(store.path, tmp_path / "out", terms)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize(
    ("git", "said"),
    [
        ({"commit": "a" * 40, "dirty": "yes"}, f"with changes to commit {'a' * 40}.*--dirty"),
        ({"commit": "unknown", "dirty": "unknown"}, "no commit is known.*--dirty"),
    ],
)
def test_code_that_nobody_has_is_refused(compute, scan_file, tmp_path, monkeypatch, git, said):
    monkeypatch.setattr(provenance, "git_state", lambda: git)
    store = compute(Store.create(tmp_path / "a.zarr", make_plan(load_scan(scan_file))))
    with pytest.raises(StoreError, match=said):
        publish(store.path, tmp_path / "out", JANE)
    monkeypatch.setattr(provenance, "git_state", lambda: CLEAN)
    clean = compute(Store.create(tmp_path / "b.zarr", make_plan(load_scan(scan_file))))
    assert publish(clean.path, tmp_path / "out", JANE, Contents(points=2)).is_dir()


def test_a_store_that_is_not_sound_is_refused(store, tmp_path):
    (chunk, *_) = sorted(p for p in (store.path / "relic_density" / "c").rglob("*") if p.is_file())
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(StoreError, match=r"not sound.*relic_density"):
        publish(store.path, tmp_path / "out", JANE, Contents(dirty=True, points=2))
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(StoreError, match="nothing was computed again"):
        publish(store.path, tmp_path / "out", JANE, Contents(dirty=True, points=0))
    assert not list(tmp_path.glob("*out*"))


def test_what_is_not_complete_or_not_here_is_refused(empty_store, tmp_path):
    with pytest.raises((IncompleteError, StoreError), match="blocks are missing"):
        publish(empty_store.path, tmp_path / "out", JANE, Contents(dirty=True))
    with pytest.raises(IncompleteError):
        publish(empty_store.path, tmp_path / "out", JANE, Contents(dirty=True, unverified=True))
    assert not list(tmp_path.glob("*out*"))
    (tmp_path / "out").mkdir()
    with pytest.raises(StoreError, match="exists already"):
        publish(empty_store.path, tmp_path / "out", JANE, Contents(dirty=True))
