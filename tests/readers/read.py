"""What other programs read of a store: `python tests/readers/read.py STORE`, the table of docs/sharing.md.

Reads one array of each kind with every reader that is installed (pip install tensorstore zarrs netCDF4; npm install
zarrita @zarrita/storage in the folder of NODE_PATH; apt-get install gdal-bin), and compares with zarr-python.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import zarr

KINDS = {"values": "relic_density", "statuses": "relic_density_status", "axis": "m_X", "names": "metallicity"}


def summary(values):
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        return {"shape": list(values.shape), "names": [str(v) for v in values.ravel().tolist()]}
    finite = np.isfinite(values)
    return {"shape": list(values.shape), "sum": float(values[finite].sum()), "missing": int((~finite).sum())}


def by_zarr(folder, name):
    return summary(zarr.open_array(f"{folder}/{name}", mode="r")[...])


def by_zarrs(folder, name):
    import zarrs  # noqa: F401

    with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True}):
        return by_zarr(folder, name)


def by_tensorstore(folder, name):
    import tensorstore

    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/{name}/"}}
    return summary(tensorstore.open(spec, read=True).result().read().result())


def by_zarrita(folder, name):
    done = subprocess.run(
        ["node", Path(os.environ["NODE_PATH"]) / "read.mjs", folder, name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(next((line for line in done.stderr.splitlines() if "Error" in line), done.stderr[-200:]))
    return json.loads(done.stdout)


def by_netcdf(folder, name):
    import netCDF4

    with netCDF4.Dataset(f"file://{folder}#mode=zarr,file") as dataset:
        dataset.set_auto_mask(False)
        return summary(dataset[name][...])


def by_gdal(folder, name):
    done = subprocess.run(
        ["gdalmdiminfo", f"ZARR:{folder}", "-array", f"/{name}", "-detailed"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or not done.stdout.strip().startswith("{"):
        raise RuntimeError(" ".join(done.stderr.split())[:200] or "no reason is given")
    return summary(np.array(json.loads(done.stdout)["values"], dtype=float))


READERS = {
    "zarr-python": by_zarr, "zarrs": by_zarrs, "tensorstore": by_tensorstore, "zarrita": by_zarrita,
    "netCDF4": by_netcdf, "gdal": by_gdal,
}  # fmt: skip


def equal(found, wanted):
    return found.keys() == wanted.keys() and all(
        np.isclose(found[k], wanted[k], rtol=1e-12) if k == "sum" else found[k] == wanted[k] for k in wanted
    )


def main(folder):
    folder = str(Path(folder).resolve())
    print("| reader |", " | ".join(KINDS), "|\n|---|" + "---|" * len(KINDS))
    for reader, read in READERS.items():
        cells = []
        for name in KINDS.values():
            try:
                cells.append("yes" if equal(read(folder, name), by_zarr(folder, name)) else "WRONG")
            except Exception as error:
                cells.append(f"no: {type(error).__name__}: {str(error).partition(chr(10))[0][:150]}")
        try:
            found = version(reader)
        except PackageNotFoundError:
            found = ""
        print(f"| {reader} {found} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main(sys.argv[1])
