#!/bin/bash
# A server that says who it is, and leaves a file that says so when it was asked to stop; $2: seconds that it takes for that.
trap 'echo "$1 is closing"; sleep "${2:-0}"; touch "stopped-$1"; exit 0' INT
echo "$1 is up"
touch "up-$1"
while :; do sleep 0.05; done
