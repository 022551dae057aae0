"""The check of freeze-out at a few points of each region; `make accuracy` takes a million."""

import freeze_out
from click.testing import CliRunner


def test_every_region():
    result = CliRunner().invoke(freeze_out.main, ["--points", "520", "--seed", "3"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    rows = result.output.splitlines()[1:]
    assert [row[:40].strip() for row in rows] == list(freeze_out.REGIONS)
    assert all(int(row[40:51].replace(",", "")) == 40 for row in rows)


def test_an_error_is_found(monkeypatch):
    monkeypatch.setattr(freeze_out, "TOLERANCE", 1e-14)
    result = CliRunner().invoke(freeze_out.main, ["--points", "200", "--region", "anywhere"])
    assert result.exit_code == 1
    assert "at m_X=" in result.output
