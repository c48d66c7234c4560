# SPDX-License-Identifier: Apache-2.0
#
# What the server scripts of this folder share; sourced by them. Servers listen on the loopback
# interface only, keep all they have in one folder, and end with it: no process is ended that was
# not started here.

set -euo pipefail

# Where downloaded jars are kept, for all checkouts.
readonly cache="${THALWEG_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/thalweg-test}"

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# skip REASON...: this machine can't run the server. Exit code 77, as for a skipped test.
skip() {
  printf 'skipped: %s\n' "$*" >&2
  exit 77
}

# free_ports COUNT: so many ports that nobody listens on, on one line.
free_ports() {
  python3 - "$1" << 'PYTHON'
import socket
import sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PYTHON
}

# start_process FOLDER NAME COMMAND...: runs the command in a session of its own, with its output in
# FOLDER/NAME.log and its id in FOLDER/NAME.pid. What the caller has open, a lock, is not handed on.
start_process() {
  local folder="$1" name="$2"
  shift 2
  setsid bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done; exec "$@"' -- "$@" \
    > "$folder/$name.log" 2>&1 < /dev/null &
  echo $! > "$folder/$name.pid"
}

process_runs() { kill -0 "$(< "$1/$2.pid")" 2> /dev/null; }

# stop_process FOLDER NAME [SIGNAL]: asks it to end, waits 20 s, then makes it.
stop_process() {
  local file="$1/$2.pid" pid i
  [ -r "$file" ] || return 0
  pid="$(< "$file")"
  kill -s "${3:-TERM}" "$pid" 2> /dev/null || true
  for ((i = 0; i < 200; i++)); do
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.1
  done
  kill -s KILL "$pid" 2> /dev/null || true
  rm -f "$file"
}

# wait_for_port FOLDER NAME PORT: until it accepts connections; at most 180 s, and not longer than
# the process lives.
wait_for_port() {
  local i
  for ((i = 0; i < 1800; i++)); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$3") 2> /dev/null; then return 0; fi
    process_runs "$1" "$2" || fail "$2 has ended: $(tail -n 3 "$1/$2.log")"
    sleep 0.1
  done
  fail "$2 does not listen on port $3 after 180 s; its output is in $1/$2.log"
}

# need COMMAND PACKAGE...: skips where the command is missing.
need() { hash "$1" 2> /dev/null || skip "$1 is missing (${*:2})"; }

# maven_jars NAME GROUP:ARTIFACT:VERSION...: the folder with these jars and what they need, fetched
# once. Skips where Maven can't fetch them.
maven_jars() {
  local name="$1" coordinate group artifact version pom folder dependencies=""
  shift
  for coordinate in "$@"; do
    IFS=: read -r group artifact version <<< "$coordinate"
    dependencies+="<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId>"
    dependencies+="<version>$version</version></dependency>"
  done
  pom="<project><modelVersion>4.0.0</modelVersion><groupId>thalweg</groupId>"
  pom+="<artifactId>$name</artifactId><version>1</version><packaging>pom</packaging>"
  pom+="<dependencies>$dependencies</dependencies></project>"
  folder="$cache/$name-$(sha256sum <<< "$pom" | cut -c1-12)"
  mkdir -p "$folder"
  (
    flock 9
    [ -e "$folder/complete" ] && exit 0
    need mvn "Debian package maven"
    echo "$pom" > "$folder/pom.xml"
    mvn --batch-mode --quiet --file "$folder/pom.xml" dependency:copy-dependencies \
      "-DoutputDirectory=$folder/jars" -DincludeScope=runtime > "$folder/maven.log" 2>&1 ||
      skip "Maven can't fetch the jars of $name: $(grep -m 1 ERROR "$folder/maven.log")"
    touch "$folder/complete"
  ) 9> "$folder/lock" || exit $?
  echo "$folder/jars"
}

# python_with NAME REQUIREMENT...: a Python interpreter that has these packages, in a virtual
# environment that is made once. Skips where they can't be had.
python_with() {
  local name="$1" folder
  shift
  need python3 "Debian package python3"
  folder="$cache/$name-$(sha256sum <<< "$*" | cut -c1-12)"
  mkdir -p "$folder"
  (
    flock 9
    [ -e "$folder/complete" ] && exit 0
    {
      python3 -m venv "$folder/venv" &&
        "$folder/venv/bin/python" -m pip install --quiet --no-input "$@"
    } > "$folder/pip.log" 2>&1 || skip "pip can't install $*: $(tail -n 1 "$folder/pip.log")"
    touch "$folder/complete"
  ) 9> "$folder/lock" || exit $?
  echo "$folder/venv/bin/python"
}
