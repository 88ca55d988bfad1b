#!/bin/sh
# Builds the OpenTelemetry Collector in docker-compose.yml's version from Go modules, with the parts that
# otel-collector.yaml uses, and prints where it is. Keeps it in a cache by the manifest's content. Building takes a few
# minutes. Needs Go.
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
    # The builder's own tidy fails on modules that only tests need. go.mod has been written by then.
    ./builder --config "$manifest" --skip-compilation || true
    cd dist
    go mod tidy -e
    go build -mod=mod -trimpath -ldflags '-s -w' -o "$out.$$" .
    mv "$out.$$" "$out"
  } >&2
fi
echo "$out"
