# Cleans up for 300 ms when it is interrupted.
sub touch { open(my $file, ">", $_[0]); close($file); }
$SIG{INT} = sub { select(undef, undef, undef, 0.3); touch("perl.cleaned"); exit 130; };
touch("perl.ready");
sleep 1 while 1;
