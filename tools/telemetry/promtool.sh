#!/bin/sh
# Prints where promtool is. As root on Debian, installs it first if it is missing.
set -eu
if ! command -v promtool >/dev/null; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "promtool is missing: apt-get install prometheus" >&2
    exit 69
  fi
  {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus
  } >&2
fi
command -v promtool
