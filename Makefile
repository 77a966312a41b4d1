# Everything a person does with VaultPay by hand. Needs make and Python 3.11 or newer, nothing else.
PYTHON ?= python3
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test bench check faults fuzz shots verify reset messages docs lock venv venv-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: venv ## start the whole product in sandbox mode (PORT=8000, V=1 shows every process's log)
	@exec $(RUN) -m vaultpay.launch run

test: venv-dev ## every test, on real PostgreSQL, in a real browser if there is one (ARGS="tests/payments -k refund")
	@$(RUN) -m pytest -n auto --dist loadgroup $(ARGS)

check: venv-dev ## formatting, lint, types, floors, migrations, translations, live settings, templates
	@$(RUN) -m tools.check

verify: venv ## are the books, the audit chain and the network's book all in agreement?
	@exec $(RUN) -m vaultpay.launch verify

shots: venv-dev ## photograph every page in ja and en, light and dark, narrow and wide, into screenshots/
	@VAULTPAY_SHOTS=1 VAULTPAY_REQUIRE_BROWSER=1 $(RUN) -m pytest -q tests/browser -m shots $(ARGS)

faults: venv-dev ## kill -9 of every process while people go on buying; a crash at each single step (ROUNDS=20 SEED=1)
	@VAULTPAY_FAULT_ROUNDS=$(or $(ROUNDS),20) VAULTPAY_FAULT_SEED=$(or $(SEED),1) $(RUN) -m pytest -q tests/faults tests/races/test_crashes_of_each_kind.py $(ARGS)

bench: venv-dev ## how fast each thing is, beside the floor under it (QUICK=1, ARGS="charge books")
	@$(RUN) -m benchmarks $(ARGS)

fuzz: venv-dev ## ask every call of the API 2,000 made-up questions: none meets a bug (EXAMPLES=2000)
	@VAULTPAY_FUZZ_EXAMPLES=$(or $(EXAMPLES),2000) $(RUN) -m pytest -q -rP tests/api/test_fuzz.py -n auto $(ARGS)

reset: ## forget the sandbox: its databases, keys, demo people and logs
	@$(PYTHON) tools/reset.py

messages: venv-dev ## collect every sentence for translation into locale/, and compile what is there
	@$(RUN) -m tools.messages update

docs: venv-dev ## write the pages of docs/ that are made from the code
	@$(RUN) -m tools.docs

lock: venv-dev ## choose library versions anew from pyproject.toml, with hashes
	@$(RUN) -m tools.lock

venv:
	@$(PYTHON) tools/prepare.py

venv-dev:
	@$(PYTHON) tools/prepare.py --dev
