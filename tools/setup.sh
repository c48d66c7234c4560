#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the Makefile's targets need, once:
#
#     tools/setup.sh build     compiler, CMake, test libraries, and .venv/ with the pinned Arrow
#     tools/setup.sh test      in .venv/, what only tests compare with
#     tools/setup.sh lint      clang-format
#     tools/setup.sh tidy      clang-tidy
#
# Each group has its list of Debian packages in tools/setup/GROUP.apt, and of Python packages in
# python.txt (build) and python_test.txt (test). What is there already is left alone. A stamp in
# .setup/ remembers the lists that were satisfied, so that asking again costs milliseconds.
# THALWEG_SKIP_SETUP=1 skips everything, for machines that are looked after otherwise.
set -euo pipefail

readonly group="${1:?usage: tools/setup.sh build|test|lint|tidy}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly root
readonly packages_file="$root/tools/setup/$group.apt"
case "$group" in
  test) python_file="$root/tools/setup/python_test.txt" ;;
  *) python_file="$root/tools/setup/python.txt" ;;
esac
readonly python_file
readonly venv="$root/.venv"
readonly stamp="$root/.setup/$group.stamp"
readonly log="$root/.setup/$group.log"
readonly arrow_version_min=21

[ "${THALWEG_SKIP_SETUP:-}" = 1 ] && exit 0
[ -r "$packages_file" ] || { echo "tools/setup.sh: no such group: $group" >&2; exit 2; }

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# The commands whose absence a stamp cannot know of: somebody may have removed them since.
commands_present() {
  case "$group" in
    build) hash g++ cmake ninja 2> /dev/null && [ -x "$venv/bin/python" ] ;;
    test) [ -x "$venv/bin/python" ] ;;
    lint) hash clang-format 2> /dev/null ;;
    tidy) hash clang-tidy 2> /dev/null ;;
  esac
}

# The wanted state as text: the lists, and the place, as a virtual environment cannot be moved.
wanted="$root
$(< "$packages_file")
$(< "$python_file")"
readonly wanted
if [ -r "$stamp" ] && [ "$(< "$stamp")" = "$wanted" ] && commands_present; then exit 0; fi

mkdir -p "$root/.setup"
: > "$log"
readonly started=$SECONDS

package_names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$packages_file"; }

missing_packages() {
  local name
  for name in $(package_names); do
    dpkg-query -W -f '${Status}' "$name" 2> /dev/null | grep -q 'ok installed' || echo "$name"
  done
}

# Runs a command as root, through sudo where we are not; asks for a password only at a terminal.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif [ -t 0 ]; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

may_be_root() {
  [ "$(id -u)" = 0 ] || { hash sudo 2> /dev/null && { [ -t 0 ] || sudo -n true 2> /dev/null; }; }
}

apt_install() {
  as_root apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install \
    -y --no-install-recommends "$@" >> "$log" 2>&1
}

install_debian_packages() {
  if ! hash dpkg-query apt-get 2> /dev/null; then
    commands_present && return 0
    fail "this is not a Debian system, so packages cannot be installed from here." \
      "Install the equivalents of: $(package_names | tr '\n' ' ')" \
      "then set THALWEG_SKIP_SETUP=1."
  fi
  local missing name failed=()
  missing="$(missing_packages)"
  [ -n "$missing" ] || return 0
  missing="${missing//$'\n'/ }"
  may_be_root || fail "Debian packages are missing, and there is neither root nor sudo to" \
    "install them. Have them installed by hand, then run this again:" \
    "    apt-get install --no-install-recommends $missing"
  say "installing Debian packages: $missing"
  as_root apt-get -o Acquire::Retries=3 update >> "$log" 2>&1 ||
    say "apt-get update failed (details in $log); trying with the package lists there are"
  # shellcheck disable=SC2086  # The list is meant to be split.
  apt_install $missing && return 0

  # Together they failed: one by one shows which package it is.
  for name in $missing; do apt_install "$name" || failed+=("$name"); done
  [ ${#failed[@]} = 0 ] || fail "could not install these Debian packages: ${failed[*]}" \
    "apt-get said: $(grep -E '^E:|Unable|Failed' "$log" | tail -n 1)" \
    "The whole output is in $log. Check the network and /etc/apt/sources.list, then run:" \
    "    apt-get update && apt-get install --no-install-recommends ${failed[*]}"
}

# A Python that can make virtual environments. Debian's own first: it stays where it is.
base_python() {
  local python
  for python in "${PYTHON:-}" /usr/bin/python3 python3; do
    [ -n "$python" ] && "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' \
      2> /dev/null && { echo "$python"; return 0; }
  done
  return 1
}

system_arrow() {
  hash pkg-config 2> /dev/null && pkg-config --atleast-version="$arrow_version_min" arrow
}

install_python_packages() {
  local python name failed=()
  python="$(base_python)" || fail "no Python 3.10 or newer with the venv module was found." \
    "Install python3-venv, or set PYTHON to such an interpreter."
  # One that was made elsewhere, or whose Python has gone, is made anew.
  if ! grep -qsF "$venv" "$venv/bin/activate" ||
    ! "$venv/bin/python" -m pip --version &> /dev/null; then
    say "making the virtual environment $venv"
    "$python" -m venv --clear "$venv" >> "$log" 2>&1 ||
      fail "could not make a virtual environment with $python; details in $log"
  fi
  if [ "$group" = build ] && system_arrow; then
    say "this system has Arrow C++ $(pkg-config --modversion arrow); the wheel is not needed"
    return 0
  fi
  say "installing Python packages: $(sed -e 's/#.*//' "$python_file" | xargs)"
  "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    -r "$python_file" >> "$log" 2>&1 && return 0
  for name in $(sed -e 's/#.*//' "$python_file"); do
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "$name" \
      >> "$log" 2>&1 || failed+=("$name")
  done
  [ ${#failed[@]} = 0 ] || fail "could not install these Python packages: ${failed[*]}" \
    "pip said: $(grep -E '^ERROR' "$log" | tail -n 1)" \
    "The whole output is in $log. Check the network (or the proxy and index pip is set to), or" \
    "install an Arrow C++ of version $arrow_version_min or newer; then run this again."
}

install_debian_packages
if [ "$group" = build ] || [ "$group" = test ]; then install_python_packages; fi
commands_present || fail "all packages of $group are installed, yet a command is not on PATH."
printf '%s' "$wanted" > "$stamp"
say "$group is ready after $((SECONDS - started)) s"
