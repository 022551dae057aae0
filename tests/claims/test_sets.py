"""What the papers' own constraints, by their own readings, say of the points that they mark."""

import math

import pytest

from physics import why

NO_DARK_MATTER = {"mass_ratio": None, "q_psi": 1.0}


def test_drees_zhao_star():
    """Fig. 3: the star is in the white. By eq. (2.6) it has 1.6 standard deviations too little of (g-2)_mu."""
    star = why("paper:drees-zhao-2021", m_X=23.0, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1.0)
    assert not star.excluded_by
    assert not star.unknown
    hints = {v.name: v.verdict for v in star.verdicts if v.constraint.kind == "hint" and v.counts}
    assert hints == {
        "hubble_drees_zhao": "preferred",
        "relic_density": "preferred",
        "g2_FNAL2021": "not preferred",
    }
    assert star["g2_FNAL2021"].pull == pytest.approx(-1.615, abs=0.005)


@pytest.mark.parametrize(("metallicity", "printed"), [("GS98", 0.036), ("AGSS09", 0.043)])
def test_amaral_borexino(metallicity, printed):
    """Eqs. (33), (34): above g_X/m_X of 0.036/GeV and 0.043/GeV, two digits each."""
    point = why("paper:amaral-2020", m_X=20.0, g_X=1e-3, metallicity=metallicity, **NO_DARK_MATTER)
    assert point["borexino_phase2"].below / 20e-3 == pytest.approx(printed, rel=0.02)


def test_amaral_xenon1t_is_subdominant():
    """Section IV: "this limit lies well within previously excluded parameter space"; BP2 is a point of it, 1.4e-3."""
    at_limit = why("paper:amaral-2020", m_X=15.0, g_X=1.41e-3, **NO_DARK_MATTER)
    assert at_limit["xenon1t"].below == pytest.approx(1.4e-3, rel=0.01)
    others = {"borexino_phase2", "white_dwarf"}
    assert others <= set(at_limit.excluded_by)
    assert all(at_limit[name].below < 0.5 * at_limit["xenon1t"].below for name in others)


def test_amaral_cenns10_island():
    """Section IV calls CENNS-10 slightly weaker than CsI. By the chi2 as it is printed it excludes an island as well.

    There it sees too few events: at 20 MeV all of the band of (g-2)_mu, which the text has as allowed.
    """
    band = why("paper:amaral-2020", m_X=20.0, g_X=6e-4, **NO_DARK_MATTER)
    assert band["g2_BNL2006"].verdict == "preferred"
    assert band.excluded_by == ("cenns10",)
    assert (band["cenns10"].below, band["cenns10"].above) == (
        pytest.approx(1.971e-4, rel=1e-3),
        pytest.approx(2.264e-3, rel=1e-3),
    )


def test_kamada_stars():
    """Section II: m_Z' > 10 MeV from N_eff < 3.5 is a rounded 10.4: the first star, at 10 MeV, has 3.54.

    Nothing is against the second, but that at m_N1 = 10 GeV the expansion in Delta M, eq. (19), ends.
    """
    first = why("paper:kamada-2018", m_X=10.0, g_X=5e-4, m_N1=1e4, m_phi=11.0, **NO_DARK_MATTER)
    assert first.excluded_by == ("n_eff_kamada",)
    assert first["n_eff_kamada"].value == pytest.approx(3.54, abs=0.005)
    second = why("paper:kamada-2018", m_X=50.0, g_X=7e-4, m_N1=1e4, m_phi=55.0, **NO_DARK_MATTER)
    assert second.excluded_by == ("pseudo_dirac",)
    assert math.isinf(second.minus_two_ln_l)
    assert second["sidm"].verdict == "not preferred"


def test_foldenauer_white_dwarfs_decide():
    """Section IV: what others leave of (g-2)_mu, 30 % more cooling reaches in part: at 12 MeV, not at 15."""
    left = why("paper:foldenauer-2024", m_X=15.0, g_X=5e-4, **NO_DARK_MATTER)
    assert not left.excluded_by
    assert (left["g2_FNAL2023"].verdict, left["white_dwarf_cooling"].verdict) == ("preferred", "allowed")
    light = why("paper:foldenauer-2024", m_X=12.0, g_X=4.7e-4, **NO_DARK_MATTER)
    assert (light["g2_FNAL2023"].verdict, light["white_dwarf_cooling"].verdict) == ("preferred", "reachable")


def test_what_is_left_of_their_points_today():
    """By what is known in 2026: the star of Drees & Zhao is at the edge of the CMB, two others are gone."""
    star = why(m_X=23.0, g_X=4.5e-4, mass_ratio=0.5033, q_psi=1.0)
    assert star.excluded_by == ("cmb",)
    assert star["cmb"].value == pytest.approx(1.02, abs=0.005)
    kamada = why(m_X=10.0, g_X=5e-4, **NO_DARK_MATTER)
    assert set(kamada.excluded_by) == {"n_eff_2026", "borexino_joint", "white_dwarf_present"}
    amaral = why(m_X=15.0, g_X=1.4e-3, **NO_DARK_MATTER)
    assert {"borexino_joint", "white_dwarf_present", "charm2", "xenonnt2022"} <= set(amaral.excluded_by)
