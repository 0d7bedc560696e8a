# Cancellable Tasks: stops a task when its editor dies
# shellcheck shell=sh
#
# The watchdog of one run, in the language of every /bin/sh. It waits in `read` for the other end of its input to say "done",
# or to close without it: then the editor is dead, and the watchdog stops the run as the editor would have.
#
# It is told, a line each:
#   marker KEY=value        the environment entry that the run's processes inherit
#   since TICKS             nothing older belongs to the run
#   leader PID [START]      the run's command; its start is left out where it cannot be seen
#   unreaped                the editor tells when it has reaped the leader: until then no other process can have its number
#   reaped AT yes|no        it has, then, and whether the leader's group outlived it
#   keeper PID [START]      what leads the leader's session in its place: until its end neither the number of the session nor
#                           that of the leader's group can be another's. It lives as long as the watchdog does.
#   signal NAME, delay MS   how the run is stopped; a delay of 0 means that nothing is killed
#   type TEXT               at first this is typed instead, as bytes \0ooo, where the run has a terminal
#   insist                  the task has not named the signal: others may be tried before the kill
#   pipe NAME, input NAME   what /proc shows for a pipe of the run; an output only counts for its writers
#   terminal NAME
#   cgroup FOLDER           in which everything is that the run has started
#   closed                  the run's output is read no more: whoever writes to it is to be told so, and not to block
# From descriptor 3 on it has the reading ends of the run's output, or the screen's side of its terminal: as long as these are
# open, a program that says goodbye dies neither of SIGPIPE nor of SIGHUP before it has been asked and has cleaned up.
#
# On descriptor 9 it has what the keeper waits for the end of: no terminal is hung up while the watchdog is at work.
#
# It has a session of its own and ignores what can be ignored, so that nothing the task does to its own group reaches it.
#
# Whose process is whose: test/suite/process/attributionCases.ts. A process is signalled only after its start time has been
# looked at again, a group only when one of its owned members has.

trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU
cd / || exit
# An editor's PATH can be anything.
PATH=${PATH:+$PATH:}/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin
proc=${WATCHDOG_PROC:-/proc}
marker='' since='' leader='' start='' unreaped=no at='' outlived=no signal=none delay=0 files='' terminal='' keeper='' keeper_start='' insist=no text='' cgroup=''
while read -r key value rest; do
  case $key in
    marker) marker=$value ;;
    since) since=$value ;;
    leader) leader=$value start=$rest ;;
    unreaped) unreaped=yes ;;
    reaped) unreaped=no start='' at=$value outlived=$rest ;;
    keeper) keeper=$value keeper_start=$rest ;;
    signal) signal=$value ;;
    delay) delay=$value ;;
    insist) insist=yes ;;
    type) text=$value ;;
    pipe | input) files="$files $key=$value" ;;
    terminal) terminal=$value ;;
    cgroup) cgroup=$value${rest:+ $rest} ;;
    closed) exec 3<&- 4<&- ;;
    done) exit 0 ;;
  esac
done
[ -n "$marker" ] || exit 0
# The editor may have died while it kept everything from moving.
{ [ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.freeze"; } 2>/dev/null

# Whether anything lives in the cgroup, without any other program.
is_populated() {
  [ -n "$cgroup" ] || return
  while read -r key value; do
    [ "$key" != populated ] || { [ "$value" = 1 ]; return; }
  done <"$cgroup/cgroup.events"
  return 1
} 2>/dev/null

# The pids of all in it, and in what they have made inside of it.
inside() {
  [ -n "$cgroup" ] || return
  find "$cgroup" -name cgroup.procs -exec cat {} + || cat "$cgroup/cgroup.procs"
} 2>/dev/null

# Sets `time`, in hundredths of a second, from a clock that a shell can read; for delays. In a container it can count from another
# moment than start times do.
now() {
  if read -r uptime rest <"$proc/uptime"; then
    part=${uptime#*.}
    time=$((${uptime%.*} * 100 + 1${part%"${part#??}"} - 100))
  else
    time=$(($(date +%s) * 100))
  fi 2>/dev/null
}

has_proc() { [ -r "$proc/self/stat" ]; }

# Sets `began`, `life` (its state, a letter), `group` and `foreground` (of its terminal) of a process as they are now; "" when it
# cannot be seen. Without any other program on Linux.
see() {
  began='' life='' group='' foreground='' line=''
  if has_proc; then
    # The name stands in brackets and can hold brackets and newlines: what comes after it is in the last line.
    while read -r part; do line=$part; done <"$proc/$1/stat"
    # shellcheck disable=SC2086 # Fields are meant to be split.
    set -- ${line##*") "}
    [ $# -lt 20 ] || began=${20} life=$1 group=$3 foreground=$6
  else
    # shellcheck disable=SC2046
    set -- $(ps -o pgid=,tpgid=,stat=,lstart= -p "$1")
    [ $# -lt 8 ] || began=$4_$5_$6_$7_$8 life=${3%"${3#?}"} group=$1 foreground=$2
  fi 2>/dev/null
}

# Whether a group with the leader's number exists in which this process may signal any.
group_exists() { kill -0 "-$leader" 2>/dev/null; }

# Whether no other process has the leader's number, as far as can be seen: one of another user may be hidden.
leader_unchanged() {
  see "$leader"
  [ -z "$began" ] || [ "$began" = "$start" ]
}

# Whether the numbers of the leader's group and session are kept for them.
keeps() {
  [ -n "$keeper" ] || return
  see "$keeper"
  [ -n "$began" ] && { [ -z "$keeper_start" ] || [ "$began" = "$keeper_start" ]; }
}

# Sets `certain`: whether the leader's group is the run's in this moment, also when no member can be seen.
look_at_leader() {
  certain=no
  [ -n "$leader" ] || return
  if keeps; then
    certain=yes at=$time outlived=yes
    return
  fi
  see "$leader"
  # What was hidden from the editor may be visible now. Unreaped, it is the leader.
  [ -n "$start" ] || [ "$unreaped" = no ] || start=$began
  if [ -n "$began" ]; then
    [ "$began" != "$start" ] || certain=yes
  elif [ "$unreaped" = yes ] && group_exists; then
    certain=yes
  fi
  # From now on init may reap it: what was in its group in this moment is owned. What starts now has the time of this moment.
  [ $certain = no ] || at=$(see self; echo "${began:-$time}") outlived=yes
}

# What the programs for awk below share.
functions='
  # What may have become the parent of an orphan: what the watchdog descends from.
  function find_reapers(  pid) {
    reaper[0]; reaper[1]
    for (pid = self; pid in ppid && !(ppid[pid] in reaper); pid = ppid[pid]) reaper[ppid[pid]]
  }
  # The process of a file or folder in /proc, also where a thread shows it.
  function pid_of(path) {
    sub(/(\/task\/[^\/]*)?\/[a-z]+:?$/, "", path)
    sub(/.*\//, "", path)
    return path
  }'

# The processes, on Linux without those that are in `$listing`, a line each: PID PPID PGID SID STATE START, "young" where the run can
# have started it, and "foreign" where its parents lead to one that was listed before and is not the run's, as far as is known.
stats() {
  if has_proc; then
    # With the file before every line, no name can pass for the line of another process.
    {
      printf '%s\n' "$listing" = "$marked" "$found" =
      grep -as '' /dev/null "$proc"/[0-9]*/stat
    } | awk -v since="$since" -v self=$$ "$functions"'
      function is_foreign(pid,  depth) {
        for (depth = 0; depth < 100; depth++) {
          pid = ppid[pid]
          if (!(pid in ppid) || pid in reaper) return 0
          if (!(pid in fresh)) return !(pid in owned)
        }
        return 0
      }
      section < 2 && $0 == "=" { section++; next }
      section == 0 { listed[$1]; next }
      section == 1 { if (NF == 5) owned[$2]; else owned[pid_of($0)]; next }
      { at = index($0, "/stat:"); pid = substr($0, 1, at - 1); sub(/.*\//, "", pid); last[pid] = substr($0, at + 6) }
      END {
        for (pid in last) {
          line = last[pid]
          sub(/.*\) /, "", line)
          if (split(line, field, " ") < 20) continue
          ppid[pid] = field[2]
          if (pid in listed) continue
          # Only its first thread has ended, and shows nothing any more: number 20 of proc(5) counts them.
          if (field[1] == "Z" && field[18] > 1) field[1] = "L"
          fresh[pid] = pid " " field[2] " " field[3] " " field[4] " " field[1] " " field[20]
          if (pid > 1 && field[1] !~ /[ZX]/ && field[20] + 0 >= since + 0 && field[4] != self) young[pid]
        }
        find_reapers()
        for (pid in fresh) print fresh[pid] (pid in young ? " young" (is_foreign(pid) ? " foreign" : "") : "")
      }'
  else
    ps -axo pid=,ppid=,pgid=,stat=,lstart= | awk -v self=$$ '{
      young = $1 > 1 && $4 !~ /^Z/ && $3 != self
      print $1, $2, $3, "-", substr($4, 1, 1), $5 "_" $6 "_" $7 "_" $8 "_" $9, young ? "young" : ""
    }'
  fi
}

# Those of the leader's group that live, as `attribute` prints them.
members() {
  listing=''
  stats | awk -v leader="$leader" '$3 == leader && $5 !~ /[ZX]/ { print $3, $1, $6, $5, "led" }'
}

is_tended() {
  [ -n "$tender" ] || return
  see "$tender"
  [ -n "$began" ] && [ "$life" != Z ]
}

# Sends a signal to each process that has been found and of which this holds, as `see` has seen it; once, and not to the leader's
# group as long as the helper below does it for that.
tried=' ' tender=''
try() {
  [ $insist = yes ] || return
  spared=''
  ! is_tended || spared=$leader
  while read -r target pid pid_start state led; do
    [ -n "$pid" ] || continue
    case $tried in *" $1=$pid=$pid_start "*) continue ;; esac
    see "$pid"
    if [ "$began" = "$pid_start" ] && [ "$group" != "$spared" ] && "$2"; then
      kill "-$1" "$pid"
      kill -CONT "$pid"
      tried="$tried$1=$pid=$pid_start "
    fi
  done 2>/dev/null <<END
$found
END
}

# A shell's background jobs ignore SIGINT.
ignores_interrupt() { grep -qs '^SigIgn:.*[2367abef]$' "$proc/$pid/status"; }

# What a closed terminal would have hung up on: its foreground, and the command.
is_at_terminal() { [ -n "$terminal" ] && { [ "$group" = "$leader" ] || [ "$group" = "$foreground" ]; }; }

# First of all, and whatever looking at the others comes to: ask the leader's group. Only who had which parent is noted before: one
# that has obeyed has no children any more. The kernel makes these lines without waiting for anything.
listing='' marked='' found=''
before=$(stats)
now
end=$((time + delay / 10))
half=$((end - delay / 20))
# A program that takes SIGINT for a key ends, as gently as it can, when its terminal is closed.
hangup=$((end - (delay < 5000 ? delay / 100 : 50)))
asked=' '
look_at_leader
typist=''
if [ -n "$text" ] && [ -n "$terminal" ] && [ -e /dev/fd/3 ]; then
  # A terminal whose input is full blocks.
  (printf %b "$text" >&3) >/dev/null 2>&1 &
  typist=$!
elif [ $certain = yes ]; then
  [ "$signal" = none ] || kill "-$signal" "-$leader" 2>/dev/null
  asked=" -$leader "
fi

# And see to it that neither what else it is asked nor its end depends on them: on a busy machine a look can take as long as there
# is. A group that has existed all the time is the same group: while it does its number is not given away, and numbers are handed out
# in a circle that takes longer than a moment to go round.
helpers=$typist
if [ $certain = yes ] && [ "$delay" -gt 0 ]; then
  (
    next=TERM
    while
      last=$time
      now
      keeps || { group_exists && leader_unchanged && { [ "$began" = "$start" ] || [ $((time - last)) -lt 50 ]; }; }
    do
      if [ "$time" -ge "$end" ]; then
        kill -KILL "-$leader"
        break
      elif [ "$time" -ge "$half" ] && [ $next = TERM ]; then
        # shellcheck disable=SC2030 # For this helper alone.
        found=$(members) next=HUP
        try TERM ignores_interrupt
      elif [ "$time" -ge "$hangup" ] && [ $next = HUP ]; then
        # shellcheck disable=SC2030 # As above.
        found=$(members) next=KILL
        try HUP is_at_terminal
      fi
      sleep 0.1
    done
  ) >/dev/null 2>&1 3>&- 4>&- &
  tender=$!
  helpers="$helpers $tender"
fi

# A cgroup is killed by one write, whoever is in it.
kill_cgroup() { [ -z "$cgroup" ] || echo 1 >"$cgroup/cgroup.kill"; } 2>/dev/null
if is_populated && [ "$delay" -gt 0 ]; then
  (
    while
      now
      [ "$time" -lt "$end" ]
    do
      is_populated || exit
      sleep 0.1
    done
    kill_cgroup
  ) >/dev/null 2>&1 3>&- 4>&- &
  helpers="$helpers $!"
fi

# Take what is still written, until there is no writer left. Pipes are opened anew, as the editor's own ends do not wait;
# first for both directions, because to open one without a writer waits for a writer.
for fd in 3 4; do
  if [ -p "/proc/self/fd/$fd" ]; then
    (
      exec 5<>"/proc/self/fd/$fd"
      exec 6<"/proc/self/fd/$fd" 5>&-
      exec cat <&6
    ) >/dev/null 2>&1 &
  elif [ -e "/dev/fd/$fd" ]; then
    while kill -0 $$; do
      cat <&$fd
      sleep 0.1
    done >/dev/null 2>&1 &
    helpers="$helpers $!"
  fi
done
# They ignore all other signals, as the watchdog does.
end_helpers() {
  for helper in $helpers; do command kill -KILL "$helper" 2>/dev/null; done
}
trap end_helpers EXIT

# Runs a command for so many seconds. Reading the environment of a process that changes its memory can hang.
bounded() {
  if command -v timeout >/dev/null; then
    timeout -s KILL "$@"
  else
    shift
    "$@"
  fi 2>/dev/null
}

# The file or folder of this name, in /proc, of each process in these lines that the run can have started: as a pattern where a thread
# has to show it for the process.
each_young() {
  printf '%s\n' "$1" | awk -v proc="$proc" -v name="$2" '$7 == "young" { print proc "/" $1 ($5 == "L" ? "/task/*/" : "/") name }'
}

# Of these files called environ, those in which the marker is.
with_marker() {
  if has_proc; then
    bounded 2 grep -lzFxs -e "$marker" /dev/null "$@"
    # From 124 on it was stopped. One of them hangs: then each alone.
    [ $? -ge 124 ] || return
    for file; do bounded 1 grep -lzFxs -e "$marker" /dev/null "$file"; done
  else
    ps -axEww -o pid=,command= | awk -v marker="$marker" '{ for (i = 2; i <= NF; i++) if ($i == marker) { print $1; next } }'
  fi
}

# The pids of those that hold one of the run's pipes, or its terminal, among these folders called fd.
holders() {
  # With a file beside the folders each of these is named, even if it is the only one.
  bounded 2 ls -l /dev/null "$@" | awk -v files="$files" -v terminal="$terminal" "$functions"'
    function ends(line, end) { return substr(line, length(line) - length(end) + 1) == end }
    BEGIN { count = split(files, names, " ") }
    /^\/.*\/fd:$/ { pid = pid_of($0); next }
    terminal != "" && ends($0, " -> " terminal) { print pid }
    {
      for (i = 1; i <= count; i++) {
        name = names[i]
        kind = substr(name, 1, index(name, "=") - 1)
        sub(/^[^=]*=/, "", name)
        # One that never had a name is called "pipe:[inode]".
        if (ends($0, name ~ /^pipe:/ ? " -> " name : "/" name " (deleted)") && (kind == "input" || /^l.w/)) print pid
      }
    }'
}

# Reads the listing, the marked, the holders and what an earlier look has found. Prints a line for each owned process: TARGET PID
# START STATE led|alone, where the target is -PGID when all of the group are owned, else the pid. Who is led has a parent in the run,
# or the leader of its group has.
attribute() {
  kept=no
  ! keeps || kept=yes
  awk -v self=$$ -v leader="$leader" -v start="$start" -v at="$at" -v outlived="$outlived" -v kept=$kept -v keeper="$keeper" "$functions"'
    function is_number(text) { return text ~ /^[0-9]+$/ }
    # Whether its living ancestors lead to one that the run cannot have started. The parent of an orphan says nothing.
    function is_foreign(pid,  parent, seen, i) {
      while (!(pid in foreign) && !(pid in seen)) {
        seen[pid]
        parent = ppid[pid]
        if (!(parent in ppid) || parent in reaper) { foreign[pid] = 0; break }
        if (!(parent in young)) { foreign[pid] = 1; break }
        pid = parent
      }
      for (i in seen) foreign[i] = foreign[pid] + 0
      return foreign[pid]
    }
    # Whether a process of the run is there, or was when the first signal was sent, that passes the signal on to it in its own way.
    function has_parent(pid) {
      if (!(pid in before)) return ppid[pid] in owned
      return before[pid] in was_young && !(before[pid] in reaper)
    }
    function own(pid) { if (pid in young && !(pid in owned)) { owned[pid]; changed = 1 } }
    # One member that is owned, or that was there when the leader ended, says that the group is the same one.
    function vouches(pid) {
      if (pid in owned) return 1
      return is_number(at) && is_number(began[pid]) && began[pid] + 0 <= at + 0 && (pgid[pid] != leader || outlived == "yes")
    }
    function own_group(  i) {
      for (i = 1; i <= members && !group_owned; i++) group_owned = vouches(member[i])
      for (i = 1; i <= members && group_owned; i++) own(member[i])
    }
    # A session has only descendants of its leader in it. While the leader lives, its number says which session it is.
    function own_sessions(  pid) {
      for (pid in young) if (sid[pid] in owned && sid[sid[pid]] == sid[pid]) own(pid)
    }
    function own_descendants(  pid, child, parent, path, depth, i, without) {
      for (pid in young) {
        if (pid in owned || pid in without) continue
        depth = 0
        for (child = pid; ; child = parent) {
          path[++depth] = child
          without[child]
          parent = ppid[child]
          # A child is never older than its parent.
          if (!(parent in young) || (is_number(began[child]) && began[parent] + 0 > began[child] + 0)) break
          if (parent in owned) { for (i = 1; i <= depth; i++) own(path[i]); break }
          if (parent in without) break
        }
      }
    }
    $1 == "=" { section = $2; next }
    section == "" && NF >= 6 { ppid[$1] = $2; pgid[$1] = $3; sid[$1] = $4; state[$1] = $5; began[$1] = $6; if ($7 == "young") is_young[$1] }
    section == "inside" { inside[$1] }
    section == "marked" { marked[pid_of($0)] }
    section == "held" { held[$0] }
    section == "known" && NF == 5 { known[$2] = $3 }
    section == "before" && NF >= 6 { before[$1] = $2; was[$1] = $6; if ($7 == "young") was_young[$1] }
    END {
      find_reapers()
      for (pid in is_young) if (!(pid in reaper)) young[pid]
      session = keeper != "" ? keeper : leader
      for (pid in young) if (leader != "" && (pgid[pid] == leader || sid[pid] == session) && pid != keeper) member[++members] = pid
      if (kept == "yes") group_owned = 1
      # Where another process has the number of the leader, it was free, and the group is another one.
      else if (leader in ppid) { if (began[leader] == start) group_owned = 1; else members = 0 }
      for (pid in young) if (pid in inside || pid in marked || (pid in known && known[pid] == began[pid])) own(pid)
      for (pid in young) if (pid in held && !is_foreign(pid)) own(pid)
      do { changed = 0; own_group(); own_sessions(); own_descendants() } while (changed)
      for (pid in ppid) if (!(pid in owned) && state[pid] !~ /[ZX]/) mixed[pgid[pid]]
      for (pid in owned) {
        target = pgid[pid] > 1 && !(pgid[pid] in mixed) ? "-" pgid[pid] : pid
        print target, pid, began[pid], state[pid], (has_parent(pid) || has_parent(pgid[pid]) ? "led" : "alone") (was[pid] == began[pid] ? "" : "new")
      }
    }'
}

# Sets `found` to what is owned now; with "held", also by the pipes and the terminal, which takes longer. The list comes
# first: a process that gets a number after that is not taken for the one that had it before.
# shellcheck disable=SC2046,SC2086,SC2031 # Lists of files are meant to be split. The helper has its own `found`.
look() {
  listing='' marked='' held='' rounds=0 again=yes
  # A process can start another one and end before its environment is read. So those that have come meanwhile are looked at too, and
  # again, unless all of them are others' children, as what other watchdogs start is.
  while [ $again = yes ] && [ $rounds -lt 10 ]; do
    more=$(stats)
    case $more in *" young"*) ;; *) break ;; esac
    case "$more
" in *" young
"*) ;; *) again=no ;; esac
    listing="$listing
$more"
    marked="$marked
$(with_marker $(each_young "$more" environ))"
    rounds=$((rounds + 1))
    has_proc || break
  done
  [ "$1" != held ] || ! has_proc || held=$(holders $(each_young "$listing" fd))
  found=$(printf '%s\n' "$listing" '= inside' "$(inside)" '= marked' "$marked" '= held' "$held" '= known' "$found" '= before' "$before" | attribute)
}

# Sends a signal to what has been found, but not to these targets, and not to those that are led when it is only for who is alone;
# when it is for all, also to who was born in one of these targets since and is not in `$told`. Sets `reached`, the targets, and
# `stopped`, those of them in which a process is stopped.
send() {
  reached=' ' stopped=' '
  while read -r target pid pid_start state led; do
    case $3$led in
      aloneled*) continue ;;
      all*new) case $2 in *" $target "*) case $told in *" $pid=$pid_start "*) ;; *) target=$pid ;; esac ;; esac ;;
    esac
    case "$2$reached" in *" $target "*) [ "$state" = T ] || continue ;; esac
    [ -n "$pid" ] || continue
    see "$pid"
    [ "$began" = "$pid_start" ] || continue
    [ "$target" = "$pid" ] || [ "$target" = "-$group" ] || continue
    [ "$state" != T ] || stopped="$stopped$target "
    case "$2$reached" in *" $target "*) continue ;; esac
    [ "$1" = none ] || kill "-$1" "$target" 2>/dev/null
    reached="$reached$target "
  done <<END
$found
END
}

# A stopped process sees a signal only when it is continued; with its group, as a SIGSTOP can still be on its way to others of it.
told=' '
ask() {
  send "$signal" "$asked" "$1"
  asked="$asked$reached"
  # Who was listed before its group was signalled has got the signal with it. A second one could be taken for haste.
  [ "$reached" = ' ' ] || told="$told$(printf '%s\n' "$reached" "$listing" | awk '
    NR == 1 { for (i = 1; i <= NF; i++) reached[$i]; next }
    ("-" $3) in reached { printf "%s=%s ", $1, $6 }')"
  [ "$signal" = none ] || for target in $stopped; do kill -CONT "$target" 2>/dev/null; done
}

targets() {
  while read -r target _; do printf '%s\n' "$target"; done <<END
$found
END
}

# Who is hidden can be told by the cgroup alone.
lives() {
  ! is_populated || return 0
  for target in $asked $(targets); do
    kill -0 "$target" 2>/dev/null || continue
    # The keeper keeps a zombie in the leader's group.
    [ "$target" != "-$leader" ] || ! keeps || [ -n "$(members)" ] || continue
    return 0
  done
  return 1
}

# Kills what has been found. Fails when all of it had been found before.
kill_found() {
  kill_cgroup
  send KILL ' ' all
  fresh=$(printf '%s\n' "$killed" = "$found" | awk '$1 == "=" { listed = 1; next } !listed { known[$2, $3]; next } !(($2, $3) in known)')
  killed="$killed
$fresh"
  [ -n "$fresh" ]
}

# As the editor would have: first only the processes that no parent in the run is there to ask, at half the delay the others. A process
# that has not obeyed is asked in other ways, too.
look fast
[ -n "$typist" ] || ask alone
look held
[ -n "$typist" ] || ask alone
[ -n "$found" ] || [ $certain = yes ] || is_populated || exit 0
# No waitDelay: the user waits indefinitely, so it stays at the asking.
[ "$delay" -gt 0 ] || exit 0
# Waits for the end of what was found, until this moment at most.
wait_until() {
  now
  while [ "$time" -lt "$1" ] && lives; do
    sleep 0.1
    now
  done
}

wait_until "$half"
# Those that are known first, as the look takes its time.
listing=''
listing=$(stats)
ask all
try TERM ignores_interrupt
look held
ask all
try TERM ignores_interrupt
# There is no time for a look.
wait_until "$hangup"
try HUP is_at_terminal
wait_until "$end"

# Those that are found at once first. Several times, because one may just be forking, or be between two programs; and at once
# again as long as there are new ones, but not without an end: 20 s.
killed='' quiet=0 how=fast limit=$((time + 2000))
while [ $quiet -lt 3 ] && [ "$time" -lt $limit ]; do
  look $how
  if kill_found; then
    quiet=0 how=fast
  else
    quiet=$((quiet + 1)) how=held
    [ $quiet -eq 3 ] || sleep 0.1
  fi
  now
done

# Nobody is left in it, but who is dying.
tries=0
while [ -n "$cgroup" ] && [ -d "$cgroup" ] && [ $tries -lt 50 ]; do
  find "$cgroup" -depth -type d -exec rmdir {} \; || rmdir "$cgroup"
  tries=$((tries + 1))
  [ ! -d "$cgroup" ] || sleep 0.1
done 2>/dev/null
