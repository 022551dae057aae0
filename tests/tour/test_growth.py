"""The commands and the Python of docs/growth.md; a store that grows in a run of its own: tests/end_to_end."""

import subprocess
import sys

from scanner.store.verify import verify

HERE = {"run": ["--workers", "0"], "refine": ["--workers", "2"]}


def test_the_page_runs(pages, lmutau, tmp_path):
    page = pages("docs/growth.md")
    for arguments in page.commands():
        lmutau(tmp_path, [*arguments, *HERE.get(arguments[0], [])])
    code = "import warnings; warnings.simplefilter('error')\n" + "\n".join(page.blocks("python"))
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    stores = [path for path in tmp_path.glob("*.zarr") if path.name != "levels.zarr"]
    assert len(stores) == 10
    for path in (*stores, tmp_path / "levels.zarr" / "level_1"):
        assert not verify(path, points=5).problems, path
    assert {p.name for p in tmp_path.iterdir() if p.is_file() and "log" not in p.name} == {
        "plane.nc", "points.csv", "points.parquet", "all.csv",
    }  # fmt: skip
