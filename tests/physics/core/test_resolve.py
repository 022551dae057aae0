"""Values of intermediate nodes, for functions that are not nodes themselves."""

import pytest

import physics
from physics.core.evaluate import resolve


def test_nodes_and_parameters():
    coupling, m_X, group = resolve(["electron_coupling", "m_X", "gauge_group"], g_X=2e-3, m_X=[1, 2], gauge_group="B-L")
    assert coupling.tolist() == [-2e-3]
    assert m_X.tolist() == [1.0, 2.0]
    assert group == "B-L"


@pytest.mark.parametrize(
    ("names", "values", "error", "says"),
    [
        (["epsilo"], {"g_X": 1}, physics.UnknownNameError, "did you mean epsilon"),
        (["charges"], {"gauge_grop": "B-L"}, physics.UnknownNameError, "did you mean gauge_group"),
        (["electron_coupling"], {}, physics.MissingParameterError, "give g_X"),
        (["charges"], {"gauge_group": "SU3"}, physics.InvalidParameterError, "gauge_group = 'SU3' is not allowed"),
        (
            ["charges"],
            {"gauge_group": ["B-L", "Lmu-Ltau"]},
            physics.InvalidParameterError,
            "gauge_group: give one choice",
        ),
        (["epsilon"], {"g_X": 1, "gauge_group": "B-L"}, physics.InvalidParameterError, "is for gauge_group = Lmu-Ltau"),
    ],
)
def test_what_cannot_be_resolved(names, values, error, says):
    with pytest.raises(error, match=says):
        resolve(names, **values)
