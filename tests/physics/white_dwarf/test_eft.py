"""The four-fermion limit against the full excess."""

import numpy as np

import physics


def test_heavy_limit():
    m = np.array([10.0, 100.0, 1e4, 1e6])
    full = physics.evaluate("white_dwarf_excess", m_X=m, g_X=1e-3)
    heavy = physics.evaluate("white_dwarf_excess_heavy", m_X=m, g_X=1e-3)
    np.testing.assert_allclose(full / heavy, 1 - 8.13e-5, rtol=6e-5)  # the axial share of L_SM, and (q/m)^2
    np.testing.assert_allclose(full[2:] / full[2], [1.0, 1e-8], rtol=1e-9)


def test_ratio_of_one_doubles_the_emission():
    """Two flavours of C_V = 1/sqrt(2) more, beside the Standard Model's sum of squares, 0.93."""
    values = physics.evaluate(["white_dwarf_eft_ratio", "white_dwarf_excess_heavy"], m_X=10.0, g_X=5.165936e-4)
    assert 0.99 < values["white_dwarf_eft_ratio"] < 1.01
    assert 1.07 < values["white_dwarf_excess_heavy"] < 1.08
