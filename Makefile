# Every target makes the environment it needs first: `make demo` and `make test` work on a fresh checkout.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
MEMBERS := platform plugins/classification plugins/ner plugins/qa plugins/translation
export TOKENIZERS_PARALLELISM := false

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check quality bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: .venv/ready ## build .venv with the platform, the plugins and the tools

.venv/ready: constraints.txt pyproject.toml $(MEMBERS:=/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) "pip>=25.1,<26" -c constraints.txt
	$(PIP) -c constraints.txt -e "platform[demo,compile,onnxruntime,ctranslate2]" -e plugins/classification -e plugins/ner -e "plugins/qa[documents,index]" -e "plugins/translation[documents]" --group lint --group test --group bench
	touch $@

demo: setup ## tune three tasks on one trunk, serve them, answer from help pages, draft a translated reply
	$(BIN)/python examples/support_desk/demo.py

serve: setup ## leave a server of the demo's models running on 127.0.0.1:8000
	$(BIN)/python examples/support_desk/demo.py --serve

check: setup ## lint, types, floors; every command and snippet of the documents runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/documents

test: setup ## all tests but those of the documents, which `make check` runs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/documents

quality: setup ## tune on the real corpora beside the reference; hours; resumes; rows: ROWS="banking77 snips"
	$(BIN)/python -m benchmarks.quality $(ROWS)

bench: setup ## time it beside its peers, each in an environment of its own; an hour; resumes; rows: ROWS="four-tasks http"
	$(BIN)/python -m benchmarks.speed $(ROWS)

clean: ## remove what the build left
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
