"""What the tests in a browser share: stores, servers, planes as bits, what one does with a page."""

import base64
import shutil
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import xarray as xr

from scanner import Store, load_scan, make_plan
from scanner.explore.server import Server
from scanner.explore.sources import Folder

DRAWN = "draw=g2_FNAL2021,cmb,relic_density&lines.mass_ratio=0.6,1"
VIEW = f"#x=m_X&y=g_X&c=relic_density&{DRAWN}&at.mass_ratio=0.6&at.q_psi=1"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

MANY_BLOCKS = """
[scan]
title = "many blocks"
observables = [
    "delta_a_mu", "n_eff_entropy", "relic_density", "cmb_ratio", "sigma_monophoton", "a_mu_pull",
    "babar_4mu_r", "babar_4mu_g_X",
]

[axes]
m_X = { geomspace = [5, 2e4, 13] }
g_X = { geomspace = [1e-5, 1e-2, 11] }
mass_ratio = { values = [0.31, 0.35, 0.4, 0.45, 0.501, 0.6, 1.0] }
q_psi = { values = [0.3, 1, 2] }
metallicity = { values = ["GS98", "AGSS09"] }
a_mu_dataset = { values = ["FNAL2021", "WP2025"] }

[store]
points_per_block = 150

[plot]
x = "m_X"
y = "g_X"
observable = "relic_density"
at = { mass_ratio = 0.6, q_psi = 1 }
constraints = ["g2_FNAL2021", "relic_density", "cmb", "babar_4mu", "n_eff_bbn_drees_zhao"]
lines = { mass_ratio = [0.6, 0.501] }
"""

MANY_FILES = """
[scan]
title = "many files"
observables = ["delta_a_mu"]

[axes]
m_X = { geomspace = [5, 500, 44] }
g_X = { geomspace = [1e-5, 1e-2, 40] }

[store]
points_per_block = 12
"""

LARGE_CHUNKS = """
[scan]
title = "large chunks"
observables = ["delta_a_mu", "sigma_monophoton"]

[axes]
m_X = { geomspace = [5, 2e4, 900] }
g_X = { geomspace = [1e-5, 1e-2, 800] }
"""


def computed(folder, name, text, some=None):
    """A store, complete, or with some of its blocks."""
    scan_file = folder / f"{name}.toml"
    scan_file.write_text(text)
    store = Store.create(folder / f"{name}.zarr", make_plan(load_scan(scan_file)))
    for family, index in list(store.pending())[:some]:
        store.write_block(family, index, store.compute_block(family, index))
    if some is None:
        store.finalize()
    return store


@contextmanager
def in_thread(server):
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def explored(path):
    """The address of the page of a store, from the server of lmutau explore."""
    with in_thread(Server(Folder(path))) as server:
        yield server.address


class Quiet(SimpleHTTPRequestHandler):
    """Python's own server of files, which does not know ranges."""

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def plain_server(folder):
    """The address of a folder on a web server that knows nothing."""
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


def settled(page, act):
    """Do something that changes the picture, and wait until it is drawn."""
    before = page.evaluate("lmutau.drawn?.turn ?? 0")
    act()
    page.wait_for_function("before => lmutau.drawn.turn > before && lmutau.drawn.turn === lmutau.turn", arg=before)


def plane_of(page, observable, x, y, at, how="store"):
    """Values and statuses that the page has of a plane, bit by bit."""
    script = """async ([o, x, y, at, how]) => {
        const {store} = lmutau, size = {nx: store.coords[x].length, ny: store.coords[y].length};
        const others = store.dims(o).filter(d => d !== x && d !== y);
        const values = Object.fromEntries(others.map(d => [d, store.coords[d][at[d]]]));
        const asked = () => store.server.plane(o, x, y, values, size);
        const plane = how === "store" ? await store.plane(o, x, y, at) : (await asked()).plane;
        const text = a => {
            let s = ""; const bytes = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
            for (let i = 0; i < bytes.length; i += 32768) s += String.fromCharCode(...bytes.subarray(i, i + 32768));
            return btoa(s);
        };
        return [text(plane.z), text(plane.code), size.ny, size.nx];
    }"""
    z, code, ny, nx = page.evaluate(script, [observable, x, y, at, how])
    return (
        np.frombuffer(base64.b64decode(z), "<f8").reshape(ny, nx),
        np.frombuffer(base64.b64decode(code), "u1").reshape(ny, nx),
    )


def plane_in(ds, observable, x, y, at):
    """The same from xarray; `at` has positions."""
    here = {axis: i for axis, i in at.items() if axis in ds[observable].dims and axis not in (x, y)}
    array = ds[observable].isel(here)
    grid = xr.Dataset(coords={y: ds[y], x: ds[x]})
    status = array[f"{observable}_status"]
    values = array.where(status == 1).broadcast_like(grid).transpose(y, x).values
    return values, status.broadcast_like(grid).transpose(y, x).values


def lmutau(*words):
    return [sys.executable, "-c", "from scanner.cli.main import main; main()", *words]


def click_in(page, u, v):
    """Click into the plane, at shares of its width and height."""
    place = page.evaluate("({...lmutau.layout, head: null, entries: null})")
    x, y = place["left"] + u * place["plotWidth"], place["top"] + (1 - v) * place["plotHeight"]
    page.locator("#picture").click(position={"x": x, "y": y})


def download(page, button):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return waiting.value.path().read_bytes()
