# Everything a checkout needs, and nothing that a fresh machine must have done before. `make` alone lists the targets.
PYTHON ?= python3
ENGINE ?= $(shell command -v podman || command -v docker)
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' krmfn/__init__.py)
# The name as pyproject.toml has it; with the version, the image as it is published.
IMAGE ?= $(shell sed -n 's,^Image = "https://\(.*\)"$$,\1,p' pyproject.toml):v$(VERSION)
DEMO ?= kustomize/demo
SECONDS ?= 600

# The tests start many Pythons, and each would compile all of krmfn again: images and shells often set this.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A lock names all that is needed, so nothing is resolved; what is imported is compiled when it is.
INSTALL := $(PIP) install --require-hashes --no-deps --no-compile

# As many processes as cores; more than four would wait for the longest file. Files go in the order
# of their names, for what takes long is not what has many tests.
PARALLEL := --numprocesses=auto --maxprocesses=4 --no-loadscope-reorder
BOM = $(VENV)/supply/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible
THOROUGH := --hypothesis-profile=thorough

# Coverage takes half as long again, and nobody waits for CI.
ifdef CI
define RUN
$(BIN)/coverage erase
$(BIN)/coverage run -m pytest $(PARALLEL) $(THOROUGH)
$(BIN)/coverage combine --quiet
$(BIN)/coverage report
endef
else
RUN = $(BIN)/python -m pytest $(PARALLEL)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test judges e2e check generate format bench defences fuzz site image image-of-release image-name wheel release sbom sbom-image audit packages programs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## expand a small tenant: what a user writes, then what krmfn makes of it
	@printf '# What a user writes: %s\n\n' $(DEMO)
	@find $(DEMO) -name '*.yaml' -not -name kustomization.yaml | LC_ALL=C sort | \
	  while read -r file; do printf '# %s\n' "$$file"; cat "$$file"; printf '\n'; done
	@printf '# What Flux gets: krmfn render %s\n\n' $(DEMO)
	@$(BIN)/krmfn render $(DEMO)

test: $(VENV)/dev check ## all that Python alone can show: check, then tests/test_*.py; with CI=1 longer, and with coverage
	$(RUN)

judges: packages $(VENV)/judges $(VENV)/supply/installed programs site ## the same before other people's programs: tests/judges, tests/platform, tests/hosts, tests/tools, and the site
	$(BIN)/python -m pytest $(PARALLEL) $(THOROUGH) tests/hosts tests/judges tests/platform tests/tools

e2e: $(VENV)/dev ## real Flux controllers against real API servers: build what is missing, then tests/engine
	@$(BIN)/python -m tests.tools.programs engine
	$(BIN)/python -m pytest tests/engine --numprocesses=2

check: $(VENV)/dev ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

generate: $(VENV)/dev ## remake all that is made from something else: frozen models, schemas, tables, pages
	$(BIN)/python -m krmfn.declarations.freeze
	$(BIN)/python -m tests.shapes
	$(BIN)/krmfn schema --output-dir function-config/schema
	$(BIN)/python -m release.pins
	$(BIN)/python -m tests.test_codes
	$(BIN)/python -m tests.test_platform_refusals
	$(BIN)/python -m tests.test_why
	$(BIN)/python -m tests.test_report
	$(BIN)/python -m tests.test_readme
	$(BIN)/python -m tests.test_reach_page
	$(BIN)/python -m tests.test_reference
	$(BIN)/python -m tests.test_recording
	$(BIN)/python -m tests.test_carry_on
	$(BIN)/python -m tests.hosts.test_followed_pages
	$(BIN)/python -m tests.judges.test_flux_versions
	$(BIN)/python -m tests.judges.test_verdict_table

format: $(VENV)/dev ## rewrite what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/runtime ## whole-process times and memory, as ratios to an empty Python, beside others; and how time grows
	@$(BIN)/python -m bench.run
	@$(BIN)/python -m bench.growth

defences: $(VENV)/dev ## take each defence of docs/security.md out, and see its test fail: ATTACK=word
	$(BIN)/python -m tests.defences $(ATTACK)

fuzz: $(VENV)/fuzz ## search for ten minutes for what breaks a reader: SECONDS=600, TARGET=
	$(BIN)/python -m tests.fuzz $(SECONDS) $(TARGET)

site: $(VENV)/site/installed ## build docs/ as a site into site/html; a link that leads nowhere or a common spelling mistake is an error
	$(VENV)/site/bin/codespell --ignore-words-list=notin README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md \
	  docs krmfn function-config kustomize templates .github
	$(VENV)/site/bin/sphinx-build --quiet --fail-on-warning --keep-going --jobs=auto -c site docs site/html

# The labels are what registries and Artifact Hub show; what is the same in every image stands in the Dockerfile.
HOME_PAGE := $(shell sed -n 's,^Homepage = "\(.*\)"$$,\1,p' pyproject.toml)
LABELS = --label org.opencontainers.image.version=$(VERSION) \
  --label io.artifacthub.package.readme-url=$(subst github.com,raw.githubusercontent.com,$(HOME_PAGE))/v$(VERSION)/README.md \
  $(if $(REVISION),--label org.opencontainers.image.revision=$(REVISION)) \
  $(if $(CREATED),--label org.opencontainers.image.created=$(CREATED))

image: ## build the function image: IMAGE=NAME:TAG, BASE=python:3.13-slim, IMAGE_FLAGS=
	SOURCE_DATE_EPOCH=0 $(ENGINE) build $(if $(findstring podman,$(ENGINE)),--timestamp=0) \
	  $(if $(BASE),--build-arg=BASE=$(BASE)) $(LABELS) $(IMAGE_FLAGS) --tag $(IMAGE) .

# An archive has dates, and SOURCE_DATE_EPOCH says which: the same sources give the same bytes.
wheel: $(VENV)/supply/installed ## build the wheel and the source distribution into dist/, the same bytes from the same sources
	rm -rf dist
	SOURCE_DATE_EPOCH=1580601600 $(VENV)/supply/bin/python -m build --no-isolation --outdir dist .

# Both are the commit's, so that a release is the same bytes whoever builds it, and whenever.
image-of-release: CREATED = $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
image-of-release: REVISION = $(shell git rev-parse HEAD)
image-of-release: image ## the same, with the labels that name its commit

image-name: ## print what the image is called
	@echo $(IMAGE)

release: $(VENV)/runtime sbom ## build all that a release has into dist/: RELEASING.md
	$(BIN)/python -m release texts dist
	$(BIN)/python -m release plugins dist $(VENV)/supply/bin/python
ifeq ($(ENGINE),)
	@echo "NO IMAGE: neither podman nor docker is on the PATH, so dist/ has no image and no bill of materials of one." >&2
else
	$(MAKE) image-of-release sbom-image
	rm -rf dist/image
	$(if $(findstring podman,$(ENGINE)),$(ENGINE) save --quiet --format oci-dir --output dist/image $(IMAGE),\
	  mkdir dist/image && $(ENGINE) save $(IMAGE) | tar --extract --directory dist/image)
	$(BIN)/python -m release image dist
	rm -rf dist/image
endif
	$(BIN)/python -m release sums dist

sbom: wheel $(VENV)/supply/installed ## write dist/krmfn.cdx.json: what the wheel brings with it, as CycloneDX
	rm -rf $(VENV)/shipped
	$(PYTHON) -m venv --without-pip $(VENV)/shipped
	$(PIP) --python $(VENV)/shipped/bin/python install --require-hashes --requirement requirements.lock
	$(PIP) --python $(VENV)/shipped/bin/python install --no-deps --no-index dist/krmfn-*.whl
	$(BOM) --output-file dist/krmfn.cdx.json $(VENV)/shipped

sbom-image: $(VENV)/supply/installed ## write dist/krmfn-image.cdx.json: what IMAGE= adds to its base, which has a bill of its own
	rm -rf $(VENV)/shipped && mkdir -p dist
	$(PYTHON) -m venv --without-pip $(VENV)/shipped
	made=$$($(ENGINE) create $(IMAGE)) && $(ENGINE) cp $$made:/opt/krmfn/lib $(VENV)/unpacked; $(ENGINE) rm $$made >/dev/null
	mv $(VENV)/unpacked/python3*/site-packages/* $$($(VENV)/shipped/bin/python -c 'import site; print(site.getsitepackages()[0])')
	rm -rf $(VENV)/unpacked
	$(BOM) --output-file dist/krmfn-image.cdx.json $(VENV)/shipped

# Strict: what the service does not know is not taken for harmless.
audit: $(VENV)/supply/installed ## ask PyPI what is known against what is shipped and what builds it: needs the network
	@code=0; for lock in requirements*.lock; do \
	  $(VENV)/supply/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement $$lock || \
	    { echo "NOT AUDITED, or not found harmless: $$lock. The lines above say which." >&2; code=1; }; done; exit $$code

packages: ## install podman, shells, Chromium and what else the tests need where apt-get can, else say what to install
	@.ci/packages

programs: $(VENV)/runtime ## build the Go programs that judges runs, into the user's cache
	@$(BIN)/python -m tests.tools.programs

lock: $(VENV)/pip ## renew the locks
	$(PIP) install --upgrade uv
	@for lock in requirements requirements-dev requirements-judges requirements-fuzz requirements-supply requirements-site; do \
	  case $$lock in \
	    requirements) wanted=pyproject.toml ;; \
	    requirements-dev) wanted='--group dev pyproject.toml --constraint requirements.lock' ;; \
	    requirements-judges) wanted='--group judges --constraint requirements-dev.lock' ;; \
	    requirements-fuzz) wanted='--group fuzz --constraint requirements-dev.lock' ;; \
	    requirements-supply) wanted='--group supply --constraint requirements-dev.lock' ;; \
	    requirements-site) wanted='--group site --constraint requirements-dev.lock' ;; \
	  esac; \
	  { echo "# Made from pyproject.toml by \`make lock\`, which renews it: pinned and hashed, for the image and CI."; \
	    $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header $$wanted; \
	  } > $$lock.lock.new && mv $$lock.lock.new $$lock.lock || exit 1; done
	@for which in lowest newest; do \
	  case $$which in lowest) resolution=lowest-direct ;; newest) resolution=highest ;; esac; \
	  { echo "# Made from pyproject.toml by \`make lock\`, which renews it: the $$which releases that krmfn's dependencies allow."; \
	    $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	      --resolution $$resolution pyproject.toml; \
	  } > tests/tools/$$which/requirements.lock.new && \
	  mv tests/tools/$$which/requirements.lock.new tests/tools/$$which/requirements.lock || exit 1; done

clean: ## remove what make made in this checkout; the user's cache stays
	rm -rf $(VENV) dist .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis site/html

$(VENV)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'krmfn needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.13, or another that you have'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: $(VENV)/pip pyproject.toml requirements.lock
	$(INSTALL) --requirement requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@

# Wheels only: whoever has no compiler is told so at once. A test holds that a lock has all that pyproject.toml asks for.
$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	$(INSTALL) --only-binary=:all: --requirement requirements-dev.lock
	@touch $@

$(VENV)/judges: $(VENV)/dev requirements-judges.lock
	$(INSTALL) --only-binary=:all: --requirement requirements-judges.lock
	@touch $@

# A fuzzer with wheels for CPython 3.11 to 3.13 on Linux: nothing else asks for it.
$(VENV)/fuzz: $(VENV)/dev requirements-fuzz.lock
	$(INSTALL) --only-binary=:all: --requirement requirements-fuzz.lock
	@touch $@

# An environment of its own: what builds the site is nothing that krmfn or its tests need.
$(VENV)/site/installed: $(VENV)/pip requirements-site.lock
	$(PYTHON) -m venv $(VENV)/site
	$(VENV)/site/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary=:all: \
	  --requirement requirements-site.lock
	@touch $@

# An environment of its own: what looks at the others is not among them.
$(VENV)/supply/installed: $(VENV)/pip requirements-supply.lock
	$(PYTHON) -m venv $(VENV)/supply
	$(VENV)/supply/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary=:all: \
	  --requirement requirements-supply.lock
	@touch $@
