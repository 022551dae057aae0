"""Notebooks that were run show their pictures: `python tests/notebook_images.py notebooks/executed`.

Ends with an error that names every cell whose picture is words only, and every notebook without any picture.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def lacking(path: Path) -> list[str]:
    """What a notebook should show and does not."""
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    shown, wrong = 0, []
    for number, cell in enumerate(cells, 1):
        for data in (output.get("data", {}) for output in cell["outputs"]):
            shown += "image/png" in data
            words = "".join(data.get("text/plain", ""))
            if "image/png" not in data and words.startswith(("<Figure", "<scanner.view.picture.Picture", "<Picture")):
                wrong.append(f"{path.name}: code cell {number} shows {words.splitlines()[0]} in place of a picture")
    return wrong if shown or wrong else [f"{path.name}: no picture"]


if __name__ == "__main__":
    notebooks = sorted(Path(sys.argv[1]).glob("*.ipynb"))
    found = [line for path in notebooks for line in lacking(path)] if notebooks else [f"{sys.argv[1]}: no notebooks"]
    sys.exit("\n".join(found) or None)
