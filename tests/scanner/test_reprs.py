"""What objects print as: short tables, and the same as HTML in notebooks."""

import html
import re

import physics
from physics import Status
from scanner import Report, load_scan, make_plan
from scanner.store.seal import change_root
from scanner.store.store import Store


def check(thing, *says):
    """It prints in a few lines, and the HTML has every cell of them."""
    text, page = repr(thing), html.unescape(thing._repr_html_())
    assert "object at" not in text
    assert len(text.splitlines()) < 15
    assert not [s for s in says if s not in text]
    assert page.startswith("<table>")
    assert not [cell for line in text.splitlines() for cell in re.split("  +", line) if cell not in page]


def test_a_node():
    check(physics.observables()["n_eff"], "n_eff", "m_X, g_X", "neutrino_flavours=", "Escudero 2020")


def test_a_scan(scan_file, bound_file):
    scan = load_scan(scan_file)
    check(scan, "small", "g_X (5: 1e-05 to 0.01)", "metallicity (GS98, AGSS09)", "q_psi = 1.0", "2026 (defaults)")
    assert str(scan) == repr(scan)
    check(load_scan(bound_file), "mass_ratio = mass_ratio_relic_above")


def test_a_plan(plan):
    check(plan, "Plan of small: ", "m_X 4 x g_X 5 x mass_ratio 3", "relic_density, cmb_ratio")
    check(make_plan(load_scan("quick")), "896,014 values")


def test_a_store(store):
    check(store, "small.zarr", "complete", "m_X 4 x g_X 5 x mass_ratio 3", "relic_density, cmb_ratio")


def test_a_store_of_a_stranger_commands_no_terminal(store):
    change_root(store.path, {"created": "\x1b]0;owned\x07<b>"})
    text = repr(Store(store.path))
    assert "\x1b" not in text
    assert "\\x1b]0;owned\\x07" in text
    assert "<b>" not in Store(store.path)._repr_html_()


def test_a_report():
    report = Report(3, 1200, seconds=2.5, messages=["m_X = 3: too small"], interrupted=True)
    report.counts[Status.OUTSIDE_DOMAIN] = 7
    check(report, "1,200", "2.5", "outside domain", "7 values", "m_X = 3: too small", "interrupted")


def test_a_verdict():
    said = physics.why(["cmb"], m_X=23, g_X=1e-3, mass_ratio=0.5033, q_psi=1)
    page = said._repr_html_()
    assert "<th>times limit</th>" in page
    assert "<td>excluded</td>" in page
    assert "<p>excluded by cmb</p>" in page
