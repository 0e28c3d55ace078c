#!/bin/sh
# Compiles requirements*.in into one lock per platform. Never with --universal: a marker of Rasa's
# then picks a numpy that the rest of the list cannot live with.
set -eu
uv=.venv/bin/uv
compile() { # target-name uv-platform
    $uv pip compile -q --python-version 3.10 --python-platform "$2" --generate-hashes --no-annotate --no-header \
        requirements.in -o "requirements/$1-run.lock"
    $uv pip compile -q --python-version 3.10 --python-platform "$2" --generate-hashes --no-annotate --no-header \
        -c "requirements/$1-run.lock" requirements-dev.in -o "requirements/$1-dev.lock"
}
# What `make fuzz` brings along has a place of its own, and no Rasa in it: one list for every platform.
$uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-annotate --no-header \
    tests/fuzz/requirements.in -o tests/fuzz/requirements.txt
compile linux-x86_64 x86_64-manylinux_2_28
compile linux-aarch64 aarch64-manylinux_2_28
compile macos-arm64 aarch64-apple-darwin
