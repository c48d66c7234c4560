#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A proxy that plays a bad network before a real server, on loopback (proxy.py).
#
#     tests/servers/proxy.sh start FOLDER kafka|http|bytes    prints "127.0.0.1:PORT"
#     tests/servers/proxy.sh tell FOLDER COMMAND...           see proxy.py; prints its answer
#     tests/servers/proxy.sh stop FOLDER
source "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

readonly command="${1:?usage: proxy.sh start|tell|stop FOLDER}"
mkdir -p "${2:?usage: proxy.sh $command FOLDER}"
home="$(cd "$2" && pwd)"
readonly home
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly here

case "$command" in
  start)
    need python3 "Debian package python3"
    [ -s "$home/ports" ] || free_ports 2 > "$home/ports"
    read -r port control_port < "$home/ports"
    start_process "$home" proxy python3 "$here/proxy.py" "${3:?which protocol}" "$port" \
      "$control_port"
    wait_for_port "$home" proxy "$port"
    echo "127.0.0.1:$port"
    ;;
  tell)
    read -r port control_port < "$home/ports"
    exec 3<> "/dev/tcp/127.0.0.1/$control_port"
    echo "${@:3}" >&3
    IFS= read -r answer <&3
    echo "$answer"
    [[ $answer != unknown* ]] || fail "$answer"
    ;;
  stop) stop_process "$home" proxy ;;
  *) fail "unknown command: $command" ;;
esac
