"""The page where its store is a stranger's, or its server none of ours, or gone."""

import shutil
import subprocess

import pytest
from browsing import VIEW, click_in, computed, download, explored, plain_server

import physics
from scanner.explore.export import write_folder, write_html
from scanner.explore.sources import Folder

HOSTILE = """
import physics

EVIL = "<img src=x onerror=window.pwned=1>"

@physics.observable(unit="1", label=EVIL, reference="Drees & Zhao 2021, eq. (2.2)")
def evil(m_X, g_X):
    "An <img src=x onerror=window.pwned=1> observable."
    return m_X * g_X

SOURCE = "</script><script>window.pwned=1</script>"
physics.constraint(physics.Constraint("evil_limit", "evil", "limit", EVIL, SOURCE, upper=1e-3))
"""
HOSTILE_SCAN = """
[scan]
title = "</title><script>window.pwned=1</script>"
observables = ["evil"]

[axes]
m_X = { geomspace = [5, 500, 5] }
g_X = { geomspace = [1e-5, 1e-2, 4] }

[plot]
x = "m_X"
y = "g_X"
observable = "evil"
constraints = ["evil_limit"]
"""


@pytest.fixture
def hostile(tmp_path):
    from physics.core.registration import snapshot

    restore = snapshot()
    plugin = tmp_path / "evil.py"
    plugin.write_text(HOSTILE)
    physics.add(plugin)
    yield computed(tmp_path, "hostile", HOSTILE_SCAN)
    restore()


@pytest.mark.parametrize("protected", [True, False])
def test_what_a_store_says_is_text(visit, hostile, protected):
    """With the policy, and without it: nothing becomes markup in the first place."""
    with explored(hostile.path) as address:
        page = visit(address, bypass_csp=not protected)
        click_in(page, 0.9, 0.9)
        page.locator("#point table").wait_for()
        page.locator("#picture").hover()
        assert "<img src=x onerror=window.pwned=1>" in page.inner_text("#panel")
        assert page.locator("img, body script:not([type])").count() == 0
        if not protected:  # Playwright's own questions need what the policy forbids
            assert page.evaluate("window.pwned") is None


def test_the_policy_stops_nothing_that_is_needed(chromium, many, stores, tmp_path):
    file = write_html(Folder(stores["many"]), tmp_path / "page.html", thin={"m_X": 3})
    for address in (many + VIEW, file.as_uri() + VIEW):
        page = chromium.new_page()
        complaints = []
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.goto(address)
        page.locator("#main[aria-busy=false]").wait_for()
        page.locator("#picture").click()
        page.locator("#point table").wait_for()
        for button in ("SVG", "PNG", "CSV"):
            download(page, button)
        assert complaints == []
        page.close()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here: apt-get install nginx-light")
def test_a_folder_on_nginx(visit, stores, tmp_path):
    import socket

    write_folder(Folder(stores["many"]), tmp_path / "share")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    configuration = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; types {{ text/html html; }} {temporary}"
        f"server {{ listen 127.0.0.1:{port}; root {tmp_path}/share; }} }}\n"
    )
    tmp_path.chmod(0o755)
    user = "user root;\n" if shutil.os.geteuid() == 0 else ""
    configuration.write_text(user + configuration.read_text())
    with subprocess.Popen(["nginx", "-e", str(tmp_path / "errors"), "-c", str(configuration)]) as nginx:
        try:
            for _ in range(100):
                with socket.socket() as s:
                    if s.connect_ex(("127.0.0.1", port)) == 0:
                        break
            page = visit(f"http://127.0.0.1:{port}/" + VIEW)
            assert page.evaluate("lmutau.scene.shown.z.some(v => v > 0)")
        finally:
            nginx.terminate()


def test_a_server_that_has_gone_is_said(visit, stores):
    with explored(stores["many"]) as address:
        page = visit(address + VIEW)
        page.context.set_offline(True)
    page.locator("#c").select_option("sigma_monophoton")
    page.locator("#error:not([hidden])").wait_for()
    assert "the server has stopped" in page.inner_text("#error")


def test_a_folder_that_is_no_store(visit, stores, tmp_path):
    share = write_folder(Folder(stores["many"]), tmp_path / "share")
    shutil.rmtree(share / "store.zarr")
    with plain_server(share) as address:
        page = visit(address, ready=False)
        assert "no store of lmutau is here" in page.inner_text("#error")
