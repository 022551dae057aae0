"""Real servers, on this machine: nginx, and one that speaks S3 (moto); what is missing here skips its tests."""

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from scanner.cli.main import cli

NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location /no-parts/ {{ max_ranges 0; }}
        location /secret/ {{ return 401; }}
        location /broken/ {{ return 500; }}
        location /moved/ {{ rewrite ^/moved/(.*)$ /$1 redirect; }}
    }}
}}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port, process):
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server does not answer")


def ended(process):
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="session")
def nginx(tmp_path_factory):
    """The folder that a real nginx serves, and its address."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no nginx here: apt-get install nginx-light")
    folder, root, port = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("root"), free_port()
    # root's nginx has workers of another user, to whom any pytest that starts closes the folders of all
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder, root=root, port=port))
    process = subprocess.Popen([program, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    wait_for(port, process)
    yield root, f"http://127.0.0.1:{port}"
    ended(process)


@pytest.fixture(scope="session")
def _moto():
    pytest.importorskip("moto", reason="no moto here: pip install 'lmutau[servers]'")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(port, process)
    yield f"http://127.0.0.1:{port}"
    ended(process)


@pytest.fixture
def bucket(_moto, monkeypatch):
    """The address of an empty bucket."""
    from urllib.request import Request, urlopen

    settings = {"ENDPOINT_URL": _moto, "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x", "REGION": "us-east-1"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    name = f"bucket{time.monotonic_ns()}"
    urlopen(Request(f"{_moto}/{name}", method="PUT"), timeout=60).close()
    return f"s3://{name}"


@pytest.fixture
def lmutau(monkeypatch, tmp_path):
    """Run a command line; return exit code and output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        result = CliRunner().invoke(cli, list(map(str, arguments)), prog_name="lmutau", catch_exceptions=False)
        return result.exit_code, result.output

    return run
