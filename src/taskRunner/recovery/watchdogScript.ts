/**
 * What the guard runs, in the language of every /bin/sh. It waits in `read` for the other end of its input to say "done",
 * or to close without it: then the editor is dead, and it stops the run as the editor would have.
 *
 * It is told, a line each: `mark KEY=value`; `leader PID START`; `signal NAME`; `delay MS`; `pipe NAME`, the name that /proc
 * shows for a pipe of the run; `terminal NAME`. From descriptor 3 on it has the reading ends of the run's output, or the
 * screen's side of its terminal: as long as somebody has them a program that says goodbye dies neither of SIGPIPE nor of
 * SIGHUP before it has been asked and has cleaned up.
 *
 * It has a session of its own and ignores what can be ignored, so that nothing the task does to its own group reaches it.
 */
export const WATCHDOG_SCRIPT = String.raw`# Cancellable Tasks: stops a task when its editor dies
trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU
cd /
mark= leader= start= signal=none delay=0 pipes= terminal= drains=
while read -r key value rest; do
  case $key in
    mark) mark=$value ;;
    leader) leader=$value start=$rest ;;
    signal) signal=$value ;;
    delay) delay=$value ;;
    pipe) pipes="$pipes $value" ;;
    terminal) terminal=$value ;;
    done) exit 0 ;;
  esac
done
[ -n "$mark" ] || exit 0

# Hundredths of a second, from a clock that a shell can read.
now() {
  if read -r up rest </proc/uptime; then
    part=\${up#*.}
    time=$((\${up%.*} * 100 + 1\${part%"\${part#??}"} - 100))
  else
    time=$(($(date +%s) * 100))
  fi 2>/dev/null
}
now
end=$((time + delay / 10))

# Takes what is still written, until nobody is left who could. Pipes are opened anew, as the editor's own ends do not wait;
# first for both directions, because to open one that nobody has for writing waits for somebody who will.
for fd in 3 4; do
  if [ -p /proc/self/fd/$fd ]; then (exec 5<>"/proc/self/fd/$fd" 6<"/proc/self/fd/$fd" 5>&-; exec cat <&6) >/dev/null 2>&1 &
  elif [ -e /dev/fd/$fd ]; then while kill -0 $$; do cat <&$fd; sleep 0.1; done >/dev/null 2>&1 & drains="$drains $!"
  fi
done
# They ignore all other signals, as we do.
trap 'kill -KILL $drains 2>/dev/null' EXIT

# Every process in a line: PID STATE PGID SID START. The name, in brackets, can hold anything, so it goes first.
list() {
  if [ -r /proc/self/stat ]; then
    cat /proc/[0-9]*/stat 2>/dev/null |
      sed -n 's/^\([0-9]*\) (.*) \([A-Za-z]\) [0-9]* \([0-9]*\) \([0-9]*\)\( [-0-9]*\)\{15\} \([0-9]*\) .*/\1 \2 \3 \4 \6/p'
  else
    ps -axo pid=,stat=,pgid=,lstart= | sed 's/^ *\([0-9]*\) *\([A-Za-z]\)[^ ]* *\([0-9]*\) *\(.*[^ ]\) *$/\1 \2 \3 - \4/; s/  */ /g'
  fi
}

# The pids of those that have a file open, by the end of what /proc shows for it.
holders() {
  ls -l /proc/[0-9]*/fd 2>/dev/null | sed -n -e 's|^/proc/\([0-9]*\)/fd:$|\1|p' -e "s|^.* -> $1\$|held|p" |
    while read -r word; do
      if [ "$word" = held ]; then echo "$pid"; else pid=$word; fi
    done
}

# The pids of those that carry the marker, and with "held" of those that hold a pipe or the terminal (which takes longer), between blanks.
tied() {
  if [ -r /proc/self/stat ]; then
    grep -lF -e "$mark" /proc/[0-9]*/environ 2>/dev/null | sed 's/[^0-9]//g'
    [ "$1" = held ] && for pipe in $pipes; do holders ".*/$pipe (deleted)"; done
    [ "$1" = held ] && [ -n "$terminal" ] && holders "$terminal"
  else
    ps -axEww -o pid=,command= | grep -F -e "$mark" | sed 's/^ *\([0-9]*\).*/\1/'
  fi | tr '\n' ' '
}

# Who is to be signalled now, in targets: -PGID for a group that is the run's, PID for a single process.
look() {
  marked=" $(tied "$1") "
  all=$(list)
  ours= targets= stopped=
  # The command's group is the run's while the command lives, or while one that is tied to the run is in it.
  while read -r pid state pgid sid began; do
    [ "$state" = Z ] && continue
    if [ "$pid" = "$leader" ]; then
      if [ "$began" = "$start" ]; then ours=yes; else ours=no; break; fi
    elif [ "$pgid" = "$leader" ] || [ "$sid" = "$leader" ]; then
      case $marked in *" $pid "*) ours=\${ours:-yes} ;; esac
    fi
  done <<EOF
$all
EOF
  while read -r pid state pgid sid began; do
    [ "$state" = Z ] && continue
    # What was there before the command is none of its own, whatever it holds.
    case $start in '' | *[!0-9]*) ;; *) [ "$began" -ge "$start" ] || continue ;; esac
    # Neither init nor ourselves, with our helpers.
    if [ "$pid" -le 1 ] || [ "$pgid" -le 1 ] || [ "$sid" = "$$" ]; then continue; fi
    if [ "$ours" = yes ] && [ "$pgid" = "$leader" ]; then target=-$leader
    elif [ "$ours" = yes ] && [ "$sid" = "$leader" ]; then target=-$pgid
    else
      case $marked in *" $pid "*) ;; *) continue ;; esac
      # A group that it leads has only its own children in it.
      if [ "$pgid" = "$pid" ]; then target=-$pid; else target=$pid; fi
    fi
    [ "$state" = T ] && stopped="$stopped $target"
    case " $targets " in *" $target "*) ;; *) targets="$targets $target" ;; esac
  done <<EOF
$all
EOF
}


lives() {
  for target in $targets; do
    kill -0 "$target" 2>/dev/null && return 0
  done
  return 1
}

# kill in the one spelling that dash, bash and busybox all take for a group.
ask() {
  [ "$signal" = none ] && return
  for target in $targets; do
    case " $asked " in *" $target "*) ;; *) kill "-$signal" "$target" 2>/dev/null ;; esac
  done
  for target in $stopped; do kill -CONT "$target" 2>/dev/null; done
  asked=$targets
}

# First those that are found at once.
asked=
look
ask
look held
[ -n "$targets" ] || exit 0
ask
# No waitDelay: the user wants to wait for ever, and so it stays at the asking.
[ "$delay" -gt 0 ] || exit 0
now
while [ "$time" -lt "$end" ] && lives; do
  sleep 0.1
  now
done
# Those that are found at once first. Several times, because somebody may just be forking.
for how in fast held held held; do
  look $how
  [ -n "$targets" ] || [ $how = fast ] || exit 0
  for target in $targets; do kill -KILL "$target" 2>/dev/null; done
  [ $how = fast ] || sleep 0.1
done
`.replaceAll("\\${", "${");
