"""The page: one file, nothing of which comes from elsewhere or is made of strings."""

import base64
import filecmp
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import scanner.explore
from scanner.explore.page import page, policy

FOLDER = Path(scanner.explore.__file__).parent / "page"
INFO = json.dumps({"says": "@SCRIPT@ @ARCHIVE@"})


def test_parts_are_as_they_were_written():
    text = page(INFO, {"zarr.json": b"{}"})
    assert INFO in text
    assert f"<style>{(FOLDER / 'built/style.css').read_text()}</style>" in text
    assert f'<script type="module">{(FOLDER / "built/page.js").read_text()}</script>' in text
    assert json.loads(re.search(r'id="archive">(.*?)</script>', text)[1]) == {
        "zarr.json": base64.b64encode(b"{}").decode()
    }
    assert 'id="archive"' not in page(INFO)


def test_the_policy_allows_this_script_and_this_style_only():
    text = page(INFO)
    script = re.search(r'<script type="module">(.*)</script>', text, re.DOTALL)[1]
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)[1]
    for content in (script, style):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy()
    assert "'unsafe-inline'" not in policy()
    assert "'unsafe-eval'" not in policy()
    assert "*" not in policy()
    assert policy() in text


def test_no_source_makes_markup_of_text():
    for source in (FOLDER / "src").glob("*.js"):
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source.read_text()
        )
        assert not found, source.name
    markup = (FOLDER / "page.html").read_text()
    assert not re.findall(r"\son\w+=|style=", markup)
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", markup)


def test_the_bundle_has_licences_and_no_end_of_a_script():
    script = (FOLDER / "built/page.js").read_text()
    assert "</script" not in script
    for name in ("zarrita", "d3-contour", "zstddec", "internmap"):
        assert name in script[: script.index("*/")]


def test_versions_are_pinned_and_no_registry_is_named():
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    assert "resolved" not in json.dumps(lock)
    assert "://" not in json.dumps([{k: v for k, v in p.items() if k != "funding"} for p in lock["packages"].values()])
    package = json.loads((FOLDER / "package.json").read_text())
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
        assert lock["packages"][f"node_modules/{name}"]["integrity"].startswith("sha512-")


@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not here")
def test_the_bundle_is_what_the_sources_give(tmp_path):
    for name in ("package.json", "package-lock.json", "build.js", "src"):
        copy = shutil.copytree if (FOLDER / name).is_dir() else shutil.copy
        copy(FOLDER / name, tmp_path / name)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    if done.returncode:
        assert re.search(r"ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED", done.stderr), done.stderr
        pytest.skip("the registry of npm cannot be reached")
    subprocess.run(["node", "build.js"], cwd=tmp_path, check=True, timeout=60)
    names = sorted(p.name for p in (FOLDER / "built").iterdir())
    assert filecmp.cmpfiles(FOLDER / "built", tmp_path / "built", names, shallow=False) == (names, [], []), (
        "the page has changed and was not built: make page"
    )
