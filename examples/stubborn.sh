#!/bin/sh
# Ignores Ctrl+C, and so does the child that it starts: what a trap ignores, children ignore too.
trap '' INT
echo "working, and not listening to SIGINT"
while :; do sleep 1; done
