// A full-screen program that ignores SIGINT and SIGHUP, and cannot clean up when it is killed.
process.on("SIGINT", () => undefined).on("SIGHUP", () => undefined);
process.stdout.write("\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[2J\x1b[H\x1b[44m full screen \x1b[3;1H\x1b(0lqqk");
process.stdin.setRawMode(true).resume();
