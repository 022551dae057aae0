"""Files say where they come from; tables have what is drawn; scripts make the same picture."""

import csv
import json
import runpy

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from scanner import SelectionError
from scanner.view import export
from scanner.view.plot import plot_map

PLANE = {"x": "m_X", "y": "g_X", "at": {"mass_ratio": 0.6}, "constrain": ["cmb", "g2_FNAL2021", "n_eff_bbn_drees_zhao"]}


def test_metadata(ds, tmp_path):
    figure = plot_map(ds, **PLANE)
    for name in ("a.png", "a.pdf", "a.svg"):
        export.save(figure, tmp_path / name)
    said = Image.open(tmp_path / "a.png").text
    everything = json.loads(said["lmutau"])
    assert everything["Store"] == said["Store"] == ds.attrs["id"]
    assert "mass_ratio = 0.6; q_psi = 1" in said["Held"]
    assert "kinetic_mixing = photon" in said["Held"], "what the title leaves out"
    assert "Drees & Zhao 2021" in said["References"]
    assert said["Software"].startswith("lmutau ")
    svg = (tmp_path / "a.svg").read_text()
    assert f"Store: {ds.attrs['id']}" in svg
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"/Title (small)" in pdf
    assert ds.attrs["id"].encode() in pdf


def test_no_other_formats(ds, tmp_path):
    with pytest.raises(SelectionError, match=r"a\.txt: no format 'txt'; end the name in .png, .pdf or .svg"):
        export.save(plot_map(ds, **PLANE), tmp_path / "a.txt")


def test_tables_have_every_curve(ds, tmp_path):
    figure = plot_map(ds, **PLANE)
    table, *limits = export.write_data(figure, tmp_path / "a.csv")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert {row["name"] for row in rows} == set(PLANE["constrain"])
    assert {row["source"] for row in rows if row["name"] == "cmb"} == {"Planck 2018; Slatyer 2016"}
    drawn = np.vstack([line.get_xydata() for line in figure.axes[0].lines if line.get_gid() == "cmb"])
    written = [(float(row["m_X [MeV]"]), float(row["g_X"])) for row in rows if row["name"] == "cmb"]
    np.testing.assert_array_equal(drawn, written)
    assert [p.name for p in limits] == ["a_cmb.txt", "a_n_eff_bbn_drees_zhao.txt"]
    columns = np.loadtxt(limits[0])
    np.testing.assert_allclose(columns[np.isfinite(columns).all(axis=1)], drawn, rtol=1e-8)
    assert "# Planck 2018; Slatyer 2016" in limits[0].read_text()


def test_tables_are_csv_and_of_our_pictures(ds, tmp_path):
    with pytest.raises(SelectionError, match=r"end the name in \.csv"):
        export.write_data(plot_map(ds, **PLANE), tmp_path / "a.txt")
    with pytest.raises(SelectionError, match="not known"):
        export.write_data(Figure(), tmp_path / "a.csv")


def test_a_script_makes_the_same_picture(store, tmp_path):
    export.save(plot_map(store.dataset(), **PLANE), tmp_path / "a.png", dpi=80)
    text = export.script("plot_map", store.path, PLANE, tmp_path / "b.png", dpi=80)
    (tmp_path / "make.py").write_text(text)
    runpy.run_path(str(tmp_path / "make.py"))
    a, b = (np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.png"))
    np.testing.assert_array_equal(a, b)


def test_a_script_names_its_plugins():
    assert "physics.add('/mine.py')" in export.script("plot_map", "a.zarr", PLANE, "a.png", 200, ["/mine.py"])
