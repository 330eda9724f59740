# `make help` lists what there is to do. Every target does its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PORT ?= 8000
CLIENTS := tests/e2e/clients
export SAM_CLI_TELEMETRY := 0

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: venv ## Serve the API on this machine, with sample models and demo keys (PORT=8000)
	@exec .venv/bin/python -m localcloud --port $(or $(PORT),8000)

.PHONY: test
test: venv venv-ministack venv-codex-lb ## Run the tests with coverage (ARGS='-k word' for some)
	@.venv/bin/python -m pytest -m 'not clients' $(or $(ARGS),--cov -n auto --maxprocesses 4 --dist worksteal)

.PHONY: stress
stress: venv venv-ministack ## Hold the quotas to their limits, 20 times over (some minutes)
	@.venv/bin/python -m pytest tests/integration/test_exact_admission.py --runs 20

.PHONY: test-clients
test-clients: venv $(CLIENTS)/node_modules/.made ## Try the Node clients (needs Node 20, fetches npm packages)
	@.venv/bin/python -m pytest -m clients tests/e2e

$(CLIENTS)/node_modules/.made: $(CLIENTS)/package-lock.json
	@echo "Fetching the clients ..."
	@npm --prefix $(CLIENTS) ci --silent
	@touch $@

.PHONY: format
format: venv ## Format the code and mend what the linter can
	@.venv/bin/ruff format --quiet
	@.venv/bin/ruff check --fix-only --quiet

.PHONY: lint
lint: venv ## Check format, lint, types, imports and template
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/ruff check --quiet
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/cfn-lint template.yaml

.PHONY: check
check: lint validate test ## All of lint, the template's validation and the tests

.PHONY: validate
validate: venv-sam ## Validate the template with SAM
	@.venv-sam/bin/sam validate --lint

.PHONY: build
build: venv-sam ## Build what is deployed into .aws-sam/
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH" sam build

.PHONY: build-here
build-here: venv-sam ## Build the same for this machine's processor, to run it here
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH" ARCHITECTURE=$(HERE) sam build \
	  --build-dir .aws-sam/here --cache-dir .aws-sam/cache-here
HERE := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)

.PHONY: deploy
deploy: build ## Deploy to the AWS account of your credentials
	@.venv-sam/bin/sam deploy

.PHONY: docs
docs: venv ## Write what is generated anew: the registry's schema and the references
	@.venv/bin/modelctl registry schema > registry/registry.schema.json
	@.venv/bin/python -m modelctl.reference > docs/modelctl.md
	@.venv/bin/python -m modelctl.field_reference docs/registry.md

.PHONY: bench
bench: venv ## Measure, as ratios within one run
	@.venv/bin/python bench/compile_registry.py

.PHONY: lock
lock: venv ## Write requirements/*.txt anew with the newest versions allowed
	@for name in uv codex-lb ministack sam; do \
	  .venv-uv/bin/uv pip compile $(LOCK) --upgrade requirements/$$name.in -o requirements/$$name.txt; done
	@.venv-uv/bin/uv pip compile $(LOCK) --upgrade pyproject.toml -o requirements/runtime.txt
	@.venv-uv/bin/uv pip compile $(LOCK) --upgrade pyproject.toml --group dev \
	  --constraint requirements/runtime.txt -o requirements/dev.txt
LOCK := --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.13 \
  --no-annotate --custom-compile-command 'make lock'

.PHONY: clean
clean: ## Remove what make made, environments included
	@rm -rf .venv .venv-* .aws-sam .local .coverage .coverage.* .hypothesis .*_cache $(CLIENTS)/node_modules
	@find bench functions layers tests tools -name __pycache__ -prune -exec rm -rf {} +

.PHONY: venv venv-codex-lb venv-ministack venv-sam
venv:
	@./bootstrap .venv dev
venv-codex-lb:
	@./bootstrap .venv-codex-lb codex-lb
venv-ministack:
	@./bootstrap .venv-ministack ministack
venv-sam:
	@./bootstrap .venv-sam sam
