"""What one takes away from the page: pictures, tables and commands, that say where they are from."""

import csv
import io
import shlex
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import xarray as xr
from browsing import VIEW, download, lmutau, plane_in


def test_svg(visit, stores, many):
    page = visit(many + VIEW)
    root = ET.fromstring(download(page, "SVG"))
    ns = {"s": "http://www.w3.org/2000/svg"}
    said = root.find("s:metadata", ns).text
    store_id = xr.open_zarr(stores["many"]).attrs["id"]
    assert f"store id: {store_id}" in said
    assert "view: http" in said
    assert store_id[:12] in "".join(root.itertext())
    assert root.find(".//s:image", ns).get("href").startswith("data:image/png;base64,")
    assert not root.findall(".//s:script", ns)
    texts = [("".join(t.itertext())) for t in root.findall(".//s:text", ns)]
    assert "many blocks" in texts
    assert any("mψ/mX = 1" in t for t in texts)  # a second line of the relic density


def test_png(visit, stores, many):
    content = download(visit(many + VIEW), "PNG")
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20])[0] == 1720
    from PIL import Image

    Image.open(io.BytesIO(content)).verify()  # checksums of all parts
    image = Image.open(io.BytesIO(content))
    assert f"store id: {xr.open_zarr(stores['many']).attrs['id']}" in image.text["Description"]
    assert len(image.convert("RGB").getcolors(1 << 24)) > 100


def test_csv(visit, stores, many):
    page = visit(many + VIEW)
    lines = download(page, "CSV").decode().splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert f"# store id: {xr.open_zarr(stores['many']).attrs['id']}" in head
    assert "# held: mass_ratio = 0.6, q_psi = 1, metallicity = GS98, a_mu_dataset = FNAL2021" in head
    assert any(line.startswith("# units: m_X [MeV], g_X, relic_density, ") for line in head)
    rows = list(csv.DictReader(lines[len(head) :]))
    ds = xr.open_zarr(stores["many"], chunks=None)
    at = {"mass_ratio": 5, "q_psi": 1, "metallicity": 0, "a_mu_dataset": 0}
    for name in ("relic_density", "delta_a_mu", "cmb_ratio"):
        values, status = plane_in(ds, name, "m_X", "g_X", at)
        assert np.array_equal([float(row[name]) for row in rows], values.ravel(), equal_nan=True)
        assert [int(row[f"{name}_status"]) for row in rows] == status.ravel().tolist()
    assert [float(row["m_X"]) for row in rows[:13]] == ds.m_X.values.tolist()


def test_the_commands_draw_the_same(visit, many, tmp_path):
    page = visit(many + VIEW)
    page.get_by_text("the same picture, as a command").click()
    words = shlex.split(page.inner_text("#command"))
    assert words[:2] == ["lmutau", "plot"]
    subprocess.run(lmutau(*words[1:], "--output", str(tmp_path / "a.png")), check=True, capture_output=True)
    code = page.inner_text("#python")
    assert "lines=" in code
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert (tmp_path / "plane.png").stat().st_size > 10_000
