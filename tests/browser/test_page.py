"""What one does with the page: look, move, choose a point, by mouse and by keyboard."""

import json
import re
import shlex
import subprocess

import numpy as np
import pytest
import xarray as xr
from browsing import VIEW, click_in, lmutau, settled

import physics
from scanner.explore.export import write_html
from scanner.explore.sources import Folder

PICTURE = """() => [document.querySelector("#picture svg").outerHTML, document.querySelector("#colours").toDataURL()]"""


def test_a_link_gives_the_same_picture(visit, many):
    page = visit(many + VIEW)
    slider = page.get_by_role("slider", name="qψ")
    settled(page, lambda: slider.press("ArrowLeft"))
    settled(page, lambda: page.get_by_role("button", name="AGSS09").click())
    settled(page, lambda: page.locator("#c").select_option("cmb_ratio"))
    settled(page, lambda: page.locator("#published-babar_4mu").check())
    settled(page, lambda: page.locator("#curve-babar_4mu_g_X").check())
    click_in(page, 0.3, 0.7)
    page.locator("#point table").wait_for()
    assert "at.q_psi=0.3&" in page.url  # a value, no index
    assert "lines.mass_ratio=0.6,1&" in page.url
    again = visit(page.url)
    assert again.evaluate(PICTURE) == page.evaluate(PICTURE)
    assert again.url == page.url
    again.locator("#point table").wait_for()
    assert again.inner_text("#point-command") == page.inner_text("#point-command")


def test_the_link_is_copied(visit, many):
    page = visit(many + VIEW)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="copy link").click()
    page.get_by_role("button", name="copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_an_address_that_is_wrong_is_said_to_be(visit, many):
    wrong = "c=relic_densty&draw=cmb,lz2024&at.q_psi=0.9&at.metallicity=GS99&point=%7B%22m_X%22:1%7D"
    page = visit(f"{many}#x=m_X&y=g_X&{wrong}")
    notice = page.inner_text("#notice")
    for said in (
        "relic_densty: no observable",
        "lz2024: no constraint with an observable of this store",
        "the grid has no q_psi = 0.9; 1, the nearest, is shown",
        "metallicity has no GS99; GS98 is shown",
        "the address has a point that is none",
    ):
        assert said in notice
    assert page.evaluate("[lmutau.state.drawn, lmutau.state.colour, lmutau.state.point]") == [["cmb"], "", None]


def test_axes_that_nothing_depends_on_are_grey(visit, many):
    page = visit(many + VIEW)
    idle = page.locator(".axis.idle").all_inner_texts()
    assert [text.split(" (not used)")[0] for text in idle] == ["metallicity", "Δaμ data set"]
    settled(page, lambda: page.locator("#c").select_option("a_mu_pull"))
    assert page.locator(".axis.idle").count() == 1
    assert "(not used)" in page.locator(".axis.idle").inner_text()


def test_sets_choose_what_is_drawn(visit, many):
    page = visit(many + VIEW)
    settled(page, lambda: page.locator("#set").select_option("paper:drees-zhao-2021"))
    there = page.evaluate("lmutau.state.drawn")
    chosen = physics.constraint_set("paper:drees-zhao-2021").constraints
    names = {str(n) for n in xr.open_zarr(computed_path(page), chunks=None).data_vars}
    assert there == [c for c in chosen if physics.constraints()[c].observable in names]
    page.get_by_text("are not here").click()
    assert "(g-2)_mu" not in page.inner_text("#panel li >> nth=0")
    assert "not in this store" in page.inner_text("#panel details")


def computed_path(page):
    return page.evaluate("lmutau.state.info.path")


def test_a_point_has_all_observables(visit, stores, many):
    page = visit(many + VIEW)
    click_in(page, 0.5, 0.6)
    page.locator("#point table").wait_for()
    point = page.evaluate("lmutau.state.point")
    ds = xr.open_zarr(stores["many"], chunks=None)
    observables = [name for name, v in ds.data_vars.items() if "ancillary_variables" in v.attrs]
    assert page.locator("#point tbody tr").count() == len(observables)
    values = page.evaluate(
        """async point => {
            const at = Object.fromEntries(lmutau.store.axes.map(a => [a, lmutau.store.coords[a].indexOf(point[a])]));
            const {observables} = lmutau.store;
            const all = await Promise.all(observables.map(async o => [o, await lmutau.store.value(o, at)]));
            return all.map(([o, {value, code}]) => [o, Number.isNaN(value) ? null : value, code]);
        }""",
        point,
    )
    for name, value, code in values:
        here = ds[name].sel({axis: point[axis] for axis in ds[name].dims})
        assert code == int(here[f"{name}_status"])
        assert value is None if np.isnan(here) else value == float(here)


def test_what_kills_a_point(visit, stores, many):
    point = {"m_X": 5.0, "g_X": 1e-2, "mass_ratio": 0.6, "q_psi": 1, "metallicity": "GS98", "a_mu_dataset": "WP2025"}
    page = visit(f"{many}{VIEW}&set=paper:drees-zhao-2021&point={json.dumps(point)}")
    page.locator("#point table").wait_for()
    ds = xr.open_zarr(stores["many"])
    chosen = [c for c in physics.constraint_set("paper:drees-zhao-2021").rows if c.observable in ds]
    said = physics.why([c.name for c in chosen], **point)
    assert said.excluded_by
    text = page.inner_text(".verdict")
    assert text.startswith("Excluded by")
    assert f"({said[said.hardest].excess:.3g} times the limit" in text
    excluded = page.locator("#point td .excluded").evaluate_all("all => all.map(e => e.title.split(':')[0])")
    counted = [name for name in excluded if name in physics.constraint_set("paper:drees-zhao-2021").constraints]
    assert set(counted) == set(said.excluded_by)


def test_the_command_of_a_point_computes_it_again(visit, many):
    page = visit(many + VIEW)
    click_in(page, 0.4, 0.6)
    command = page.locator("#point-command")
    command.wait_for()
    words = shlex.split(command.inner_text())
    assert words[:2] == ["lmutau", "point"]
    done = subprocess.run(lmutau(*words[1:], "-o", "relic_density"), capture_output=True, text=True, check=True)
    shown = page.evaluate(
        """() => {
            const {x, y, shown} = lmutau.scene, {m_X, g_X} = lmutau.state.point;
            return shown.z[y.values.indexOf(g_X) * x.values.length + x.values.indexOf(m_X)];
        }"""
    )
    assert float(re.search(r"relic_density +(\S+)", done.stdout)[1]) == pytest.approx(shown, rel=1e-9)


def test_a_point_off_the_grid_is_computed(visit, many):
    page = visit(many + VIEW)
    click_in(page, 0.4, 0.6)
    page.locator("#point table").wait_for()
    page.get_by_label("mX MeV").fill("31.4")
    page.get_by_label("mX MeV").press("Enter")
    page.get_by_text("computed now").wait_for()
    point = page.evaluate("lmutau.state.point")
    assert point["m_X"] == 31.4
    want = float(physics.evaluate("relic_density", **point))
    row = page.locator("#point tbody tr", has_text="relic_density").locator("td").first.inner_text()
    mantissa, _, power = row.strip().partition("×10")
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    assert float(mantissa) * 10.0 ** int(power.translate(digits) or 0) == pytest.approx(want, rel=1e-6)
    page.get_by_label("mX MeV").fill("-3")
    page.get_by_label("mX MeV").press("Enter")
    page.locator("#point .error").wait_for()
    assert "m_X" in page.inner_text("#point .error")


def test_without_a_server_the_grid_is_all_there_is(visit, stores, tmp_path):
    path = write_html(Folder(stores["many"]), tmp_path / "page.html", thin={"m_X": 3, "g_X": 3})
    page = visit(path.as_uri() + VIEW)
    click_in(page, 0.4, 0.6)
    page.locator("#point table").wait_for()
    page.get_by_label("mX MeV").fill("31.4")
    page.get_by_label("mX MeV").press("Enter")
    page.locator("#point .error").wait_for()
    assert "the grid has no m_X = 31.4, and nobody is here to compute it" in page.inner_text("#point .error")


def test_the_keyboard(visit, many):
    page = visit(many + VIEW)
    page.locator("#picture").focus()
    page.keyboard.press("ArrowRight")
    spoken = page.inner_text("#spoken")
    page.keyboard.press("ArrowUp")
    assert page.inner_text("#spoken") != spoken
    assert "Ω" in spoken
    assert "mX = " in spoken
    page.keyboard.press("Enter")
    page.locator("#point table").wait_for()
    chosen = page.evaluate("[lmutau.state.point.m_X, lmutau.state.point.g_X]")
    assert chosen == page.evaluate("[lmutau.scene.x.values[lmutau.cursor[0]], lmutau.scene.y.values[lmutau.cursor[1]]]")
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()


def test_every_control_has_a_name(visit, many):
    page = visit(many + VIEW)
    click_in(page, 0.5, 0.5)
    page.locator("#point table").wait_for()
    nameless = page.evaluate(
        """[...document.querySelectorAll("input, select, button, [role=group], summary, pre")].filter(e =>
            !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label"))).map(e => e.outerHTML)"""
    )
    assert nameless == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_focus_stays(visit, many):
    page = visit(many + VIEW)
    settled(page, lambda: page.locator("#draw-cmb").press("Space"))
    assert page.evaluate("document.activeElement.id") == "draw-cmb"
    settled(page, lambda: page.locator("#at-metallicity-1").press("Enter"))
    assert page.evaluate("document.activeElement.id") == "at-metallicity-1"


@pytest.mark.parametrize("width", [340, 700, 1000, 1900])
def test_it_fits(visit, many, width):
    page = visit(many + VIEW, viewport={"width": width, "height": 800})
    click_in(page, 0.5, 0.5)
    page.locator("#point table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "document.querySelector('#picture svg').getBBox()"
    assert page.evaluate(f"{wide}.x + {wide}.width") <= page.evaluate("lmutau.layout.width") + 1
