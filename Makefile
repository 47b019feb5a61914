# The book's two commands are `make book` and `make test`; the rest is for authors.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SEEDS  ?= 1,2,3

.PHONY: book test serve clean claims sabotage help
.DEFAULT_GOAL := help

help:          ## show these lines
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/' | expand -t 12

book: $(VENV)/.book      ## set up, execute every chapter, build _build/html, print its path
	@$(BIN)/python book/_tools/build.py

test: $(VENV)/.test      ## set up, check everything that guards the book
	@$(BIN)/python book/_tools/check.py

serve: book              ## show the built book at http://127.0.0.1:8000
	@$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

claims: $(VENV)/.book    ## run every claim on other base seeds: make claims SEEDS=1,2,3
	@$(BIN)/python book/_tools/claims.py --seeds $(SEEDS)

sabotage: $(VENV)/.test  ## break each chapter on purpose and see its claim turn red
	@$(BIN)/python book/_tools/sabotage.py

clean:                   ## remove what was built; the set-up stays
	rm -rf _build

# A stamp stands for a finished set-up; it is made anew when the pins or the package change.
$(VENV)/.book: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[book]"
	@touch $@

$(VENV)/.test: $(VENV)/.book
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
