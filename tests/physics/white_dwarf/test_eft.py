"""The four-fermion limit against the full excess."""

import numpy as np
import pytest

import physics
from physics.model.constants import G_F
from physics.model.mixing import electron_coupling, epsilon, mixing_per_coupling


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


def test_the_ratio_is_the_coupling_of_four_fermions_over_the_fermi_constant():
    coupling = electron_coupling(epsilon(5e-4, mixing_per_coupling("photon")))
    G_D = coupling * 5e-4 / 20**2
    assert abs(G_D) == pytest.approx(2.7316279720040277e-12, rel=1e-11)
    assert physics.evaluate("white_dwarf_eft_ratio", m_X=20.0, g_X=5e-4) == pytest.approx(abs(G_D) / G_F)
    assert physics.evaluate("white_dwarf_eft_ratio", m_X=10.0, g_X=5.165936019428263e-4) == pytest.approx(1, rel=1e-9)
