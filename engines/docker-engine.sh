#!/usr/bin/env bash
# A Docker engine for tests on a Debian machine that has none: no service, no container registry, nothing of the host's network changed.
# Needs root and apt.
#
#   usage: engines/docker-engine.sh start|env|stop
#
# start installs what is missing, starts the engine and prints, as env does, the variables that lead to it:
#   eval "$(engines/docker-engine.sh start)"
# It prints nothing where an engine answers already: that one is used. stop ends every container of the engine that start began, their
# networks and volumes and the engine itself; images stay in the folder.
#
#   DOCKER_ENGINE_DIR  where it keeps everything, /var/tmp/shop-docker
set -Eeuo pipefail
trap 'echo "docker-engine.sh: line $LINENO failed" >&2' ERR

die() { echo "docker-engine.sh: $*" >&2; exit 1; }
[ $# -eq 1 ] || { sed -n '5s/^# *//p' "$0" >&2; exit 2; }
folder=${DOCKER_ENGINE_DIR:-/var/tmp/shop-docker}
socket=unix://$folder/docker.sock
plugins=$folder/plugins/usr/libexec/docker/cli-plugins

print_env() {
  # Without Ryuk, whose image cannot be had, whoever starts containers stops them; `stop` ends what an aborted run has left.
  printf 'export DOCKER_HOST=%q DOCKER_CONFIG=%q TESTCONTAINERS_RYUK_DISABLED=true\n' "$socket" "$folder/config"
}
ours() { DOCKER_HOST=$socket DOCKER_CONFIG=$folder/config docker "$@"; }
is_running() { [ -S "$folder/docker.sock" ] && ours version > /dev/null 2>&1; }

apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || die "$* must be installed, which takes root and apt"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}

# Debian 12 has an engine, but compose 2 and buildx only came with Debian 13. Their programs need no newer library: unpacked beside the system.
unpack_plugins() {
  local work=$folder/apt mirror apt package
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder/plugins"
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2> /dev/null |
    awk '/^(URIs:|deb )/ && match($0, /https?:[^ ]+\/debian\/?( |$)/) { print substr($0, RSTART, RLENGTH) }' || true)
  mirror=${mirror%%[[:space:]]*}
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$work/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update >&2
  (cd "$work" && "${apt[@]}" download docker-compose docker-buildx >&2 && for package in ./*.deb; do dpkg -x "$package" "$folder/plugins"; done)
  rm -rf "$work"
}

install_engine() {
  command -v dockerd > /dev/null && command -v iptables > /dev/null || apt_install docker.io iptables
  mkdir -p "$folder/config"
  if ! ours compose version > /dev/null 2>&1 || ! ours buildx version > /dev/null 2>&1; then
    if apt-cache show docker-buildx > /dev/null 2>&1; then apt_install docker-compose docker-buildx; else unpack_plugins; fi
    if [ -d "$plugins" ]; then echo "{\"cliPluginsExtraDirs\":[\"$plugins\"]}" > "$folder/config/config.json"; fi
  fi
  ours compose version > /dev/null 2>&1 || die 'docker compose 2 could not be had'
}

start_engine() {
  local pid i
  # No rule and no forwarding of the host is touched: docker-proxy publishes ports, on 127.0.0.1 unless told otherwise. The relative cgroup
  # parent keeps containers inside the machine's own.
  setsid dockerd --host "$socket" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/dockerd.pid" \
    --storage-driver overlay2 --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --ip 127.0.0.1 \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent shop-docker > "$folder/dockerd.log" 2>&1 < /dev/null &
  pid=$!
  for i in $(seq 300); do
    is_running && return
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.1
  done
  tail -n 20 "$folder/dockerd.log" >&2
  die 'the engine does not answer'
}

stop_engine() {
  local pid i
  pid=$(cat "$folder/dockerd.pid" 2> /dev/null) && [ -n "$pid" ] && grep -qa dockerd "/proc/$pid/cmdline" 2> /dev/null || return 0
  if is_running; then
    ours ps --all --quiet | xargs --no-run-if-empty docker --host "$socket" rm --force --volumes > /dev/null
    ours network prune --force > /dev/null
    ours volume ls --quiet | xargs --no-run-if-empty docker --host "$socket" volume rm --force > /dev/null
  fi
  kill "$pid"
  for i in $(seq 300); do
    kill -0 "$pid" 2> /dev/null || break
    [ "$i" -lt 300 ] || kill -KILL "$pid"
    sleep 0.1
  done
  ip link delete docker0 2> /dev/null || true
  find /sys/fs/cgroup -depth -type d -path '*/shop-docker*' -exec rmdir {} + 2> /dev/null || true
}

case $1 in
  start)
    if ! is_running; then
      docker version > /dev/null 2>&1 && docker compose version > /dev/null 2>&1 && exit 0
      install_engine
      start_engine
    fi
    print_env
    ;;
  env) is_running && print_env ;;
  stop) stop_engine ;;
  *) sed -n '5s/^# *//p' "$0" >&2; exit 2 ;;
esac
