# Every target sets up .venv by itself and is quick when nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# One process for each core; idle ones take over tests of the others
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: demo check test coverage test-lowest lint format page browser bench bench-explore bench-1e8 chaos chaos-short slurm notebooks dist clean

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/lmutau run quick --store demo/quick.zarr
	$(BIN)/lmutau summary demo/quick.zarr
	$(BIN)/lmutau plot demo/quick.zarr --output demo/quick.png

# Before every commit: all but the tests that start whole runs
check: lint
	$(PYTEST) --quiet --ignore tests/end_to_end

test: $(STAMP)
	$(PYTEST)

# The same, and which lines are run; compiled functions are left out, since no Python runs in them
coverage: $(STAMP)
	$(PYTEST) --cov --cov-report=term:skip-covered

# The oldest versions that pyproject.toml allows
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct -e '.[test]'
	.venv-lowest/bin/python -m pytest -n auto -o filterwarnings=default

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# All benchmarks, then the table in the README; BENCH=tests/benchmarks/test_table.py: what the table needs, and nothing else
BENCH := tests/benchmarks
bench: $(STAMP)
	mkdir -p .cache
	$(BIN)/python -m pytest $(BENCH) --benchmark-enable --benchmark-only -o 'norecursedirs=.*' -s --benchmark-json=.cache/bench.json
	$(BIN)/python tests/benchmarks/table.py .cache/bench.json

# The page of lmutau explore, from its sources; what is built is committed
page:
	cd scanner/explore/page && npm ci --ignore-scripts --no-audit --no-fund && npm run build

# The page in Debian's Chromium; skipped where that is not here
browser: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	$(BIN)/python -m pytest tests/browser -o 'norecursedirs=.* node_modules' $(OPTIONS)

bench-explore: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	PYTHONPATH=$(CURDIR):tests/browser $(BIN)/python tests/benchmarks/explore.py

bench-1e8: $(STAMP)
	$(BIN)/python tests/benchmarks/relic_1e8.py

# Faults of all kinds, and the table of what came of them: kills, full disks, damaged files, hung blocks. OPTIONS="--seed 2", say
chaos: $(STAMP)
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/chaos/campaign.py $(OPTIONS)

# Each kind of fault once
chaos-short: $(STAMP)
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/chaos/campaign.py --short --jobs 4 $(OPTIONS)

# Runs in jobs of a real SLURM: cancelled, ended by their walltime, shared. Where there is none, Debian's is set up, as root
slurm: $(STAMP)
	.ci/slurm
	LMUTAU_SLURM=1 $(BIN)/python -m pytest tests/end_to_end/test_slurm.py

# Each must run to its end: a cell that fails, a number that is not reproduced, or a picture that is not shown stops it
notebooks: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[notebooks]'
	mkdir -p notebooks/executed
	cd notebooks && for n in $$(grep -l '^# jupyter:' *.py); do \
	  ../$(BIN)/jupytext --to notebook --execute --run-path $$PWD --output executed/$${n%.py}.ipynb $$n || exit 1; done
	$(BIN)/python tests/notebook_images.py notebooks/executed

# Source archive and wheel, and whether both install and work elsewhere; they must know the commit that they were built from
dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --quiet
	LMUTAU_DIST=$(CURDIR)/dist $(BIN)/python -m pytest --quiet tests/end_to_end/test_dist.py

clean:
	rm -rf $(VENV) .venv-lowest .cache dist demo notebooks/executed
