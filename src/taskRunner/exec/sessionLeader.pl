# Cancellable Tasks: leads the session of one command on a terminal, as a shell does that of its jobs
#
# It is told on descriptor 3 what to run, and tells there: "pid N"; "started", or "failed ERRNO"; "exited STATUS" (as waitpid
# gives it). Then it waits for the end of its input. Until that comes the terminal is not hung up, whoever exits; and neither the
# session's number nor that of the command's group can become another's: of the group a zombie is kept, which nobody can kill.
use strict;

my ($TIOCSCTTY, $TIOCSPGRP, $TCGETS, $TCSETS, $wait4, $clone3, $SIGCHLD, $SIGTSTP, $inherited) = map { $_ + 0 } @ARGV;
my ($F_SETFD, $FD_CLOEXEC, $WUNTRACED, $EINTR, $CLONE_INTO_CGROUP) = (2, 1, 2, 4, 0x200000000);
my $IUTF8 = 0x4000;
# Handled, and not ignored: what is ignored stays so in the command.
$SIG{$_} = sub { } for qw(HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU);

open(my $channel, '+<&=', 3) or exit 1;
fcntl($channel, $F_SETFD, $FD_CLOEXEC);

sub tell_ { syswrite($channel, "$_[0]\n") }

# Reads so many bytes; the editor has given up, or is dead, if they do not come.
sub take {
  my ($wanted, $bytes) = ($_[0], '');
  while (length($bytes) < $wanted) {
    my $count = sysread($channel, $bytes, $wanted - length($bytes), length($bytes));
    next if !defined $count && $! == $EINTR;
    exit 0 unless $count;
  }
  return $bytes;
}

my $status;

# Waits for a process, also for its being stopped where the system's own call is known: perl's does not tell that from an exit.
sub wait_for {
  if (!$wait4) {
    my $ended = waitpid($_[0], 0);
    $status = $?;
    return $ended;
  }
  my $bytes = pack('i', 0);
  my $ended = syscall($wait4, $_[0] + 0, $bytes, $WUNTRACED, 0);
  $status = unpack('i', $bytes);
  return $ended;
}

# Forks a child that is born in this cgroup (Linux 5.7). To move one there takes the kernel some milliseconds: it waits until every
# processor has seen that (a grace period of RCU). Undefined where that cannot be done.
sub fork_into {
  return undef if !$clone3 || !open(my $folder, '<', $_[0]);
  # struct clone_args of clone3(2): the flags are the first field, the signal at its end the fifth, the cgroup the last.
  my $args = pack('Q11', $CLONE_INTO_CGROUP, (0) x 3, $SIGCHLD, (0) x 5, fileno($folder));
  my $child = syscall($clone3, $args, length $args);
  return $child < 0 ? undef : $child;
}

# The size in ten digits, then fields with a NUL behind each: the terminal, the folder of the cgroup that the command enters or
# nothing, the number of words, and these, of what has it moved there, the program, the number of its arguments, these (the first
# is the name that it sees itself called by), and its environment. Not as arguments: these can be seen by everybody.
my ($tty, $cgroup, $words, @rest) = split(/\0/, take(take(10)), -1);
my @mover = splice(@rest, 0, $words);
my ($path, $count) = splice(@rest, 0, 2);
my @args = splice(@rest, 0, $count);
pop @rest; # behind the last NUL
$0 = "cancellable-tasks: terminal of $args[0]";

# Whatever else the editor has let it inherit, such as other terminals, is for nobody.
if (opendir(my $folder, -d '/proc/self/fd' ? '/proc/self/fd' : '/dev/fd')) {
  for my $fd (grep { /\A\d+\z/ && $_ > 3 && $_ != ($inherited || 0) } readdir($folder)) {
    if (open(my $leaked, '<&=', $fd)) { close $leaked }
  }
}

# The leader of a session without a terminal gets the one that it opens for its controlling terminal.
open(my $terminal, '+<', $tty) or do { tell_('failed ' . ($! + 0)); exit 1 };
ioctl($terminal, $TIOCSCTTY, 0);
# Backspace erases a whole character of UTF-8.
my $settings = "\0" x 256;
if ($TCGETS && ioctl($terminal, $TCGETS, $settings)) {
  my $flags = unpack('L', $settings) | $IUTF8;
  substr($settings, 0, 4) = pack('L', $flags);
  ioctl($terminal, $TCSETS, $settings);
}

pipe(my $failed, my $failure) or exit 1;
my $pid = @mover || $cgroup eq '' ? undef : fork_into($cgroup);
my $is_inside = defined $pid;
$pid = fork if !$is_inside;
if (!defined $pid) { tell_('failed ' . ($! + 0)); exit 1 }
if ($pid == 0) {
  # Who cannot enter runs all the same: it can be seen whether anybody has.
  if (!$is_inside && !@mover && $cgroup ne '' && open(my $procs, '>', "$cgroup/cgroup.procs")) { syswrite($procs, '0'); close $procs }
  setpgrp(0, 0);
  $SIG{TTOU} = 'IGNORE';
  ioctl($terminal, $TIOCSPGRP, pack('i', $$));
  $SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU);
  # From here on it is stopped as the command would be: to have it moved takes some milliseconds.
  if (@mover) {
    my $self = $$;
    my $moving = fork;
    if (defined $moving && $moving == 0) { { no warnings; exec { $mover[0] } @mover, $self; } kill 'KILL', $$; }
    waitpid($moving, 0) if defined $moving;
  }
  open($_->[0], '+<&', $terminal) for [\*STDIN], [\*STDOUT], [\*STDERR];
  %ENV = ();
  for (@rest) { $ENV{$1} = $2 if /\A([^=]+)=(.*)\z/s }
  { no warnings; exec { $path } @args; }
  syswrite($failure, $! + 0);
  kill 'KILL', $$;
}
setpgrp($pid, $pid);
tell_("pid $pid");
close $failure;
# For the command, and not for this.
if ($inherited && open(my $mark, '+<&=', $inherited)) { close $mark }
chdir '/';

my $errno = '';
while (1) {
  my $count = sysread($failed, $errno, 16);
  last if defined $count || $! != $EINTR;
}
if ($errno ne '') { waitpid($pid, 0); tell_("failed $errno"); exit 1 }

# The zombie.
my $keeper = fork;
if (defined $keeper && $keeper == 0) { setpgrp(0, $pid); kill 'KILL', $$; }
setpgrp($keeper, $pid) if defined $keeper;
tell_('started');

while (1) {
  my $ended = wait_for($pid);
  next if $ended != $pid && $! == $EINTR;
  last if $ended != $pid || ($status & 0xff) != 0x7f;
  # Nobody is there who would continue what Ctrl+Z has stopped.
  kill 'CONT', -$pid if ($status >> 8) == $SIGTSTP;
}
# As long as the command runs it has a terminal, also if it has redirected everything (nohup). Who has it after that is looked at.
close $terminal;
tell_("exited $status");

while (1) {
  my $count = sysread($channel, my $byte, 1);
  last if defined $count ? $count == 0 : $! != $EINTR;
}
waitpid($keeper, 0) if defined $keeper;
