#!/bin/sh
# Loads compose files as Docker Compose does (its own library) and prints them with everything resolved. Exits 1 with
# the reason if they are not valid. compose-check.sh FILE... Needs Go.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/brom-ctx
out=$cache/compose-check-$(cat "$here"/compose-check/* | sha256sum | cut -c 1-16)
if [ ! -x "$out" ]; then
  mkdir -p "$cache"
  (cd "$here/compose-check" && go build -trimpath -o "$out.$$" . && mv "$out.$$" "$out") >&2
fi
exec "$out" "$@"
