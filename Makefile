# `make help` lists what there is to do. Every target does its own set-up.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PORT ?= 8000
STACK ?= model-catalog
CLIENTS := tests/e2e/clients
PYTHON_CLIENTS := any-llm hermes litellm llm
export SAM_CLI_TELEMETRY := 0
unexport PYTHONDONTWRITEBYTECODE # else each process of a test compiles everything anew

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: venv ## Serve the API on this machine, with sample models and demo keys (PORT=8000)
	@exec .venv/bin/python -m localcloud --port $(or $(PORT),8000)

.PHONY: test
test: venv venv-audit venv-codex-lb venv-lambda venv-ministack build-here ## Run the tests with coverage (ARGS='-k word' for some)
	@.venv/bin/python -m pytest -m 'not clients' $(or $(ARGS),--cov -n auto --maxprocesses 4 --dist worksteal)

.PHONY: stress
stress: venv venv-ministack ## Hold the quotas to their limits, 20 times over (some minutes)
	@.venv/bin/python -m pytest tests/integration/test_exact_admission.py --runs 20

.PHONY: reliability
reliability: venv venv-ministack ## Break what the functions depend on in 77 ways, and write docs/reliability.md (4 minutes)
	@.venv/bin/python -m pytest tests/faults --ignore tests/faults/test_page.py --write-reliability

.PHONY: fuzz
fuzz: venv ## Make up 50,000 requests, and 1,000 examples for each property (20 minutes)
	@.venv/bin/python -m pytest tests/e2e/test_schemathesis.py --runs 25 -n auto --maxprocesses 4
	@FUZZ_TIMES=10 .venv/bin/python -m pytest -m hypothesis tests/unit tests/integration -n auto --maxprocesses 4

.PHONY: mutation
mutation: venv venv-mutation ## Change the core in 1,100 ways, and see a test fail each time (10 minutes; ARGS=limits for a part)
	@.venv/bin/python mutation/run.py $(ARGS)

.PHONY: test-clients
test-clients: venv ## Try the real clients (needs Node 20; fetches 2 GB; PYTHON_CLIENTS= leaves out Python's)
	@$(MAKE) --no-print-directory -j 2 clients
	@.venv/bin/python -m pytest -m clients $(if $(PYTHON_CLIENTS),tests/e2e,$(NPM_CLIENT_TESTS)) -n 2 --dist worksteal
NPM_CLIENT_TESTS := tests/e2e/test_clients.py tests/e2e/test_clients_opencode.py

.PHONY: test-browser
test-browser: venv-browser ## Try the pages in Chromium, and refresh their pictures (installs it as root on Debian; else CHROMIUM=path)
	@CHROMIUM=$$(tests/browser/find_chromium) && export CHROMIUM && PYTHONPATH=functions:layers/shared:tools \
	  .venv-browser/bin/python -m pytest tests/browser -n 2 --dist worksteal --write-screenshots

.PHONY: clients
clients: $(CLIENTS)/node_modules/.made $(PYTHON_CLIENTS:%=venv-client-%)

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
check: lint validate audit test ## All of lint, the template's validation, the audit and the tests

.PHONY: validate
validate: venv-sam venv-checkov ## Validate the template with SAM, and scan it for weak policies
	@.venv-sam/bin/sam validate --lint
	@.venv-checkov/bin/checkov --config-file .checkov.yaml

.PHONY: audit
audit: venv-audit ## Look for secrets and known vulnerabilities (AUDIT=--strict: fail if nobody can be asked)
	@PYTHONPATH=layers/shared .venv-audit/bin/python audit/find_secrets.py
	@.venv-audit/bin/python audit/dependencies.py $(AUDIT) requirements/*.txt

.PHONY: sbom
sbom: venv-audit build ## Build, and write the bill of materials of what was built: .aws-sam/sbom.json
	@.venv-audit/bin/python audit/sbom.py .aws-sam/build

.PHONY: build
build: venv-sam ## Build what is deployed into .aws-sam/
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH" sam build

.PHONY: build-here
build-here: venv-sam ## Build the same for this machine's processor, to run it here
	@mkdir -p .aws-sam/here
	@PATH="$(CURDIR)/.venv-sam/bin:$$PATH" ARCHITECTURE=$(HERE) sam build \
	  --build-dir .aws-sam/here/build --cache-dir .aws-sam/here/cache > .aws-sam/here/log 2>&1 || \
	  { cat .aws-sam/here/log; exit 1; }
HERE := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)

.PHONY: deploy
deploy: venv build ## Deploy to the AWS account of your credentials (STACK=model-catalog)
	@keep=$$(.venv/bin/modelctl prune --remember --stack $(STACK)) && \
	  .venv-sam/bin/sam deploy --stack-name $(STACK) && \
	  .venv/bin/modelctl prune --stack $(STACK) $$keep

.PHONY: docs
docs: venv ## Write what is generated anew: the schemas, the references, the API docs
	@.venv/bin/modelctl registry schema > registry/registry.schema.json
	@.venv/bin/python -m modelctl.reference > docs/modelctl.md
	@.venv/bin/python -m modelctl.field_reference docs/registry.md
	@.venv/bin/python -m localcloud.configuration_reference docs/configuration.md
	@.venv/bin/python -m contract text > docs/openapi.json
	@.venv/bin/python -m contract compact > functions/api/assets/openapi.json
	@.venv/bin/python -m contract page > functions/api/assets/docs.html

.PHONY: bench
bench: venv venv-bench venv-lambda venv-ministack build-here ## Measure against the targets, as ratios within one run (4 minutes)
	@PYTHONPATH=tests .venv/bin/python -m bench.measure; met=$$?; \
	  .venv-bench/bin/python bench/chart.py && .venv/bin/python bench/compile_registry.py && exit $$met

.PHONY: load
load: venv venv-bench venv-lambda venv-ministack build-here ## Ask like thousands of keys at once, and check all answers and counters (ARGS='--requests 100000')
	@PYTHONPATH=tests .venv/bin/python -m bench.load.measure $(ARGS); met=$$?; \
	  .venv-bench/bin/python bench/load/chart.py && exit $$met

.PHONY: simulate
simulate: venv-bench ## Work out on paper where admission ends as requests grow
	@.venv-bench/bin/python bench/simulate_admission.py --chart docs/img/scale.png

.PHONY: lock
lock: venv ## Write requirements/*.txt anew with the newest versions allowed
	@for name in uv audit bench checkov codex-lb lambda ministack mutation sam $(PYTHON_CLIENTS:%=client-%); do \
	  .venv-uv/bin/uv pip compile $(LOCK) --upgrade requirements/$$name.in -o requirements/$$name.txt; done
	@.venv-uv/bin/uv pip compile $(LOCK) --upgrade pyproject.toml -o requirements/runtime.txt
	@.venv-uv/bin/uv pip compile $(LOCK) --upgrade pyproject.toml --group dev \
	  --constraint requirements/runtime.txt -o requirements/dev.txt
	@.venv-uv/bin/uv pip compile $(LOCK) --upgrade pyproject.toml --group browser \
	  --constraint requirements/dev.txt -o requirements/browser.txt
LOCK := --quiet --universal --generate-hashes --python-version 3.13 \
  --no-annotate --custom-compile-command 'make lock'

.PHONY: clean
clean: ## Remove what make made, environments included
	@rm -rf .venv .venv-* .aws-sam .local .coverage .coverage.* .hypothesis .*_cache $(CLIENTS)/node_modules
	@find audit bench functions layers tests tools -name __pycache__ -prune -exec rm -rf {} +

.PHONY: venv venv-audit venv-bench venv-browser venv-checkov venv-codex-lb venv-lambda venv-ministack venv-mutation venv-sam
venv:
	@./bootstrap .venv dev
venv-audit:
	@./bootstrap .venv-audit audit
venv-bench:
	@./bootstrap .venv-bench bench
venv-browser:
	@./bootstrap .venv-browser browser
venv-checkov:
	@./bootstrap .venv-checkov checkov
venv-client-%:
	@./bootstrap .venv-client-$* client-$*
venv-lambda:
	@./bootstrap .venv-lambda lambda
venv-codex-lb:
	@./bootstrap .venv-codex-lb codex-lb
venv-ministack:
	@./bootstrap .venv-ministack ministack
venv-mutation:
	@./bootstrap .venv-mutation mutation
venv-sam:
	@./bootstrap .venv-sam sam
