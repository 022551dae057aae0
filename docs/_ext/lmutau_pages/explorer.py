"""A page in which a store opens: the preset `quick` on a coarser grid, as `lmutau explore` makes it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from lmutau_pages.markdown import heading
from scanner.scan.config import load_scan
from scanner.scan.plan import digest, identity

__all__ = ["pages"]

_COARSE = ("axes.m_X.geomspace=[2,500,33]", "axes.g_X.geomspace=[1e-4,1e-2,29]", "axes.q_psi.values=[0.5,1]")
_PAGE = f"""\
{heading(1, "Try it")}

A scan to look at, here in the page: the preset `quick`, a little coarser. Choose a plane and a colour, move sliders,
click a point. `lmutau explore STORE` shows yours, `--html` makes a file such as this one: [Explore](../explore.md).

```{{raw}} html
<iframe class="explorer" src="../../quick.html" title="A store, explored" loading="lazy"></iframe>
<p><a href="../../quick.html" target="_blank">In a window of its own</a></p>
```
"""


def pages(folder: Path) -> dict[str, str | bytes]:
    """Markdown and the explorer's page by path; the store stays in the folder, named after what it holds."""
    holds = digest(identity(load_scan("quick", list(_COARSE))))
    folder.mkdir(exist_ok=True)
    store = folder / f"quick-{holds[:12]}.zarr"
    settings = [word for setting in _COARSE for word in ("--set", setting)]
    _lmutau("run", "quick", *settings, "--store", store)
    with tempfile.TemporaryDirectory() as new:
        page = Path(new) / "quick.html"
        _lmutau("explore", store, "--html", page)
        return {"try.md": _PAGE, "extra/quick.html": page.read_bytes()}


def _lmutau(*words: str | Path) -> None:
    code = "from scanner.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", code, *map(str, words), "--quiet"], check=True)
