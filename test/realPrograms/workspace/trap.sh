# trap.sh SIGNAL: cleans up for 300 ms when the signal comes, or at the exit.
trap 'sleep 0.3; touch trap.cleaned; exit 130' "$1"
touch trap.ready
while :; do sleep 0.1; done
