# Every target sets up .venv by itself and is quick when nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Idle processes take over tests of others
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# What a notebook's numbers come from, and the notebooks
PACKAGE := $(shell find physics scanner cluster -type f -not -name '*.pyc' -not -path '*/node_modules/*')
NOTEBOOKS := $(patsubst notebooks/%.py,notebooks/executed/%.ipynb,$(shell grep -l '^. jupyter:' notebooks/*.py))

# Extras beside `dev`, for targets of their own
EXTRAS := servers browser notebooks docs
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Set in many containers; the hundreds of processes that tests start would each compile all source anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test coverage test-lowest lint format page browser sharing bench bench-scale bench-explore bench-1e8 accuracy strangers chaos chaos-short slurm slurm-short tour extras notebooks docs dist clean

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -e '.[dev]'
	touch $@

$(EXTRAS:%=$(VENV)/.%): $(VENV)/.%: $(STAMP)
	$(INSTALL) -e '.[$*]'
	touch $@

# At once: targets that run beside each other may not install
extras: $(STAMP)
	$(INSTALL) -e ".[$$(echo $(EXTRAS) | tr ' ' ,)]"
	touch $(EXTRAS:%=$(VENV)/.%)

demo: $(STAMP)
	$(BIN)/lmutau run quick --store demo/quick.zarr
	$(BIN)/lmutau summary demo/quick.zarr
	$(BIN)/lmutau plot demo/quick.zarr --output demo/quick.png

# Before every commit: all but the tests that start whole runs
check: lint
	$(PYTEST) --quiet --ignore tests/end_to_end

test: $(STAMP)
	$(BIN)/python tests/compile_kernels.py
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

# Stores and scan files of a stranger: every command answers with a line, in bounded memory and time
strangers: $(STAMP)
	$(PYTEST) tests/scanner/strangers -o 'norecursedirs=.*' $(OPTIONS)

# Stores behind a real nginx and a server that speaks S3; skipped where nginx is not here
sharing: $(VENV)/.servers
	$(BIN)/python -m pytest tests/scanner/servers -o 'norecursedirs=.*' $(OPTIONS)

# What many blocks and workers cost, for docs/scale.md: an hour
bench-scale: $(STAMP)
	mkdir -p .scale
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/benchmarks/scale.py blocks .scale 1000 100000 10000
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/benchmarks/scale.py commands .scale/scale.zarr
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/benchmarks/scale.py workers .scale 1 2 4

# The page of lmutau explore, from its sources; what is built is committed
page:
	cd scanner/explore/page && npm ci --ignore-scripts --no-audit --no-fund && npm run build

# The page in Debian's Chromium; skipped where that is not here
browser: $(VENV)/.browser
	$(BIN)/python -m pytest tests/browser -o 'norecursedirs=.* node_modules' $(OPTIONS)

bench-explore: $(VENV)/.browser
	PYTHONPATH=$(CURDIR):tests/browser $(BIN)/python tests/benchmarks/explore.py

bench-1e8: $(STAMP)
	$(BIN)/python tests/benchmarks/relic_1e8.py

# Faults of all kinds, and the table of what came of them: kills, full disks, damaged files, hung blocks. OPTIONS="--seed 2", say
chaos: $(STAMP)
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/chaos/campaign.py $(OPTIONS)

# Freeze-out from tables against quadrature at a million random points, five minutes. OPTIONS="--seed 2", say
accuracy: $(STAMP)
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/accuracy/freeze_out.py $(OPTIONS)

# What whole runs survive, and each kind of fault once
chaos-short: $(STAMP)
	$(PYTEST) --quiet tests/chaos -o 'norecursedirs=.*'
	PYTHONPATH=$(CURDIR) $(BIN)/python tests/chaos/campaign.py --short --jobs 4 $(OPTIONS)

# Commands and Python of the README, of docs/extend/own.md and of docs/growth.md, as they stand there
tour: $(STAMP)
	$(PYTEST) --quiet tests/tour -o 'norecursedirs=.*' $(OPTIONS)

# Runs in jobs of a real SLURM: cancelled, ended by their walltime, shared. Where there is none, Debian's is set up, as root.
# The short one leaves out the walltime, which takes minutes: a job has one at least
slurm-short: OPTIONS = -k 'not walltime'
slurm-short: slurm
slurm: $(STAMP)
	.ci/slurm
	LMUTAU_SLURM=1 $(BIN)/python -m pytest tests/end_to_end/test_slurm.py $(OPTIONS)

# Each must run to its end: a cell that fails, a number that is not reproduced, or a picture that is not shown stops it. What
# was run since source and package changed is not run again
notebooks: $(NOTEBOOKS)
	$(BIN)/python tests/notebook_images.py notebooks/executed

notebooks/executed/%.ipynb: notebooks/%.py notebooks/common.py $(PACKAGE) | $(VENV)/.notebooks
	mkdir -p $(@D)
	cd notebooks && ../$(BIN)/jupytext --to notebook --execute --run-path $$PWD --output executed/$*.ipynb $*.py

# Pages of the Markdown, the notebooks and the registry in docs/_build/html; a warning stops it
docs: $(VENV)/.docs notebooks
	$(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning --keep-going --conf-dir docs . docs/_build/html
	LMUTAU_DOCS=$(CURDIR)/docs/_build/html $(BIN)/python -m pytest --quiet tests/docs

# Source archive and wheel, and whether both install and work elsewhere; they must know the commit that they were built from
dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --quiet
	LMUTAU_DIST=$(CURDIR)/dist $(BIN)/python -m pytest -n 2 --quiet tests/end_to_end/test_dist.py

clean:
	rm -rf $(VENV) .venv-lowest .cache dist demo notebooks/executed docs/generated docs/_build
