# Everything a checkout needs, and nothing that a fresh machine must have done before. `make` alone lists the targets.
PYTHON ?= python3
ENGINE ?= $(shell command -v podman || command -v docker)
IMAGE ?= krmfn:latest
DEMO ?= kustomize/demo

# As many processes as cores; more than four would wait for the longest file. In the order of pyproject.toml's testpaths,
# for what takes long is not what has many tests.
PARALLEL := --numprocesses=auto --maxprocesses=4 --no-loadscope-reorder

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test e2e lint format bench image packages programs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## expand a small tenant: what a user writes, then what krmfn makes of it
	@printf '# What a user writes: %s\n\n' $(DEMO)
	@find $(DEMO) -name '*.yaml' -not -name kustomization.yaml | LC_ALL=C sort | \
	  while read -r file; do printf '# %s\n' "$$file"; cat "$$file"; printf '\n'; done
	@printf '# What Flux gets: krmfn render %s\n\n' $(DEMO)
	@$(BIN)/krmfn render $(DEMO)

test: packages $(VENV)/dev programs lint ## install what is missing, then lint, types, imports and every test
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

e2e: $(VENV)/dev ## real Flux controllers against real API servers: build what is missing, then tests/engine
	@$(BIN)/python -m tests.tools.programs engine
	$(BIN)/python -m pytest tests/engine --numprocesses=2

lint: $(VENV)/dev ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev ## rewrite what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/runtime ## whole-process times, as ratios to an empty Python
	@$(BIN)/python bench/run.py

image: ## build the function image: IMAGE=krmfn:latest, BASE=python:3.13-slim, IMAGE_FLAGS=
	SOURCE_DATE_EPOCH=0 $(ENGINE) build $(if $(findstring podman,$(ENGINE)),--timestamp=0) \
	  $(if $(BASE),--build-arg=BASE=$(BASE)) $(IMAGE_FLAGS) --tag $(IMAGE) .

packages: ## install podman, runc and debootstrap where apt-get can, else say what to install
	@.ci/packages

programs: $(VENV)/runtime ## build the Go programs that the tests run, into the user's cache
	@$(BIN)/python -m tests.tools.programs

lock: $(VENV)/pip ## renew requirements.lock and requirements-dev.lock
	$(PIP) install --upgrade uv
	@for lock in requirements requirements-dev; do \
	  groups=; [ $$lock = requirements ] || groups='--group dev --constraint requirements.lock'; \
	  { echo "# Made from pyproject.toml by \`make lock\`, which renews it: pinned and hashed, for the image and CI."; \
	    $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header $$groups pyproject.toml; \
	  } > $$lock.lock.new && mv $$lock.lock.new $$lock.lock || exit 1; done

clean: ## remove what make made in this checkout; the user's cache stays
	rm -rf $(VENV) dist .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# pip reads dependency groups from 25.1 on; a fresh environment often has an older one.
$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/runtime: $(VENV)/pip pyproject.toml requirements.lock
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --editable .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	$(PIP) install --editable . --group dev
	@touch $@
