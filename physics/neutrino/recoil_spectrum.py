"""Spectra of the recoils of solar neutrinos."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from physics.core.errors import InvalidParameterError
from physics.core.evaluate import resolve
from physics.core.status import FloatArray
from physics.model.constants import M_E, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import Nucleus
from physics.neutrino.detector import electrons_per_tonne, nuclei_per_tonne
from physics.neutrino.recoils import (
    Coefficients,
    SolarScattering,
    electron_parabola,
    electron_shapes,
    nuclear_parabola,
    nuclear_shapes,
)
from physics.neutrino.targets import target

__all__ = ["recoil_spectrum"]


def recoil_spectrum(
    element: str, kind: str, T_keV: ArrayLike, m_X: float = 1.0, g_X: float = 0.0, **parameters: Any
) -> FloatArray:
    """Spectrum of recoils of solar neutrinos, all of them seen: Amaral et al. 2020, eqs. (23), (29) in (32), Fig. 3.

    Parameters
    ----------
    element : str
        Xe, Ge, Ar.
    kind : {"electrons", "nuclei"}
        What recoils.
    T_keV : array_like
        Recoil energies [keV]: keVee of electrons, keVnr of nuclei.
    m_X, g_X : float
        Mass [MeV] and coupling of X.
    **parameters
        Others (metallicity, kinetic_mixing, sin2_theta_23, electron_binding, target_nuclei ...), a number or a choice
        each; those left out have their default.

    Returns
    -------
    ndarray
        dR/dT [1/(t yr keV)], shape of T_keV.

    Raises
    ------
    UnknownNameError, InvalidParameterError

    Examples
    --------
    >>> recoil_spectrum("Xe", "nuclei", [1.0, 3.0]).round(3).tolist()
    [247.668, 0.323]
    >>> recoil_spectrum("Xe", "electrons", 10.0, m_X=15.0, g_X=4.6e-4).round(3).tolist()
    2.623
    """
    if kind not in ("electrons", "nuclei"):
        raise InvalidParameterError(f"kind = {kind!r} is not allowed: electrons or nuclei")
    T = np.asarray(T_keV, dtype=np.float64)
    if not np.all((T > 0) & np.isfinite(T)):
        raise InvalidParameterError("T_keV must be above 0, and finite [keV]")
    given = parameters | {"m_X": m_X, "g_X": g_X}
    for name, value in given.items():
        if shape := np.shape(value):
            raise InvalidParameterError(f"{name}: give one value, not an array of shape {shape}; call once for each")
    detector, keV = target(element), T.ravel()
    nodes = ("solar_scattering", "coupling_product", "electron_binding", "target_nuclei")
    solar, x, electron_binding, target_nuclei = resolve(nodes, **given)
    spectra: list[tuple[FloatArray | float, Coefficients]]  # number of targets in a tonne, recoils of each
    if kind == "electrons":
        spectra = [(electrons_per_tonne(detector, keV, electron_binding), _on_electrons(solar, 1e-3 * keV))]
    else:
        nuclei = nuclei_per_tonne(detector, target_nuclei)
        spectra = [(number, _on_nuclei(solar, 1e-3 * keV, nucleus)) for nucleus, number in nuclei]
    rate = sum(number * parabola(x) for number, parabola in spectra)
    return np.asarray(1e-3 * SECONDS_PER_YEAR * rate).reshape(T.shape)


def _on_electrons(solar: SolarScattering, T: FloatArray) -> Coefficients:
    """Recoils per electron, s and MeV at energies [MeV]: Amaral et al. 2020, eqs. (26)-(29) in (32)."""
    one, square, helicity = electron_shapes(solar.suns.suns[0], T)
    D = 2 * M_E * T + solar.m_X**2
    plain = np.stack([solar.split.flavours(shape) for shape in (one, square, helicity)])
    over_D2 = solar.split.flavours(one + square - helicity) / D**2
    return electron_parabola(plain, plain / D, over_D2, solar.couplings, solar.charges)


def _on_nuclei(solar: SolarScattering, T: FloatArray, nucleus: Nucleus) -> Coefficients:
    """Recoils per nucleus, s and MeV at energies [MeV]: Amaral et al. 2020, eq. (23) in (32)."""
    D = 2 * nucleus.mass * T + solar.m_X**2
    plain = solar.split.flavours(nuclear_shapes(solar.suns.suns[0], T, nucleus))
    return nuclear_parabola(plain, plain / D, plain / D**2, solar.sin2_theta_W_nuclei, solar.charges, nucleus)
