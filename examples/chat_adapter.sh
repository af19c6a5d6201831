#!/bin/sh
# By Kafka's own command line: KAFKA=host:port TOPIC=channels.inbound sh chat_adapter.sh "It burns"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
message='{"channel": "chat", "account": "website", "id": "ana-'$(date +%s%N)'", "thread": "ana",'
message=$message' "text": "'$1'", "sender": {"address": "ana"}, "received_at": "'$now'"}'
echo "$message" | kafka-console-producer.sh --bootstrap-server "$KAFKA" --topic "$TOPIC"
