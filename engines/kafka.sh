#!/usr/bin/env bash
# A real Apache Kafka broker (KRaft, one node) without a container registry, for development and tests. Needs a JDK 17 or later and Maven.
#
#   usage: engines/kafka.sh DATA_DIR PORT
#          engines/kafka.sh --jars            fetches the broker if need be and prints the folder with its jars, starts nothing
#
# Stays in the foreground as the broker itself: its pid is the broker's, SIGTERM stops it in good order, and the same folder starts again.
# Prints `READY 127.0.0.1:PORT` once the broker answers. Listens on loopback: PORT for clients, PORT+1 for its own controller.
#
#   KAFKA_VERSION     4.4.0
#   KAFKA_HEAP        128m
#   ENGINES_CACHE     where the jars are kept, ~/.cache/shop-engines (43 MB, fetched by Maven at the first start)
#   STOP_WITH_PID     ends the broker soon after that process has ended, however it ended
set -euo pipefail

die() { echo "kafka.sh: $*" >&2; exit 1; }
[ $# -eq 2 ] || [ "$*" = --jars ] || { sed -n '4s/^# *//p' "$0" >&2; exit 2; }
version=${KAFKA_VERSION:-4.4.0}
jars=${ENGINES_CACHE:-$HOME/.cache/shop-engines}/kafka-$version
for program in java mvn; do command -v "$program" > /dev/null || die "$program is not installed"; done

# Under a lock and by a rename, so that two callers at once and an aborted download do no harm.
fetch_jars() {
  local work
  exec 9> "$jars.lock"
  flock 9
  if [ ! -d "$jars" ]; then
    work=$(mktemp -d "$jars.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cat > "$work/pom.xml" << POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>shop</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
    mvn -B -q -Dstyle.color=never -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$work/jars" >&2 || die 'Maven could not fetch the broker'
    mv "$work/jars" "$jars"
    rm -rf "$work"
    trap - EXIT
  fi
  exec 9>&-
}
mkdir -p "${jars%/*}"
[ -d "$jars" ] || fetch_jars
if [ "$1" = --jars ]; then echo "$jars"; exit; fi

port=$2
[[ $port =~ ^[0-9]+$ ]] && [ "$port" -gt 1023 ] && [ "$port" -lt 65535 ] || die "PORT must be from 1024 to 65534, not $port"
mkdir -p "$1"
data=$(cd "$1" && pwd)
for p in "$port" $((port + 1)); do
  ! (exec 3<> "/dev/tcp/127.0.0.1/$p") 2> /dev/null || die "port $p is in use"
done

# One node: internal topics have one replica, or consumer groups and transactions would never start.
# The session time-out lets a broker that was killed register again after 2 s instead of 11; the cleaner's buffer fits the small heap.
cat > "$data/server.properties" << CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$data/log
auto.create.topics.enable=false
num.partitions=3
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=1
num.io.threads=2
CONFIG
java=(java "-Xmx${KAFKA_HEAP:-128m}" -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -XX:TieredStopAtLevel=1
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*")
if [ ! -f "$data/log/meta.properties" ]; then
  "${java[@]}" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "$data/server.properties" > "$data/format.log" 2>&1 ||
    die "$(cat "$data/format.log")"
fi

# A port that is open is no broker yet: ApiVersions v0 with correlation id 1 is answered by one that serves.
answers() {
  local reply
  reply=$(timeout 2 bash -c 'exec 3<> "/dev/tcp/127.0.0.1/$0" && printf "\0\0\0\012\0\022\0\0\0\0\0\001\377\377" >&3 && head -c 10 <&3 | od -An -tx1' "$port" 2> /dev/null | tr -d ' \n') || true
  [ "${reply:8}" = 000000010000 ]
}
announce() {
  until answers; do
    kill -0 $$ 2> /dev/null || { echo "kafka.sh: the broker has ended, see $data/broker.log" >&2; return; }
    sleep 0.1
  done
  echo "READY 127.0.0.1:$port"
}
end_with() {
  while kill -0 "$1" 2> /dev/null && kill -0 $$ 2> /dev/null; do sleep 0.5; done
  kill -TERM $$ 2> /dev/null || true
}
announce &
if [ -n "${STOP_WITH_PID:-}" ]; then end_with "$STOP_WITH_PID" > /dev/null 2>&1 & fi
exec "${java[@]}" kafka.Kafka "$data/server.properties" > "$data/broker.log" 2>&1 < /dev/null
