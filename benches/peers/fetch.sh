#!/usr/bin/env bash
# Installs the peers from npm, Bun itself among them, into node_modules, which git ignores.
set -euo pipefail
cd "$(dirname "$0")"

npm install --no-audit --no-fund --no-package-lock --loglevel=error
echo "Bun $(node_modules/.bin/bun --version)"
