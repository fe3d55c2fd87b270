# The commands of the README. Each sets up what it needs; ARGS are passed on.
PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check
ARGS ?=
# LOCK=1, as CI says: exactly the versions of requirements-lock.txt, each file proved by its hash.
LOCK ?=

# A test starts some Python; where nothing compiled may be kept, each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test quick check smoke bench soak clean test-ray bench-ray test-integrations

run: $(VENV)/.run-ready
	@$(VENV)/bin/python launch.py $(ARGS)

# What measures time or fills the machine has it for itself, after all that can share it. With ARGS,
# such as ARGS="tests/faults -k disk", what they name is run, one test after the other.
PYTEST = $(VENV)/bin/python -m pytest
ALONE = $$(grep -rl --include='test_*.py' 'pytest.mark.alone' tests)
SHARED = --maxprocesses 4 --dist worksteal
test: check
ifeq ($(strip $(ARGS)),)
	$(PYTEST) -m "not alone" -n auto $(SHARED) --durations 10
	$(PYTEST) -m alone --durations 10 $(ALONE)
else
	$(PYTEST) $(ARGS)
endif

# For while you edit: no server, browser, launcher or worker is started, few networks are trained.
# In these folders there is no other test; to read them takes a second.
NOT_QUICK = --ignore tests/browser --ignore tests/faults
quick: check
	$(PYTEST) -m "not alone and not processes and not thorough and not faults" $(NOT_QUICK) -n logical $(SHARED) --durations 10 $(ARGS)

# The page's scripts and styles; npx fetches the checker once, into npm's own cache.
BIOME = npx --yes @biomejs/biome@2.6.8 check --config-path dashboard/page/checks.json dashboard/page/static tests/dashboard/page
# Two processes where nothing is kept of the code yet; where the machine is so busy that one does not
# begin in time, that ends with code 2 and is done again by one.
COLD_MYPY = $(VENV)/bin/mypy --num-workers 2 || { test $$? = 2 && $(VENV)/bin/mypy; }
MYPY = $(if $(wildcard .mypy_cache),$(VENV)/bin/mypy,$(COLD_MYPY))
check: $(VENV)/.test-ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(MYPY)
	@if command -v npx >/dev/null; then $(BIOME); \
	else echo "node is not installed: the page's scripts were not checked"; test -z "$$CI"; fi

# The launcher and the page alone: a quick proof for another Python version.
smoke: $(VENV)/.test-ready
	$(VENV)/bin/python -m pytest -m smoke $(ARGS)

# The Ray engine on a cluster of two nodes on this machine; Ray is not needed for anything else.
test-ray: $(VENV)/.ray-ready
	$(VENV)/bin/python -m pytest -m ray $(ARGS)

# What records from other people's trainers, with the real libraries; nothing else needs them.
test-integrations: $(VENV)/.integrations-ready
	$(VENV)/bin/python -m pytest -m integrations $(ARGS)

bench-ray: $(VENV)/.ray-ready
	$(VENV)/bin/python -m tests.benchmarks.bench_ray $(ARGS)

bench: $(VENV)/.test-ready
	$(VENV)/bin/python -m tests.benchmarks $(ARGS)

# Debian's python3 has no ensurepip unless python3-venv is installed; pip itself can fill the gap.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Trainboard needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { $(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(VENV)/bin/python install pip; }

# What builds Visdom comes first, by hash too; then nothing is left to choose for those below.
$(VENV)/.locked: requirements-lock.txt | $(VENV)/bin/python
	sed -nE '/^(packaging|setuptools|wheel)==/,/[^\\]$$/p' $< >$(VENV)/building.txt
	$(PIP) install --quiet --require-hashes -r $(VENV)/building.txt
	$(PIP) install --quiet --require-hashes --no-build-isolation -r $<
	@touch $@

$(VENV)/.run-ready: requirements.txt $(if $(LOCK),$(VENV)/.locked) | $(VENV)/bin/python
	@echo "Setting up $(abspath $(VENV)), once: about 5 GB of packages, most of it PyTorch and what it needs of CUDA."
	@echo "pip says of each how large it is and how far; what was downloaded before is not again."
	$(PIP) install --quiet "setuptools<81" wheel
	@$(PIP) install --no-build-isolation -r requirements.txt
	@touch $@

EXTRAS = requirements-search.txt requirements-pandas.txt requirements-tensorboard.txt requirements-figures.txt requirements-wandb.txt
$(VENV)/.test-ready: tests/requirements.txt $(EXTRAS) $(VENV)/.run-ready
	$(PIP) install --quiet -r tests/requirements.txt $(addprefix -r ,$(EXTRAS))
	@touch $@

$(VENV)/.ray-ready: requirements-ray.txt $(VENV)/.test-ready
	$(if $(LOCK),$(PIP) install --quiet --require-hashes --no-deps -r requirements-ray-lock.txt)
	$(PIP) install --quiet -r requirements-ray.txt
	@touch $@

LIBRARIES = requirements-lightning.txt requirements-hf.txt requirements-keras.txt tests/requirements-integrations.txt
$(VENV)/.integrations-ready: $(LIBRARIES) $(VENV)/.test-ready
	$(if $(LOCK),$(PIP) install --quiet --require-hashes --no-deps -r requirements-integrations-lock.txt)
	$(PIP) install --quiet $(LIBRARIES:%=-r %)
	@touch $@

# Every fault at random against one experiment for a while, then an audit of the books.
MINUTES ?= 5
soak: $(VENV)/.test-ready
	$(VENV)/bin/python -m tests.benchmarks.soak $(MINUTES)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
