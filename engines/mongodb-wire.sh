#!/usr/bin/env bash
# A server that speaks MongoDB's wire protocol (mongo-java-server on an H2 file), for development and tests where no mongod can be had.
# Single documents are as atomic as MongoDB's; it has no replication, majority, time-to-live, partial indexes or collation.
# Needs a JDK 17 or later and Maven.
#
#   usage: engines/mongodb-wire.sh DATA_DIR|- PORT
#          engines/mongodb-wire.sh --classes  builds the server if need be and prints the folder with its jars and classes, starts nothing
#
# `-` keeps everything in memory. Stays in the foreground as the server itself; SIGTERM stops it, and what it acknowledged survives SIGKILL.
# Prints `READY mongodb://127.0.0.1:PORT/?directConnection=true`. Listens on loopback.
#
#   MONGODB_WIRE_HEAP 512m
#   ENGINES_CACHE     where jars and classes are kept, ~/.cache/shop-engines (fetched by Maven at the first start)
#   STOP_WITH_PID     ends the server soon after that process has ended, however it ended
set -euo pipefail

die() { echo "mongodb-wire.sh: $*" >&2; exit 1; }
[ $# -eq 2 ] || [ "$*" = --classes ] || { sed -n '6s/^# *//p' "$0" >&2; exit 2; }
version=1.47.0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=$here/mongodb-wire/MongoDbWireServer.java
cache=${ENGINES_CACHE:-$HOME/.cache/shop-engines}/mongodb-wire-$version-$(cat "$source" "$here/mongodb-wire.sh" | sha256sum | cut -c1-12)
for program in java javac mvn; do command -v "$program" > /dev/null || die "$program is not installed"; done

# The library sorts text by UTF-16 unit, MongoDB by code point: its class is compiled again with that one line changed, and found first.
comparator=de/bwaldvogel/mongo/backend/ValueComparator.java
sort_by_code_point() {
  (cd "$1" && jar xf "mongo-java-server-core-$version-sources.jar" "$comparator")
  sed -i 's/return value1.toString().compareTo(value2.toString());/return de.bwaldvogel.mongo.backend.h2.MongoDbWireServer.compareText(value1.toString(), value2.toString());/' "$1/$comparator"
  grep -q compareText "$1/$comparator" || die 'the comparator of the library is not as expected'
}

# Under a lock and by a rename, so that two callers at once and an aborted download do no harm.
build() {
  local work
  exec 9> "$cache.lock"
  flock 9
  if [ ! -d "$cache" ]; then
    work=$(mktemp -d "$cache.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cat > "$work/pom.xml" << POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>shop</groupId><artifactId>mongodb-wire</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server-h2-backend</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
    mvn -B -q -Dstyle.color=never -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$work/jars" >&2 || die 'Maven could not fetch the server'
    mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
      "-Dartifact=de.bwaldvogel:mongo-java-server-core:$version:jar:sources" -DoutputDirectory="$work" >&2 || die 'Maven could not fetch the sources'
    sort_by_code_point "$work"
    javac -nowarn -XDsuppressNotes -cp "$work/jars/*" -d "$work/classes" "$source" "$work/$comparator" >&2 || die 'the server could not be compiled'
    mv "$work" "$cache"
    trap - EXIT
  fi
  exec 9>&-
}
mkdir -p "${cache%/*}"
[ -d "$cache" ] || build
if [ "$1" = --classes ]; then echo "$cache"; exit; fi

data=$1 port=$2
[[ $port =~ ^[0-9]+$ ]] && [ "$port" -gt 1023 ] && [ "$port" -lt 65536 ] || die "PORT must be from 1024 to 65535, not $port"
end_with() {
  while kill -0 "$1" 2> /dev/null && kill -0 $$ 2> /dev/null; do sleep 0.5; done
  kill -TERM $$ 2> /dev/null || true
}
[ "$data" = - ] || mkdir -p "$data"
if [ -n "${STOP_WITH_PID:-}" ]; then end_with "$STOP_WITH_PID" > /dev/null 2>&1 & fi
exec java "-Xmx${MONGODB_WIRE_HEAP:-512m}" -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC \
  -cp "$cache/classes:$cache/jars/*" de.bwaldvogel.mongo.backend.h2.MongoDbWireServer "$data" "$port"
