#!/bin/sh
# A throwaway Postgres cluster of Debian's packages, for integration tests: listens on 127.0.0.1 only, trusts whoever
# connects, fsync as in production. `kill` ends it as a crash does; the next `start` recovers.
set -eu

usage() {
  echo "usage: $0 install | start|stop|kill|restart|status DIR PORT" >&2
  exit 64
}

install_packages() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "Postgres is missing: apt-get install postgresql" >&2
    exit 69
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
}

# The newest of the installed versions.
find_bin() {
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] && [ -x "$found/initdb" ] && echo "$found"
}

[ $# -ge 1 ] || usage
if [ "$1" = install ]; then
  find_bin >/dev/null || install_packages
  find_bin
  exit 0
fi

[ $# -eq 3 ] || usage
COMMAND=$1
PORT=$3
BIN=$(find_bin || { install_packages && find_bin; })
mkdir -p "$2"
DIR=$(cd "$2" && pwd)
DATA=$DIR/data

# Postgres refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

running() { as_postgres "$BIN/pg_ctl" -D "$DATA" status >/dev/null 2>&1; }

start() {
  if [ ! -s "$DATA/PG_VERSION" ]; then
    [ "$(id -u)" -ne 0 ] || chown postgres "$DIR"
    as_postgres "$BIN/initdb" -D "$DATA" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$DIR/initdb.log" 2>&1
  fi
  running || as_postgres "$BIN/pg_ctl" -D "$DATA" -l "$DATA/server.log" -w -t 60 -s \
    -o "-h 127.0.0.1 -p $PORT -k ''" start
  echo "DATABASE_URL=postgres://postgres@127.0.0.1:$PORT/postgres"
}

stop() { if running; then as_postgres "$BIN/pg_ctl" -D "$DATA" -m fast -w -t 60 -s stop; fi; }

# The postmaster and its backends at once, without a farewell; -w waits until they are gone.
crash() { if running; then as_postgres "$BIN/pg_ctl" -D "$DATA" -m immediate -w -t 60 -s stop; fi; }

case $COMMAND in
  start) start ;;
  stop) stop ;;
  kill) crash ;;
  restart) stop && start ;;
  status) if running; then echo "running on 127.0.0.1:$PORT"; else echo "stopped"; exit 3; fi ;;
  *) usage ;;
esac
