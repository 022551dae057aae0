"""Sections: their form is checked without the physics; names that nobody knows pass."""

import numpy as np
import pytest
from pydantic import ValidationError

from scanner.scan.sections import AxisRange, PlotSection, ScanSection


def test_names_of_a_later_release_are_read():
    plot = PlotSection.model_validate({"x": "m_Y", "y": "g_Y", "constraints": ["future"], "at": {"way": "long"}})
    assert (plot.x, plot.constraints, plot.at) == ("m_Y", ["future"], {"way": "long"})
    assert ScanSection.model_validate({"title": "t", "observables": ["future"]}).plugins == []


@pytest.mark.parametrize(
    "wrong", [{"x": "m_X"}, {"x": "m_X", "y": "g_X", "z": 1}, {"x": "m_X", "y": "g_X", "lines": {"q_psi": [True]}}]
)
def test_the_form_is_checked(wrong):
    with pytest.raises(ValidationError):
        PlotSection.model_validate(wrong)


def test_ranges_give_the_values_that_numpy_gives():
    np.testing.assert_array_equal(AxisRange(geomspace=(1, 100, 5)).array(), np.geomspace(1, 100, 5))
    np.testing.assert_array_equal(AxisRange(linspace=(0, 1, 3), offset=0.5).array(), [0.5, 1.0, 1.5])
    assert AxisRange(values=["GS98", "AGSS09"]).array().tolist() == ["GS98", "AGSS09"]
