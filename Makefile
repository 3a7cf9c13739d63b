# Each target installs what it needs.
PYTHON ?= python3
UV := .venv/bin/uv
RUNTIME := .venv/.runtime
STAMP := .venv/.installed
TEST_LOCK := tests/requirements.lock
COVERAGE := $(CURDIR)/build/coverage/data

.PHONY: help runtime install run demo test test-clock coverage mutants lint format bench curves soak quality fuzz requests \
	audit licenses sbom docs translations screenshots lock wheel release clean

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

runtime: $(RUNTIME) ## create .venv with what Gedi needs to run

# Bytecode of Gedi is written here, that of libraries when they are imported. uv is kept: other targets install with it.
# Nothing is removed, so that a development environment stays one.
$(RUNTIME): requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	test -x $(UV) || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip install --quiet --require-hashes --requirement requirements.lock
	test -f $(STAMP) || $(UV) pip uninstall --quiet pip setuptools 2>/dev/null || true
	$(UV) pip install --quiet --no-deps --editable .
	.venv/bin/python -m compileall -q aggregator feeds gedi web
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

coverage: install ## measure branch coverage of feeds and aggregator (TESTS)
	rm -rf build/coverage
	-COVERAGE_FILE=$(COVERAGE) .venv/bin/python -m coverage run -m pytest $(or $(TESTS),tests/feeds tests/aggregator tests/gedi)
	COVERAGE_FILE=$(COVERAGE) .venv/bin/python -m coverage combine --quiet
	COVERAGE_FILE=$(COVERAGE) .venv/bin/python -m coverage report

mutants: install ## put faults into the steps, each alone: which of them do tests find? (COUNT=1000 SEED=1 PATHS)
	.venv/bin/python -m tests.mutants --count $(or $(COUNT),1000) --seed $(or $(SEED),1) $(PATHS)

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

curves: install  ## draw the recorded runs: docs/images/polling.svg and docs/images/soak.svg
	.venv/bin/python -m benchmarks.polling_picture docs/images/polling.svg
	.venv/bin/python -m benchmarks.soak.picture docs/images/soak.svg

soak: install    ## run two weeks in an hour (GEDI_SOAK_DAYS, GEDI_SOAK_MINUTES): fails if memory, files or queues grow
	.venv/bin/python -m benchmarks.soak

quality: install ## measure reprints, stories, categories, regions (public data: GEDI_DATA)
	.venv/bin/python -m benchmarks.quality

fuzz: install    ## search for inputs that break a reader, for a minute each, and keep them (SECONDS, DOORS)
	$(UV) pip install --quiet "atheris>=3" 2>/dev/null || echo "atheris cannot be installed: searching at random"
	.venv/bin/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(DOORS)

requests: install ## try many requests to every address of the site (EXAMPLES each)
	GEDI_EXAMPLES=$(or $(EXAMPLES),200) .venv/bin/python -m pytest -n 0 --timeout 3600 tests/web/test_any_request.py

audit: runtime   ## look for known vulnerabilities of what runs (AUDIT: options of pip-audit)
	$(UV) tool run --quiet pip-audit==2.10.1 --strict --requirement requirements.lock --require-hashes --disable-pip \
	  --progress-spinner off $(AUDIT) || { echo "Not audited, or vulnerable: see above. \"not found\" means that the package" \
	  "index has no such database; try AUDIT=\"--vulnerability-service osv\", or scan dist/sbom.cdx.json offline."; exit 1; }

licenses: install ## list the licenses of what runs
	.venv/bin/python -m tests.deploy.licenses

sbom: runtime    ## write dist/sbom.cdx.json, the CycloneDX bill of materials of what runs
	$(UV) venv --quiet --clear build/sbom
	$(UV) pip install --quiet --python build/sbom --require-hashes --requirement requirements.lock
	mkdir -p dist
	$(UV) tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment build/sbom/bin/python \
	  --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file dist/sbom.cdx.json

docs: install    ## regenerate docs/config.md, docs/cli.md and docs/zh
	.venv/bin/python -m gedi.docs_generator docs
	.venv/bin/python -m gedi.docs_translations

translations: install ## extract messages and compile the catalogs
	.venv/bin/python -m web.i18n.catalogs
	.venv/bin/python -m gedi.text_catalog
	.venv/bin/python -m gedi.docs_translations

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
