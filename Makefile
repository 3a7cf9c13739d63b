# Each target installs what it needs.
PYTHON ?= python3
UV := .venv/bin/uv
RUNTIME := .venv/.runtime
STAMP := .venv/.installed
TEST_LOCK := tests/requirements.lock

.PHONY: help runtime install run demo test test-clock lint format bench curves quality docs translations screenshots lock \
	wheel release clean

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

runtime: $(RUNTIME) ## create .venv with what Gedi needs to run

# Bytecode is written for what is imported, when it is imported. uv is kept: other targets install with it. Nothing is
# removed, so that a development environment stays one.
$(RUNTIME): requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	test -x $(UV) || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip install --quiet --require-hashes --requirement requirements.lock
	test -f $(STAMP) || $(UV) pip uninstall --quiet pip setuptools 2>/dev/null || true
	$(UV) pip install --quiet --no-deps --editable .
	touch $@

install: $(STAMP) ## create .venv with that and what tests, linters and benchmarks need

$(STAMP): $(RUNTIME) $(TEST_LOCK)
	$(UV) pip sync --quiet --compile-bytecode --require-hashes $(TEST_LOCK)
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: runtime     ## poll what config.toml lists and serve the site on http://127.0.0.1:8000
	.venv/bin/gedi run

demo: runtime    ## run the same over bundled sample outlets, without a network
	.venv/bin/gedi demo

test: install    ## run all tests, on SQLite and PostgreSQL
	.venv/bin/python -m pytest

test-clock: install ## run time-dependent tests at every hour and at the turn of days and years
	.venv/bin/python -m pytest --every-hour --dist loadgroup

lint: install    ## check style, types and layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: install  ## format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: install   ## measure speed, as ratios to a peer or a limit in the same run
	.venv/bin/python -m benchmarks

curves: install  ## draw docs/images/polling.svg from the recorded runs of the polling benchmark
	.venv/bin/python -m benchmarks.polling_picture docs/images/polling.svg

quality: install ## measure reprints, stories, categories, regions (public data: GEDI_DATA)
	.venv/bin/python -m benchmarks.quality

docs: install    ## regenerate config.md and cli.md in docs and docs/zh
	.venv/bin/python -m gedi.docs_generator docs

translations: install ## extract messages and compile the catalogs
	.venv/bin/python -m web.i18n.catalogs
	.venv/bin/python -m gedi.text_catalog

screenshots: install ## take the pictures of the README (needs Chromium)
	.venv/bin/python -m tests.browser.screenshots docs/images

lock:            ## resolve the dependencies: to run, and with what tests need
	$(UV) pip compile --universal --generate-hashes --no-header pyproject.toml -o requirements.lock --quiet
	$(UV) pip compile --universal --generate-hashes --no-header --extra dev pyproject.toml -c requirements.lock \
	  -o $(TEST_LOCK) --quiet

wheel: install   ## build dist/gedi_news-VERSION-py3-none-any.whl
	rm -rf build
	$(UV) build --quiet --wheel --no-build-isolation --python .venv/bin/python --out-dir dist

release: install ## check version, changelog, docs, tests and wheel before a release
	.venv/bin/python -m tests.release_check
	$(MAKE) lint test wheel

clean:           ## remove what install and tests created
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
