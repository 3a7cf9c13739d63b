# Each target installs what it needs.
PYTHON ?= python3
UV := .venv/bin/uv
STAMP := .venv/.installed

.PHONY: help install run demo test test-clock lint format bench curves quality docs translations screenshots lock clean

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(STAMP) ## create .venv with Gedi in it

$(STAMP): requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	test -x $(UV) || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip sync --quiet --compile-bytecode requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: install     ## poll what config.toml lists and serve the site on http://127.0.0.1:8000
	.venv/bin/gedi run

demo: install    ## run the same over bundled sample outlets, without a network
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

docs: install    ## regenerate docs/config.md and docs/cli.md
	.venv/bin/python -m gedi.docs_generator docs

translations: install ## extract messages and compile the catalogs
	.venv/bin/python -m web.i18n.catalogs

screenshots: install ## take the pictures of the README (needs Chromium)
	.venv/bin/python -m tests.browser.screenshots docs/images

lock:            ## resolve the dependencies
	$(UV) pip compile --universal --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock --quiet

clean:           ## remove what install and tests created
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
