#!/bin/sh
# Builds the OpenTelemetry Collector of docker-compose.yml's version from Go modules, with the parts that otel-collector.yaml
# uses, and prints where it is. Kept in a cache by the manifest's content; a few minutes when it is not there. Needs Go.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
manifest=$here/collector-manifest.yaml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/brom-ctx
out=$cache/otelcol-$(sha256sum "$manifest" | cut -c 1-16)
if [ ! -x "$out" ]; then
  version=$(sed -n 's/^  version: //p' "$manifest")
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$cache"
  {
    GOBIN=$work go install "go.opentelemetry.io/collector/cmd/builder@v$version"
    cd "$work"
    # The builder's own tidy fails on modules that only tests need; go.mod is written by then.
    ./builder --config "$manifest" --skip-compilation || true
    cd dist
    go mod tidy -e
    go build -mod=mod -trimpath -ldflags '-s -w' -o "$out.$$" .
    mv "$out.$$" "$out"
  } >&2
fi
echo "$out"
