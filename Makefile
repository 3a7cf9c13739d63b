# The development guide that runs: every target sets up what it needs.
PYTHON ?= python3
UV := .venv/bin/uv
STAMP := .venv/.installed

.PHONY: help install run demo test lint format bench quality docs translations screenshots lock clean

help:            ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(STAMP) ## create .venv with gedi in it

$(STAMP): requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	test -x $(UV) || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip sync --quiet --compile-bytecode requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: install     ## poll what config.toml lists and serve the site on http://127.0.0.1:8000
	.venv/bin/gedi run

demo: install    ## the same over bundled sample outlets; needs no network
	.venv/bin/gedi demo

test: install    ## every test, on SQLite and on a real PostgreSQL
	.venv/bin/python -m pytest

lint: install    ## style, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: install  ## put the code into its standard form
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: install   ## speed, as ratios against a peer or a limit in the same run
	.venv/bin/python -m benchmarks

quality: install ## how good the judgements are; public data through GEDI_DATA
	.venv/bin/python -m benchmarks.quality

docs: install    ## references of settings and commands, from the code
	.venv/bin/python -m gedi.docs_generator docs

translations: install ## messages of the site into the catalogues, and these compiled
	.venv/bin/python -m web.i18n.catalogs

screenshots: install ## the pictures of the README, from the sample outlets at a fixed hour (needs Chromium)
	.venv/bin/python -m tests.browser.screenshots docs/images

lock:            ## resolve the dependencies anew
	$(UV) pip compile --universal --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock --quiet

clean:           ## remove what install and the tests made
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
