# Everything a person does with a checkout. Needs Python >= 3.11 (with venv) and make, nothing else.
#
#   make demo                 an audiobook of the sample book, in demo-out/
#   make demo SOURCE=my.epub  ... of any other source
#   make test                 every check and test
#   make engine ENGINE=xtts   an engine that is an extra: its own environment, its tests there, its worker
#   make test-long            whole long books, where real samples are there: a quarter of an hour
#   make bench                what can be measured; with ALL=1, measure all of it
#   make bench-reading        how well sources are read and worded, beside the alternatives; CORPUS=DIR for another set
#   make bench-align          how exactly known words are found in recordings; CORPUS=DIR with some timed by hand
#   make chaos SEED=1         faults one by one, and what came of each: a quarter of an hour; FAULTS="NAME..." for some
#   make soak MINUTES=60      books without a pause while everything is killed
#   make fuzz SEED=1          damaged files by the thousand: is each a book or a clear error? COUNT=2000; SAMPLES=DIR
#   make docs                 write the generated parts of the documentation anew
#   make screenshots          make the pictures of the documentation anew
#   make compose-test         bring docker-compose.yml up for real, make two books, take it down
#   make pin                  pin the images to the digests that they have today

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCE ?=
OUT ?= demo-out
# What the images have beside the base: docs/operations.md.
SHIPPED := postgres s3 flower monitoring
# Extras of engines that get an environment of their own: docs/engines/environments.md.
ENGINE_EXTRAS := chatterbox kokoro xtts
# Another Docker, or what stands in for it; BUILD builds an image of a folder where compose cannot; UNPINNED=1 takes
# images by their tags, from a registry that holds other builds of them.
COMPOSE ?= docker compose
DOCKER ?= docker
BUILD ?=
UNPINNED ?=

.PHONY: help demo samples install dev test test-long lint unit engine bench bench-align bench-reading chaos soak fuzz lock docs screenshots clean compose-test pin

help:
	@sed -n 's/^#   //p' Makefile

# -- set-up ------------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Voxpress needs Python 3.11 or newer: try 'make PYTHON=python3.12 ...'."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml requirements-dev.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/.installed

install: $(VENV)/.installed
dev: $(VENV)/.installed-dev

lock:  ## Write the lock files anew from pyproject.toml (needs uv).
	uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url -o requirements.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --extra dev -o requirements-dev.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --extra bench --constraint requirements-dev.lock -o requirements-bench.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url $(SHIPPED:%=--extra %) --constraint requirements-dev.lock -o deploy/requirements.lock pyproject.toml
	mkdir -p .engines deploy/engines
	grep -vE '^( *#|setuptools==)' requirements.lock > .engines/constraints.txt  # torch wants an older setuptools
	for extra in $(ENGINE_EXTRAS); do \
		uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --extra $$extra --constraint .engines/constraints.txt -o deploy/engines/$$extra.lock pyproject.toml || exit 1; \
	done

# -- demo --------------------------------------------------------------------------------------------------

samples: $(VENV)/.installed
	$(BIN)/python samples/build.py

# Nothing is asked: the input is no terminal.
demo: $(VENV)/.installed
ifeq ($(SOURCE),)
	$(BIN)/python samples/build.py
	$(BIN)/voxpress make samples/build/lighthouse.epub --output $(OUT) < /dev/null
else
	$(BIN)/voxpress make "$(SOURCE)" --output $(OUT) < /dev/null
endif

# -- checks ------------------------------------------------------------------------------------------------

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A file of tests for each core at a time: what a file starts once is started once.
test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile

test-long: $(VENV)/.installed-dev  ## Whole long books; needs the real samples.
	$(BIN)/python -m pytest -n auto --dist load -m long tests/acceptance

unit: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/unit

engine: $(VENV)/.installed-dev  ## ENGINE=xtts: some gigabytes, then minutes of tests on tiny models in its library.
	$(BIN)/python -m tests.environment $(ENGINE)

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench $(if $(ALL),--all)

bench-align: $(VENV)/.installed-dev  ## Known words found in recordings, beside plain dynamic time warping: CORPUS=DIR.
	$(BIN)/python -m bench.align $(if $(CORPUS),--corpus "$(CORPUS)")

bench-reading: $(VENV)/.installed-dev  ## What is read and how it is worded, beside the alternatives: CORPUS=DIR SETS="epub spoken".
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-bench.lock
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps abogen audiblez  # their readers alone
	$(BIN)/python -m bench.reading $(if $(CORPUS),--corpus "$(CORPUS)") $(SETS)

# -- containers --------------------------------------------------------------------------------------------

compose-test: $(VENV)/.installed-dev  ## Needs Docker, and the network for the images: some minutes.
	$(BIN)/python tests/compose/run.py --compose "$(COMPOSE)" --docker "$(DOCKER)" --build "$(BUILD)" $(if $(UNPINNED),--unpinned)

pin:
	$(PYTHON) deploy/pin.py --docker "$(DOCKER)"

chaos: $(VENV)/.installed-dev  ## Those that need a file system of their own are left out without root.
	$(BIN)/python -m tests.chaos --seed $(or $(SEED),1) $(FAULTS)

soak: $(VENV)/.installed-dev  ## A hundred books an hour while everything is killed: MINUTES=60 SEED=1.
	$(BIN)/python -m tests.chaos.soak --minutes $(or $(MINUTES),60) --seed $(or $(SEED),1)

fuzz: $(VENV)/.installed-dev  ## Ten to twenty minutes; SAMPLES=DIR damages the files of a folder as well.
	$(BIN)/python -m pytest -q -n auto --hypothesis-profile=searching $$(grep -rl "^@given" tests --include="test_*.py")
	$(BIN)/python -m tests.fuzz --seed $(or $(SEED),1) --count $(or $(COUNT),2000) $(if $(SAMPLES),--samples "$(SAMPLES)")

# -- documentation -----------------------------------------------------------------------------------------

docs: $(VENV)/.installed-dev  ## tests/unit/test_docs.py says when they are stale.
	$(BIN)/python docs/build.py

screenshots: samples $(VENV)/.installed-dev  ## Runs the real commands on the samples: a minute or two; needs Chromium.
	$(BIN)/python docs/images/make.py
	$(BIN)/python docs/images/studio.py
	$(BIN)/python docs/images/listening.py
	$(BIN)/python docs/images/showing.py
	$(BIN)/python docs/images/report.py

clean:
	rm -rf demo-out samples/build .mypy_cache .ruff_cache .pytest_cache .hypothesis
