"""The frozen constants against what scipy and the particle package say; they may be newer, not far away."""

import particle
import pytest
import scipy.constants

from physics.model import constants as c


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance"),
    [
        (c.ALPHA, scipy.constants.alpha, 2e-9),
        (c.M_E, scipy.constants.value("electron mass energy equivalent in MeV"), 2e-9),
        (c.M_MU, scipy.constants.value("muon mass energy equivalent in MeV"), 1e-7),
        (c.M_TAU, particle.Particle.from_pdgid(15).mass, 1e-4),
        (c.G_F, scipy.constants.value("Fermi coupling constant") * 1e-6, 1e-9),
        (c.C_CM_PER_S, scipy.constants.c * 100, 0),
        (
            c.HBARC2_MEV2_CM2,
            (scipy.constants.value("reduced Planck constant times c in MeV fm") * 1e-13) ** 2,
            1e-8,
        ),
        (c.HBARC_MEV_CM, scipy.constants.value("reduced Planck constant times c in MeV fm") * 1e-13, 1e-9),
        (c.HBAR_MEV_S, scipy.constants.value("reduced Planck constant in eV s") * 1e-6, 1e-9),
        (c.K_B, scipy.constants.value("Boltzmann constant in eV/K") * 1e-6, 1e-9),
        (c.ERG_PER_MEV, scipy.constants.e * 1e13, 1e-15),
        (c.ATOMIC_MASS_MEV, scipy.constants.value("atomic mass constant energy equivalent in MeV"), 1e-8),
        (c.AVOGADRO, scipy.constants.N_A, 0),
        (c.M_PI, particle.Particle.from_pdgid(211).mass, 1e-5),
        (c.ATOMIC_MASS_G, scipy.constants.atomic_mass * 1e3, 1e-8),
        (c.G_NEWTON, scipy.constants.G * 1e3, 1e-15),
    ],
)
def test_value(ours, theirs, tolerance):
    assert ours == pytest.approx(theirs, rel=tolerance, abs=0)


def test_every_constant_has_unit_and_source():
    for name in set(c.__all__) - {"Constant"}:
        constant = getattr(c, name)
        assert isinstance(constant, c.Constant), name
        assert constant.unit
        assert constant.source
