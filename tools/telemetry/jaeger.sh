#!/bin/sh
# Builds Jaeger 2.13 (its query API, without pages) from Go modules and prints where it is. Keeps it in a cache.
# Building takes some minutes. Needs Go. Run it with `--config tools/telemetry/jaeger.yaml`.
set -eu
module=github.com/jaegertracing/jaeger
version=v1.76.0 # the module's version of 2.13
cache=${XDG_CACHE_HOME:-$HOME/.cache}/brom-ctx
out=$cache/jaeger-$version
if [ ! -x "$out" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$cache"
  cd "$work"
  {
    go mod init jaeger-build
    go mod download $module@$version
    source=$(go env GOMODCACHE)/$module@$version
    # Its go.mod has replacements, which `go install` refuses, so this builds with the same ones.
    sed 's#^module .*#module jaeger-build#' "$source/go.mod" >go.mod
    cp "$source/go.sum" go.sum
    chmod u+w go.mod go.sum
    go mod edit -require=$module@$version
    go mod download $module@$version
    go build -mod=mod -trimpath -ldflags '-s -w' -o "$out.$$" $module/cmd/jaeger
    mv "$out.$$" "$out"
  } >&2
fi
echo "$out"
