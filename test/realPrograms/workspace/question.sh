# Asks before it ends.
trap 'printf "Really? [y/n] "; read answer; exit 130' INT
touch trap.ready
while :; do sleep 0.1; done
