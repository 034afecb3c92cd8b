#!/bin/sh
# Starts the broker with the settings in KAFKA_… variables, as the image apache/kafka does: KAFKA_NODE_ID is node.id, "__" stands for "_".
set -eu
settings=/tmp/server.properties

# For one node with a small heap; what the environment says comes later and counts. The cleaner's buffer would not fit, and the session
# time-out lets a broker that was killed register again after 2 s instead of 11.
cat > "$settings" << CONFIG
log.cleaner.dedupe.buffer.size=2097152
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
offsets.topic.num.partitions=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.num.partitions=1
num.network.threads=1
num.io.threads=2
CONFIG
env | sed -n '/^KAFKA_HEAP_OPTS=/d; s/^KAFKA_//p' | while IFS='=' read -r name value; do
  echo "$(echo "$name" | sed 's/__/ /g' | tr 'A-Z_ ' 'a-z._')=$value"
done >> "$settings"

set -- java ${KAFKA_HEAP_OPTS:--Xmx192m} -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -cp '/kafka/jars/*'
"$@" kafka.tools.StorageTool format --ignore-formatted -t "${CLUSTER_ID:-MkU3OEVBNTcwNTJENDM2Qk}" -c "$settings" > /tmp/format.log 2>&1 ||
  { cat /tmp/format.log >&2; exit 1; }
exec "$@" kafka.Kafka "$settings"
