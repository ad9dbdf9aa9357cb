#!/bin/sh
# Print the newest Python that triagebot runs well on, or say what is missing.
#
# From Python 3.12 on the job engine needs SQLite 3.42, so an older Python with the
# same SQLite is the better one. An environment that is there already stays in use.
# PYTHON=… overrides the search, not the checks.
set -u

checks='
import sqlite3, sys
if not (3, 11) <= sys.version_info[:2]:
    sys.exit("Python %d.%d is older than 3.11" % sys.version_info[:2])
if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
    sys.exit("its SQLite %s is older than 3.42, which Python 3.12 and newer need here" % sqlite3.sqlite_version)
try:
    import ensurepip, venv
except ImportError:
    sys.exit("it cannot make virtual environments (on Debian: apt install python3-venv)")
print(sys.executable)
'

for name in ${PYTHON:-.venv/bin/python python3.14 python3.13 python3.12 python3.11 python3 python}; do
    found=$(command -v "$name") || continue
    if answer=$("$found" -c "$checks" 2>&1); then
        echo "$answer"
        exit 0
    fi
    refused="${refused:-}
  $found: $(printf '%s\n' "$answer" | tail -n 1)"
done

cat >&2 <<END
No suitable Python was found. triagebot needs Python 3.11 or newer with its venv module;
from 3.12 on also SQLite 3.42 or newer inside it. Looked at:${refused:- nothing, none is on the PATH}
Install one, or name it: make setup PYTHON=/path/to/python3.11
END
exit 1
