#!/usr/bin/env bash
# Images for tests where no container registry answers, made of what this machine has. None of them is for production.
#
#   usage: engines/local-images.sh [NAME…]     makes them all, or those named and what they stand on; what has not changed is kept
#
#   node          local/node:20              node, its libraries and busybox
#   jvm           local/jvm:17               a Java runtime, its libraries and busybox
#   kafka         local/kafka:4.4.0          the real broker, takes the settings of apache/kafka
#   mongodb-wire  local/mongodb-wire:1.47.0  stands in for MongoDB, see mongodb-wire.sh
#   nginx         local/nginx:1              Debian's nginx
#   shop          local/shop:dev             the services, by the Dockerfile of the project; needs the built project
#   esdb-sim      local/esdb-sim:dev         stands in for EventStoreDB; needs the built project
#
# Needs a Docker engine (docker-engine.sh), Debian's busybox-static, for Kafka and mongodb-wire a JDK and Maven, for nginx apt.
set -Eeuo pipefail
trap 'echo "local-images.sh: line $LINENO failed" >&2' ERR

die() { echo "local-images.sh: $*" >&2; exit 1; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOCKER_BUILDKIT=1 # Debian 12's client would still use the builder before it
docker version > /dev/null 2>&1 || die 'no Docker engine answers'
[ -x /bin/busybox ] || die '/bin/busybox is missing: apt-get install busybox-static'

image_of() {
  case $1 in
    node) echo local/node:20 ;;
    jvm) echo local/jvm:17 ;;
    kafka) echo local/kafka:4.4.0 ;;
    mongodb-wire) echo local/mongodb-wire:1.47.0 ;;
    nginx) echo local/nginx:1 ;;
    shop) echo local/shop:dev ;;
    esdb-sim) echo local/esdb-sim:dev ;;
    *) die "no image is called $1" ;;
  esac
}
# What an image is made of, as one word in its label: it is made again where that has changed.
is_made_of() { [ "$(docker image inspect --format '{{index .Config.Labels "shop.made-of"}}' "$1" 2> /dev/null)" = "$2" ]; }
digest() { cat "$@" | sha256sum | cut -c1-16; }

# Libraries that a program needs from the system, at the same place in a root folder.
add_libraries() {
  local root=$1 file
  shift
  { ldd "$@" 2> /dev/null || true; } | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | sort -u | while read -r file; do
    [[ $file == "$root"/* ]] || [ -e "$root$file" ] || { mkdir -p "$root${file%/*}"; cp -L "$file" "$root$file"; }
  done
}

# A root folder with a shell, an unprivileged user and name resolution. Port waits of testcontainers run sh, cat, awk and grep inside.
new_root() {
  local root=$1 applet library
  mkdir -p "$root"/{bin,usr/bin,tmp,etc,root,app}
  chmod 1777 "$root/tmp"
  install -m755 /bin/busybox "$root/bin/busybox"
  add_libraries "$root" /bin/busybox
  for applet in sh awk cat env grep head id kill ls mkdir nc sed sleep tr true wget; do ln -s busybox "$root/bin/$applet"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/app:/bin/sh\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnode:x:1000:\n' > "$root/etc/group"
  echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
  # Libraries that are loaded by name: for host names, and for packages with compiled parts.
  for library in /lib/*-linux-gnu/lib{nss_files.so.2,nss_dns.so.2,resolv.so.2,rt.so.1}; do
    [ ! -e "$library" ] || { mkdir -p "$root${library%/*}"; cp -L "$library" "$root$library"; }
  done
}
import_root() { # root folder, image, what it is made of, further changes
  local root=$1 image=$2 made_of=$3 change changes=()
  shift 3
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" -c . | docker import --change "LABEL shop.made-of=$made_of" "${changes[@]}" - "$image" > /dev/null
}
build_folder() { # folder with a Dockerfile, image, what it is made of
  docker build --quiet --label "shop.made-of=$3" --tag "$2" "$1" > /dev/null
}

make_node() {
  local node made_of root=$work/node
  node=$(readlink -f "$(command -v node)")
  made_of=$(digest "$0" "$node")
  is_made_of "$1" "$made_of" && return
  new_root "$root"
  install -m755 "$node" "$root/usr/bin/node"
  add_libraries "$root" "$node"
  import_root "$root" "$1" "$made_of" 'ENV PATH=/usr/bin:/bin' 'WORKDIR /app' 'CMD ["node"]'
}

make_jvm() {
  local home made_of root=$work/jvm modules
  command -v jlink > /dev/null || die 'jlink is missing: it comes with a JDK'
  home=$(dirname "$(dirname "$(readlink -f "$(command -v jlink)")")")
  made_of=$(digest "$0" "$home/release")
  is_made_of "$1" "$made_of" && return
  new_root "$root"
  modules=java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported
  jlink --add-modules "$modules" --strip-debug --no-man-pages --no-header-files --output "$root/java"
  add_libraries "$root" "$root/java/bin/java" "$root"/java/lib/*.so
  import_root "$root" "$1" "$made_of" 'ENV PATH=/java/bin:/bin' 'CMD ["java", "-version"]'
}

make_kafka() {
  local jars made_of folder=$work/kafka
  make_one jvm
  jars=$("$here/kafka.sh" --jars)
  made_of=$(digest "$here"/images/kafka/* <(ls "$jars") <(docker image inspect --format '{{.Id}}' local/jvm:17))
  is_made_of "$1" "$made_of" && return
  cp -r "$here/images/kafka" "$folder"
  cp -r "$jars" "$folder/jars"
  mkdir "$folder/data"
  build_folder "$folder" "$1" "$made_of"
}

make_mongodb-wire() {
  local classes made_of folder=$work/mongodb-wire
  make_one jvm
  classes=$("$here/mongodb-wire.sh" --classes)
  made_of=$(digest "$here"/images/mongodb-wire/* <(echo "$classes") <(docker image inspect --format '{{.Id}}' local/jvm:17))
  is_made_of "$1" "$made_of" && return
  cp -r "$here/images/mongodb-wire" "$folder"
  cp -r "$classes/jars" "$classes/classes" "$folder"
  mkdir "$folder/data"
  build_folder "$folder" "$1" "$made_of"
}

make_nginx() {
  local made_of root=$work/nginx
  made_of=$(digest "$0")
  is_made_of "$1" "$made_of" && return
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download nginx >&2 && dpkg -x nginx_*.deb "$work/unpacked") || die 'nginx cannot be fetched by apt'
  new_root "$root"
  install -m755 "$work/unpacked/usr/sbin/nginx" "$root/usr/bin/nginx"
  mkdir -p "$root"/{etc/nginx,var/log/nginx,var/lib/nginx}
  chown -R 1000:1000 "$root/var"
  add_libraries "$root" "$root/usr/bin/nginx"
  import_root "$root" "$1" "$made_of" 'ENV PATH=/usr/bin:/bin' 'USER 1000:1000' 'CMD ["nginx", "-g", "daemon off;"]'
}

# The project's own Dockerfile over a folder that was made here: containers of a build may have no network.
build_tree() { # image, workspaces
  local image=$1 made_of tree=$work/${1//[^a-z]/-}
  shift
  make_one node
  made_of=$(digest "$0" "$here/../Dockerfile" "$here/../package-lock.json" "$here/../scripts/production-tree.mjs" \
    <(cd "$here/.." && find packages/*/dist services/*/dist -name '*.js' ! -name '*.spec.js' | sort | xargs cat) \
    <(docker image inspect --format '{{.Id}}' local/node:20))
  is_made_of "$image" "$made_of" && return
  node "$here/../scripts/production-tree.mjs" "$tree" "$@" || die "$image could not be gathered: is the project built?"
  docker build --quiet --file "$here/../Dockerfile" --build-arg BASE=local/node:20 --build-arg APP=ready --label "shop.made-of=$made_of" --tag "$image" "$tree" > /dev/null
}
make_shop() { build_tree "$1" services/{command-api,projector,query-api,all-in-one}; }
make_esdb-sim() { build_tree "$1" packages/esdb-sim; }

make_one() {
  local image
  image=$(image_of "$1")
  "make_$1" "$image"
}

[ $# -gt 0 ] || set -- node jvm kafka mongodb-wire nginx shop esdb-sim
for name in "$@"; do
  make_one "$name"
  image_of "$name"
done
