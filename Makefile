# `make demo` and `make test` do all the set-up themselves, on Debian 12 or Ubuntu 24.04 and newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# The programs that the local session, the demo and the tests start, and the Debian packages that have them.
PROGRAMS := git:git buildah:buildah skopeo:skopeo newuidmap:uidmap docker-registry:docker-registry busybox:busybox-static
TEST_PROGRAMS := npm:npm curl:curl ssh-keygen:openssh-client
BENCH_PROGRAMS := curl:curl
MISSING = $(foreach pair,$(1),$(if $(shell command -v $(word 1,$(subst :, ,$(pair)))),,$(word 2,$(subst :, ,$(pair)))))

.PHONY: demo test test-faults check bench commands setup lock clean

demo: setup ## See a rehearsal, releases and refusals on this machine, and leave nothing behind
	@$(BIN)/python -m pipeline.demo

test: setup-test check ## Linters, types and all tests
	@$(BIN)/pytest -m "not full" -n 4 --dist loadfile

test-faults: setup-test ## The kill, fault and race matrices, whole
	@$(BIN)/pytest -m full

check: setup ## Linters and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup bench-programs ## This pipeline against the same work by hand; BENCH="--only growth" is a part of it
	@$(BIN)/python -m tests.bench $(BENCH)

setup: programs $(INSTALLED)

setup-test: setup test-programs
	@$(BIN)/python -m tests.binaries.tools

.PHONY: programs test-programs bench-programs setup-test
programs:
	@$(call install,$(call MISSING,$(PROGRAMS)))

test-programs:
	@$(call install,$(call MISSING,$(TEST_PROGRAMS)))

bench-programs:
	@$(call install,$(call MISSING,$(BENCH_PROGRAMS)))

define install
if [ -n "$(strip $(1))" ]; then \
	echo "installing: $(strip $(1))"; \
	$(SUDO) apt-get update -qq && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(strip $(1)) >/dev/null; \
fi
endef

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is older: pass another, as in make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
		{ $(call install,python3-venv); $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

commands: setup ## Derive the terminal command's table and docs/reference from the code
	@$(BIN)/python -m pipeline.cli.derive
	@$(BIN)/python -m tests.reference

# The lock files have versions and hashes, and no addresses.
UV := $(BIN)/uv pip compile -q --no-sources --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: ## Pin all dependencies anew
	@$(UV) pyproject.toml --constraint constraints.txt -o requirements.lock
	@$(UV) pyproject.toml --extra dev --constraint constraints.txt --constraint requirements.lock -o requirements-dev.lock

clean: ## Remove what setup made
	rm -rf $(VENV) .cache build dist sdk .mypy_cache .pytest_cache .ruff_cache .hypothesis
