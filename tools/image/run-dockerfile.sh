#!/bin/sh
# The Dockerfile's own steps, in its order, without a container engine: each stage becomes a folder.
#   run-dockerfile.sh build DIR                          all stages into DIR/STAGE
#   run-dockerfile.sh run DIR STAGE [NAME=VALUE ...]     the stage's CMD with its ENV and USER
#   run-dockerfile.sh health DIR STAGE [NAME=VALUE ...]  its HEALTHCHECK's command, the same way
# It cannot show the base image, and requires the `node` version that FROM names. Started as root, a stage's USER is a
# user without rights, for whom every file of the stage is read-only, except those that it wrote at build.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
command=${1:?build, run or health}
mkdir -p "${2:?a directory}"
root=$(cd "$2" && pwd)
fail() { echo "run-dockerfile: $*" >&2; exit 1; }

# Only the files that .dockerignore admits, which is a list of exceptions from `*`.
context() {
  [ "$(head -n 1 "$here/.dockerignore")" = '*' ] || fail ".dockerignore: expected * in its first line"
  mkdir -p "$root/.context"
  sed -n 's/^!//p' "$here/.dockerignore" | while read -r path; do
    (cd "$here" && cp -a --parents "$path" "$root/.context") || fail ".dockerignore: $path is not there"
  done
}

from() { # IMAGE AS NAME
  stage=$3
  mkdir "$root/$stage"
  if [ -d "$root/.$1" ]; then
    cp -a "$root/$1/." "$root/$stage"
    cp -a "$root/.$1" "$root/.$stage"
  else
    case $1 in
    node:"$(node --version | cut -c 2-)"-*) ;;
    *) fail "FROM $1, but node is $(node --version)" ;;
    esac
    mkdir "$root/.$stage"
    echo / >"$root/.$stage/workdir"
    : >"$root/.$stage/env"
  fi
}

copy() { # [--from=STAGE] SOURCE... TARGET
  source=$root/.context
  case $1 in --from=*) source=$root/${1#--from=}; shift ;; esac
  for target; do :; done
  while [ $# -gt 1 ]; do
    to=$root/$stage$workdir/$target
    case $target in */) to=$to$(basename "$1") ;; esac
    if [ -d "$source/$1" ]; then
      mkdir -p "$to"
      cp -a "$source/$1/." "$to" # a folder's content, as an engine does
    else
      mkdir -p "$(dirname "$to")"
      cp -a "$source/$1" "$to" || fail "COPY: $1 is not there"
    fi
    shift
  done
}

# A user who is not root has no rights, and owns only the files of the stage that it writes.
user() { # STAGE
  as=
  if [ -f "$root/.$1/user" ] && [ "$(id -u)" -eq 0 ]; then
    as="setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all --no-new-privs"
  fi
}

run() { # a line for the shell, with the stage's ENV and USER
  user "$stage"
  [ -z "$as" ] || chmod -R a+rX "$root/$stage"
  cd "$root/$stage$(cat "$root/.$stage/workdir")" || exit 1
  line=$1
  IFS='
'
  # shellcheck disable=SC2046 # one word for each line
  set -- $(cat "$root/.$stage/env") PATH="$root/.bin:$PATH" sh -ec "$line"
  IFS=' '
  # A build sees none of the service's variables, even if the caller has them. It needs npm's own.
  # shellcheck disable=SC2086
  $as env -u KAFKA_BROKERS -u DATABASE_URL "$@"
}

step() { # one instruction
  word=${1%% *}
  rest=${1#* }
  echo "$1" | cut -c 1-150
  case $word in
  FROM) eval "from $rest" ;;
  WORKDIR) mkdir -p "$root/$stage$rest"; echo "$rest" >"$root/.$stage/workdir" ;;
  COPY) workdir=$(cat "$root/.$stage/workdir"); eval "copy $rest" ;;
  RUN) (run "$rest") || fail "$1" ;;
  ENV) echo "$rest" >>"$root/.$stage/env" ;;
  USER) echo "$rest" >"$root/.$stage/user" ;;
  CMD) echo "$rest" >"$root/.$stage/cmd" ;;
  HEALTHCHECK) echo "${rest#*CMD }" >"$root/.$stage/health" ;;
  EXPOSE) ;;
  *) fail "no idea of $word" ;;
  esac
}

build() {
  rm -rf "${root:?}"/* "$root"/.[!.]*
  chmod 755 "$root"
  mkdir "$root/.bin"
  # As the image has it: for every user, and not the packages' own.
  cp "$(node -p process.execPath)" "$root/.bin/node"
  context
  sed '/^ *#/d; /^ *$/d' "$here/Dockerfile" | sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' >"$root/.steps"
  while IFS= read -r line; do step "$line"; done <"$root/.steps"
  chmod -R a+rX "$root"
}

start() { # FILE STAGE [NAME=VALUE ...]
  file=$root/.$2/$1
  stage=$2
  shift 2
  cd "$root/$stage$(cat "$root/.$stage/workdir")"
  user "$stage"
  words=$(node -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$(cat "$file")")
  IFS='
'
  # shellcheck disable=SC2046,SC2086 # one word for each line
  set -- $(cat "$root/.$stage/env") "$@" $words
  IFS=' '
  # shellcheck disable=SC2086
  exec $as env -i PATH="$root/.bin:/usr/bin:/bin" "$@"
}

case $command in
build) build ;;
run) shift 2; start cmd "$@" ;;
health) shift 2; start health "$@" ;;
*) fail "build, run or health, not $command" ;;
esac
