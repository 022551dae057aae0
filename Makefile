# Every target sets up .venv by itself and is quick when nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-lowest lint format bench bench-1e8 notebooks clean

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/lmutau run quick --store demo/quick.zarr
	$(BIN)/lmutau summary demo/quick.zarr
	$(BIN)/lmutau plot demo/quick.zarr --output demo/quick.png

test: $(STAMP)
	$(BIN)/python -m pytest

# The oldest versions that pyproject.toml allows
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct -e '.[test]'
	.venv-lowest/bin/python -m pytest -o filterwarnings=default

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP)
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only -o 'norecursedirs=.*' -s

bench-1e8: $(STAMP)
	$(BIN)/python tests/benchmarks/relic_1e8.py

notebooks: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[notebooks]'
	mkdir -p notebooks/executed
	cd notebooks && for n in *.py; do \
	  ../$(BIN)/jupytext --to notebook --execute --output executed/$${n%.py}.ipynb $$n || exit 1; done

clean:
	rm -rf $(VENV) .venv-lowest demo notebooks/executed
