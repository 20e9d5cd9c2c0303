# Employer portal. `make help` lists the targets; every one prepares .venv first, which takes
# milliseconds once it is there. Another Python: make PYTHON=python3.12 demo

PYTHON ?= python3
BOOTSTRAP := $(PYTHON) -I portal/bootstrap.py
BIN := .venv/bin
CODE := portal groups accounts messaging roster billing tests manage.py

# What `check --deploy` is asked about: a production start with made-up values.
PRODUCTION := env -u PORTAL_ENV LOG_LEVEL=ERROR SECRET_KEY=made-up-key-for-the-deployment-check-0123456789-abcdefghij-KLMNOP \
	ACCESS_CODE_KEY=made-up-key-for-the-deployment-check SEALING_KEYS=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= \
	BASE_URL=https://portal.example ALLOWED_HOSTS=portal.example SMTP_HOST=mail.example \
	DATABASE_URL=postgresql://portal@127.0.0.1:1/portal REDIS_URL=redis://127.0.0.1:1/0

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset persons shell test cover check fmt bench ui lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Start the whole portal with made-up data (PORT=8001 for another port); Ctrl-C stops it
	@exec $(BOOTSTRAP) demo

demo-reset: ## The same on fresh data
	@exec $(BOOTSTRAP) demo reset

persons: ## Print the demo's persons and passwords as JSON
	@$(BOOTSTRAP) run python -m portal.demo manage persons

shell: ## Open a Django shell on the running demo
	@$(BOOTSTRAP) run python -m portal.demo manage shell

test: ## Run all tests (ONLY="tests/accounts tests/guards", PYTEST_ARGS="-x -k seal")
	@exec $(BOOTSTRAP) test $(ONLY) $(PYTEST_ARGS)

cover: ## Run all tests and measure what they reach; fails below the limit in pyproject.toml
	@exec $(BOOTSTRAP) test --cov --cov-report=term-missing:skip-covered $(ONLY) $(PYTEST_ARGS)

check: ## Lint, format, types, import contracts, templates, migrations, deployment settings, locks
	@$(BOOTSTRAP) ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --lint templates
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	@$(PRODUCTION) $(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements*.txt || \
		{ echo "A lock file names a host: run make lock."; exit 1; }
	@echo "All checks passed."

fmt: ## Format the code and mend what can be mended by itself
	@$(BOOTSTRAP) ready
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} + || true

bench: ## Measure (ONLY=pages|tenancy|book|expiry_sweep|statements|transactions|pages:home); one JSON line a figure
	@$(BOOTSTRAP) run python -m tests.bench $(ONLY)

ui: ## Rebuild static/css, static/js and the icons from static/source (needs npm)
	cd static/source && npm ci --no-audit --no-fund && npm run build

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
lock: ## Resolve pyproject.toml anew into the hash-pinned lock files (UPGRADE=1: newest versions)
	@$(BOOTSTRAP) ready
	$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.txt
	$(LOCK) $(if $(UPGRADE),--upgrade) --group dev -c requirements.txt -o requirements-dev.txt
