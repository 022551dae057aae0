"""The 8 % criterion: independent reference values of ratios and couplings."""

import pytest

import physics

KAMADA = [  # reading, m_X, g_X, ratio: independent reference values
    ("physical", 10.0, 5e-4, 1.1595658501819328),
    ("literal", 10.0, 5e-4, 1.6572635931239825),
    ("same sign", 10.0, 5e-4, 1.3842221701479482),
    ("physical", 50.0, 7e-4, 1.0009893071938938),
    ("literal", 50.0, 7e-4, 1.0319642048900728),
    ("same sign", 50.0, 7e-4, 1.0186855871805465),
]


@pytest.mark.parametrize(("reading", "m_X", "g_X", "ratio"), KAMADA)
def test_8_percent_ratio(reading, m_X, g_X, ratio):
    settings = {"electron_couplings": "tree", "borexino_8percent_reading": reading}
    ours = physics.evaluate("borexino_8percent_ratio", m_X=m_X, g_X=g_X, **settings)
    assert ours == pytest.approx(ratio, rel=1e-7)


@pytest.mark.parametrize(
    ("reading", "g_X"),
    [("physical", 4.207e-4), ("same sign", 2.713e-4), ("literal", 2.145e-4), ("positive epsilon", 6.524e-4)],
)
def test_8_percent_limit(reading, g_X):
    settings = {"m_X": 10.0, "electron_couplings": "tree", "borexino_8percent_reading": reading}
    ours = physics.evaluate("borexino_8percent_g_X", **settings)
    assert ours == pytest.approx(g_X, rel=2e-4)
    assert physics.evaluate("borexino_8percent_ratio", g_X=ours, **settings) == pytest.approx(1.08, rel=1e-12)
