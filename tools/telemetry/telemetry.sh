#!/bin/sh
# The project's collector and Jaeger as processes on loopback: telemetry.sh start|stop DIR. `start` prints the two
# variables of `npm run test:integration`. OTLP comes in on 4318; Jaeger answers on 16686. Needs Go if the two are not
# in the cache.
set -eu
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
query=http://127.0.0.1:16686
health=127.0.0.1:13133

end() {
  if [ -f "$dir/$1.pid" ]; then
    kill "$(cat "$dir/$1.pid")" 2>/dev/null || true
    rm -f "$dir/$1.pid"
  fi
}

answers() {
  for _ in $(seq 100); do
    if curl -sf "$1" >/dev/null; then return; fi
    sleep 0.2
  done
  echo "$1 does not answer: see $dir" >&2
  exit 1
}

case $command in
start)
  jaeger=$(sh "$here/jaeger.sh")
  collector=$(sh "$here/collector.sh")
  # Traces of its own queries must not appear.
  OTEL_TRACES_SAMPLER=always_off "$jaeger" --config "$here/jaeger.yaml" >"$dir/jaeger.log" 2>&1 &
  echo $! >"$dir/jaeger.pid"
  # There is no Tempo here. Its exporter has a queue of its own and blocks nothing.
  JAEGER_ENDPOINT=127.0.0.1:14317 TEMPO_ENDPOINT=http://127.0.0.1:3299 TRACES_DECISION_WAIT=1s \
    OTLP_GRPC_ENDPOINT=127.0.0.1:4317 OTLP_HTTP_ENDPOINT=127.0.0.1:4318 METRICS_ENDPOINT=127.0.0.1:8889 \
    HEALTH_ENDPOINT=$health OWN_METRICS_HOST=127.0.0.1 \
    "$collector" --config "$here/../../otel-collector.yaml" >"$dir/collector.log" 2>&1 &
  echo $! >"$dir/collector.pid"
  answers "$query/api/services"
  answers "http://$health/"
  echo "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"
  echo "JAEGER_QUERY_URL=$query"
  ;;
stop)
  end collector
  end jaeger
  ;;
*)
  echo "telemetry.sh start|stop DIR" >&2
  exit 64
  ;;
esac
