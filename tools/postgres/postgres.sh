#!/bin/sh
# A throwaway Postgres cluster of Debian's packages, for integration tests. It listens only on POSTGRES_HOST
# (127.0.0.1), trusts every client, and uses fsync as in production. `kill` ends it like a crash, and the next `start`
# recovers. `standby` makes a streaming standby of the server at PRIMARY_PORT and starts it, `wait-for-standby` makes
# that server's commits wait for it, `promote` makes the standby the primary.
set -eu

usage() {
  echo "usage: $0 install | start|stop|kill|restart|status|wait-for-standby|promote DIR PORT | standby DIR PORT PRIMARY_PORT" >&2
  exit 64
}

install_packages() {
  if [ "$(id -u)" -ne 0 ]; then
    echo "Postgres is missing: apt-get install postgresql" >&2
    exit 69
  fi
  echo "installing Postgres" >&2
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

[ $# -eq 3 ] || [ "$1 $#" = "standby 4" ] || usage
COMMAND=$1
PORT=$3
PRIMARY_PORT=${4:-}
HOST=${POSTGRES_HOST:-127.0.0.1}
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
    # Other addresses of a private network, including the replicas' own.
    [ "$HOST" = 127.0.0.1 ] || printf 'host %s all samenet trust\nhost %s all 10.0.0.0/8 trust\n' all all replication replication \
      >>"$DATA/pg_hba.conf"
  fi
  running || as_postgres "$BIN/pg_ctl" -D "$DATA" -l "$DATA/server.log" -w -t 60 -s \
    -o "-h $HOST -p $PORT -k ''" start
  echo "DATABASE_URL=postgres://postgres@$HOST:$PORT/postgres"
}

# Deletes the former content of the directory, so a former primary can become a standby.
standby() {
  stop
  rm -rf "$DATA"
  [ "$(id -u)" -ne 0 ] || chown postgres "$DIR"
  as_postgres "$BIN/pg_basebackup" -D "$DATA" -d "host=$HOST port=$PRIMARY_PORT user=postgres" -c fast -X stream -R
  # The primary waits for its standby. A promoted standby has none.
  as_postgres sed -i '/^synchronous_standby_names/d' "$DATA/postgresql.auto.conf"
  # A primary that comes back should have its standby at once.
  as_postgres sh -c 'echo "wal_retrieve_retry_interval = 200" >>"$1"' sh "$DATA/postgresql.auto.conf"
  start
}

query() { "$BIN/psql" -q -v ON_ERROR_STOP=1 "host=$HOST port=$PORT user=postgres dbname=postgres" -c "$1"; }

wait_for_standby() {
  query "ALTER SYSTEM SET synchronous_standby_names = '*'"
  as_postgres "$BIN/pg_ctl" -D "$DATA" -s reload
}

promote() { as_postgres "$BIN/pg_ctl" -D "$DATA" -w -t 60 -s promote; }

stop() { if running; then as_postgres "$BIN/pg_ctl" -D "$DATA" -m fast -w -t 60 -s stop; fi; }

# Ends the postmaster and its backends at once, without a clean shutdown. -w waits until they are gone.
crash() { if running; then as_postgres "$BIN/pg_ctl" -D "$DATA" -m immediate -w -t 60 -s stop; fi; }

case $COMMAND in
  start) start ;;
  stop) stop ;;
  kill) crash ;;
  restart) stop && start ;;
  standby) standby ;;
  wait-for-standby) wait_for_standby ;;
  promote) promote ;;
  status) if running; then echo "running on $HOST:$PORT"; else echo "stopped"; exit 3; fi ;;
  *) usage ;;
esac
