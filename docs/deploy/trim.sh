#!/bin/sh
# Remove from an environment (the argument) what running Gedi does not need: debug symbols, tests and headers of
# libraries, and locales of babel, which only trafilatura's filter of languages would use. Needs strip of binutils.
set -eu
libraries=$(echo "$1"/lib/python3*/site-packages)
find "$libraries" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
find "$libraries" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' \) -delete
find "$libraries/babel/locale-data" -name '*.dat' ! -name 'root.dat' ! -name 'en*' ! -name 'zh*' -delete
# Libraries that were bundled afterwards (*.libs) are left alone: strip may damage them.
find "$libraries" -type f -name '*.so' ! -path '*.libs/*' -exec strip --strip-debug {} +
