#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#     [LOG=FILE] [PACE=LINES] [DEMO_SECONDS=N] tools/demo.sh BUILD_FOLDER
#
# Starts a web site that sends its access log (examples/cpp/traffic.cc) and the monitor that
# analyses it as it comes (examples/cpp/log_monitor.cc), and compares what both have counted. With
# LOG it replays a file, all of it or N seconds; PACE is in lines a second. SEED makes another site.
#
# Ctrl-C closes the site; the monitor then finishes what was sent. A second one stops both at once.
set -uo pipefail
readonly build="${1:?usage: tools/demo.sh BUILD_FOLDER}"
folder="$(mktemp -d)" || exit 1
readonly folder
site=""
monitor=""
interrupts=0

clean_up() {
  trap '' INT TERM
  # Both have ended where all went well. The shell need not say whom it has killed.
  exec 2> /dev/null
  [[ -z $site ]] || kill -KILL "$site"
  [[ -z $monitor ]] || kill -KILL "$monitor"
  rm -rf "$folder"
}
trap clean_up EXIT

fail() {
  echo "demo: $*" >&2
  cat "$folder/errors" >&2
  exit 1
}

interrupt() {
  interrupts=$((interrupts + 1))
  if ((interrupts > 1)); then
    exit 130
  fi
  [[ -z $site ]] || kill -INT "$site" 2> /dev/null
}
trap interrupt INT TERM

# The value of a name in "lines=10 bytes=20 ...".
value_of() {
  local pair
  for pair in $2; do
    [[ $pair != "$1="* ]] || echo "${pair#*=}"
  done
}

# Both run in process groups of their own, so that Ctrl-C reaches this script only.
set -m
arguments=(--pace "${PACE:-500}" --seed "${SEED:-42}")
[[ -z ${LOG:-} ]] || arguments+=(--log "$LOG")
[[ -z ${DEMO_SECONDS:-} ]] || arguments+=(--seconds "$DEMO_SECONDS")
mkfifo "$folder/site" "$folder/monitor" || exit 1
: > "$folder/errors"
"$build/examples/traffic" "${arguments[@]}" > "$folder/site" 2> "$folder/errors" &
site=$!
exec 3< "$folder/site"
read -r -u 3 listening || fail "the site did not open"
address="${listening##* }"
echo "${LOG:-A busy site}, analysed as it comes from $address; Ctrl-C ends it."
echo

# Malformed lines are in the table; the log need not name them as well.
THALWEG_LOG="${THALWEG_LOG:-error}" "$build/examples/log_monitor" "${address%:*}" "${address##*:}" \
  > "$folder/monitor" 2>> "$folder/errors" &
monitor=$!
exec 4< "$folder/monitor"
analysed=""
while IFS= read -r line <&4 || [[ -n $line ]]; do
  case $line in
    "totals "*) analysed="${line#totals }" ;;
    *) printf '%s\n' "$line" ;;
  esac
done
wait "$monitor"
monitor_code=$?
sent=""
while read -r line <&3; do
  [[ $line != "totals "* ]] || sent="${line#totals }"
done
wait "$site"
site_code=$?
[[ $monitor_code == 0 && -n $analysed ]] || fail "the monitor ended with code $monitor_code"
[[ $site_code == 0 && -n $sent ]] || fail "the site ended with code $site_code"

row() {
  printf '%-9s%8s%6s%8s%7s%7s%7s%14s%11s\n' "$@"
}
names=() sent_values=() analysed_values=()
differences=""
for pair in $sent; do
  name="${pair%%=*}"
  there="$(value_of "$name" "$analysed")"
  names+=("$name")
  sent_values+=("${pair#*=}")
  analysed_values+=("${there:-none}")
  [[ $pair == "$name=$there" ]] || differences+=" $name: ${pair#*=} sent, ${there:-none} analysed;"
done
echo
row "" "${names[@]}"
row sent "${sent_values[@]}"
row analysed "${analysed_values[@]}"
echo
[[ -z $differences ]] || fail "the totals differ:$differences please report this"
echo "$(value_of lines "$sent") lines sent, $(value_of lines "$analysed") analysed;" \
  "status classes, bytes, malformed: all equal."
