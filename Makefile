# Everything there is to do here. "make help" prints the list.
#
# A fresh machine needs git, a C compiler and rustup; rust-toolchain.toml brings the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
# The night of the demonstration, and the size of its ledger.
AS_OF ?= 2026-11-20
INVOICES ?= 100000
SEED ?= 7
# Where "make data" puts its ledger; it may be large.
DATA ?= data

RELANCE := target/release/relance

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RELANCE) ## Generate a ledger of 100 000 invoices into demo/, run a night on it, print the figures
	rm -rf demo
	$(RELANCE) generate --invoices $(INVOICES) --seed $(SEED) --as-of $(AS_OF) --out demo
	$(RELANCE) run --job demo/relance.yaml --as-of $(AS_OF)
	@echo
	@echo "The tables of the night, Parquet, one file each:"
	@ls demo/out/as_of=$(AS_OF)
	@echo "The rules that decided: demo/rules/fr-b2b; the job: demo/relance.yaml"

.PHONY: test
test: ## Run every test
	@if $(CARGO) nextest --version > /dev/null 2>&1; then \
		$(CARGO) nextest run --locked --no-fail-fast && $(CARGO) test --locked --doc; \
	else \
		$(CARGO) test --locked --no-fail-fast; \
	fi

.PHONY: bench
bench: ## Measure every stage and the whole night; answers are checked too
	$(CARGO) bench --locked

.PHONY: data
data: $(RELANCE) ## Generate a large ledger: make data INVOICES=10000000 DATA=data
	$(RELANCE) generate --invoices $(INVOICES) --seed $(SEED) --as-of $(AS_OF) --out $(DATA)

.PHONY: lint
lint: ## Check the code with clippy, warnings are errors
	$(CARGO) clippy --locked --all-targets -- -D warnings

.PHONY: fmt
fmt: ## Format the code
	$(CARGO) fmt --all

.PHONY: fmt-check
fmt-check: ## Check that the code is formatted
	$(CARGO) fmt --all --check

.PHONY: audit
audit: ## Check licences, sources and known faults of all dependencies
	.ci/audit

.PHONY: doc
doc: ## Build the documentation of the code, warnings are errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items

.PHONY: all
all: fmt-check lint test audit doc ## Everything a change has to pass

# Cargo knows best whether the binary is up to date.
.PHONY: $(RELANCE)
$(RELANCE):
	$(CARGO) build --locked --release
