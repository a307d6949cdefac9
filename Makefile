# make run: everything that running needs, then the app. make test: everything that testing needs, then every test.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

# On Linux without an NVIDIA card: torch for processors, 250 MB instead of 3 GB, if it can be had. Where it cannot, the
# requirements bring the usual one.
CPU_TORCH = [ "$$(uname)" != Linux ] || command -v nvidia-smi >/dev/null || $(BIN)/python -c 'import torch' 2>/dev/null \
	|| ! $(BIN)/python -c 'import urllib.request; urllib.request.urlopen("$(TORCH_INDEX)/torch/", timeout=5)' 2>/dev/null \
	|| $(PIP) --index-url $(TORCH_INDEX) "$$(grep ^torch== requirements.txt)" || true

.PHONY: install install-dev run data test check clean

install: .venv/installed
	@$(BIN)/python -c '' 2>/dev/null || { rm -f .venv/installed* && $(MAKE) .venv/installed; }  # its Python has gone since

install-dev: install .venv/installed-dev

# A .venv that was left half made, or whose Python has gone, is made anew.
.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "DigitLens needs Python 3.11 or newer; this is %d.%d. Give another one: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(CPU_TORCH)
	$(PIP) -r requirements.txt
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-extras.txt
	$(PIP) -r requirements-dev.txt
	touch $@

# Without network the app runs on the bundled digits and says so; that is no reason to stop.
data: install
	@$(BIN)/python -m ocr data --download || echo "Going on with the bundled digits."

run: data
	$(BIN)/python -m streamlit run app.py

# The browser's journeys come after them, two at a time: each waits most of its time for its page.
test: install-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --ignore tests/journeys
	$(BIN)/python -m pytest -n auto --maxprocesses 2 --dist loadfile tests/journeys

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.scripts

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache
