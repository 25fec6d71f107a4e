# Everything runs in .venv, which `make setup` makes; nothing is installed outside the checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test test-all check format lint types docs bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; v = sys.version_info; assert (3, 11) <= v[:2] <= (3, 13), f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}; name one with PYTHON=..."'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint requirements-dev.lock --editable '.[tensorflow,dev,joblib,submitit,ray,optuna,parquet,onnx,openvino,simpleitk,zarr,tensorboard,docs]'
	touch $(STAMP)
	@echo "unetgen is installed in $(VENV): . $(BIN)/activate, or call $(BIN)/unetgen"

# Real images from data set to prediction, in 2D and 3D; and the article's network, built and trained one step at full size.
demo: setup
	$(BIN)/python -m unetgen show unet3d_depth2
	$(BIN)/python -m unetgen build unet3d_depth2 --out out/unet3d_depth2
	$(BIN)/python docs/demo.py out/unet3d_depth2/model.keras
	$(BIN)/python -m pip install --quiet --no-deps --constraint requirements-dev.lock nilearn
	rm -rf out/demo
	$(BIN)/python docs/demo_images.py out/demo
	$(BIN)/python -m unetgen data out/demo/tissue/run.yaml --preview out/demo/tissue/samples.png
	$(BIN)/python -m unetgen train out/demo/tissue/run.yaml --out out/demo/tissue/run
	$(BIN)/python -m unetgen predict out/demo/tissue/run/model.keras out/demo/tissue/images --out out/demo/tissue/predicted --quiet
	$(BIN)/python -m unetgen evaluate --predictions out/demo/tissue/predicted --masks out/demo/tissue/masks --labels 0=rest,255=stained --no-distances
	$(BIN)/python -m unetgen train out/demo/brain/run.yaml --out out/demo/brain/run
	$(BIN)/python -m unetgen predict out/demo/brain/run/model.keras out/demo/brain/images --out out/demo/brain/predicted --quiet
	@echo "look at out/demo/tissue/run/cases.png, out/demo/brain/run/cases.png and the report.html beside each"

# The first of two tiers (tests/tiers.py).
test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-all: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal -m ''

check: lint types

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

# Everything that is made from the code, and then the site, in out/site.
docs: setup
	$(BIN)/python -m unetgen schema > configs/unetgen.schema.json
	$(BIN)/python -m unetgen schema --run > configs/unetgen-run.schema.json
	$(BIN)/python -m unetgen.config.schema.page > docs/config.md
	$(BIN)/python -m unetgen.config.schema.groups configs
	$(BIN)/python docs/make_zoo.py
	$(BIN)/python docs/make_gallery.py
	$(BIN)/python docs/make_source.py
	$(BIN)/python docs/make_commands.py
	$(BIN)/python docs/make_api.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "open out/site/index.html"

bench: setup
	mkdir -p out
	$(BIN)/python -m benchmarks --json out/benchmarks.json --markdown out/benchmarks.md

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
