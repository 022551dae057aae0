"""Planes of which every value is known, and what a picture of them looks like in pixels."""

import numpy as np
import pytest
import xarray as xr

from physics import Status


def made_up_plane(size=21, x=None, y=None, **observables):
    """A dataset as of a store, on (m_X, g_X), of functions of both; NaN is outside of the domain."""
    x = np.geomspace(1, 100, size) if x is None else x
    y = np.geomspace(1e-5, 1e-2, size) if y is None else y
    ds = xr.Dataset(coords={"m_X": x, "g_X": y}, attrs={"title": "made up"})
    ds["m_X"].attrs = {"units": "MeV", "long_name": "$m_X$"}
    ds["g_X"].attrs = {"units": "1", "long_name": "$g_X$"}
    for name, function in observables.items():
        values = function(x) if name.endswith("_g_X") else function(*np.meshgrid(x, y, indexing="ij"))
        values = values + np.zeros((len(x), len(y))[: 1 if name.endswith("_g_X") else 2])
        dims = ("m_X", "g_X")[: values.ndim]
        ds[name] = (dims, values, {"units": "1", "long_name": name, "ancillary_variables": f"{name}_status"})
        there = np.where(np.isnan(values), Status.OUTSIDE_DOMAIN, Status.OK).astype("u1")
        ds[f"{name}_status"] = (dims, there)
    return ds


@pytest.fixture
def made_up():
    return made_up_plane


@pytest.fixture
def pixels():
    """A function: the picture as numbers from 0 to 1, and the part of it inside of its first axes."""

    def rendered(figure, dpi=100):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        image = np.asarray(canvas.buffer_rgba())[..., :3] / 255
        x0, y0, x1, y1 = (round(v) for v in figure.axes[0].bbox.extents)
        height = image.shape[0]
        return image, image[height - y1 + 2 : height - y0 - 2, x0 + 2 : x1 - 2]

    return rendered


@pytest.fixture
def ds(store):
    return store.dataset().load()
