// Shells, and what they run without another program between; interpreters; programs that own the keys of a terminal.
import { apps, creates, type Program } from "../program";

const background = apps("a", "b");

export const SHELLS: readonly Program[] = [
  { name: "node", command: "node app.mjs", ...apps("app") },
  { name: "sh: a; b", command: "sh -c 'node app.mjs; true'", ...apps("app") },
  { name: "sh: a & b; wait", command: "sh background.sh", ...background },
  { name: "bash: a & b; wait", command: "bash background.sh", ...background },
  { name: "bash: a & b & wait", command: "bash -c 'node app.mjs a & node app.mjs b & wait'", ...background },
  { name: "bash: a | cat", command: "bash -c 'node app.mjs | cat'", ...apps("app") },
  { name: "bash: a | tee", command: "node app.mjs | tee app.output", ...apps("app") },
  { name: "bash: set -m", command: "bash -c 'set -m; node app.mjs a & node app.mjs b; wait'", ...background },
  { name: "bash: nohup", command: "nohup node app.mjs", ...apps("app") },
  { name: "bash: trap EXIT", command: "bash trap.sh EXIT", ready: { file: "trap.ready" }, cleansUp: [creates("trap.cleaned")] },
  { name: "bash: trap INT", command: "bash trap.sh INT", ready: { file: "trap.ready" }, cleansUp: [creates("trap.cleaned")] },
  { name: "dash: trap INT", command: "dash trap.sh INT", ready: { file: "trap.ready" }, cleansUp: [creates("trap.cleaned")] },
  { name: "bash: trap with a question", command: "bash question.sh", ready: { file: "trap.ready" }, cleansUp: [] },
  { name: "python", command: "/usr/bin/python3 app.py", needs: ["/usr/bin/python3"], ready: { file: "python.ready" }, cleansUp: [creates("python.cleaned"), creates("python.atexit")] },
  { name: "python multiprocessing", command: "/usr/bin/python3 pool.py", needs: ["/usr/bin/python3"], ready: { file: "python.ready" }, cleansUp: [creates("python.cleaned"), creates("python.atexit")] },
  { name: "perl", command: "perl app.pl", ready: { file: "perl.ready" }, cleansUp: [creates("perl.cleaned")] },
  { name: "tail -f", command: "tail -f app.mjs", ready: { output: /know|ready/ }, cleansUp: [] },
  { name: "bash (interactive)", command: "bash --noprofile --rcfile interactive.sh -i", ready: { file: "bash.ready" }, cleansUp: [creates("bash.cleaned")], ptyOnly: true },
  // A hang-up ends Python without what it would do at its exit. At a prompt it is a matter of luck whether the end of its input comes first.
  { name: "python (interactive)", command: "PYTHONSTARTUP=interactive.py /usr/bin/python3", needs: ["/usr/bin/python3"], ready: { output: />>> / }, cleansUp: [], ptyOnly: true },
  {
    name: "ipython",
    command: "/usr/bin/python3 -m IPython --no-banner -i interactive.py",
    needs: ["/usr/lib/python3/dist-packages/IPython"],
    ready: { output: /In \[1\]/ },
    cleansUp: [],
    ptyOnly: true,
  },
  { name: "node (interactive)", command: "node -i", ready: { output: /> / }, cleansUp: [], ptyOnly: true },
  { name: "gdb", command: "gdb -q -nx /bin/true", needs: ["/usr/bin/gdb"], ready: { output: /\(gdb\)/ }, cleansUp: [], ptyOnly: true },
  { name: "less", command: "less app.mjs", needs: ["/usr/bin/less"], ready: { output: /app\.mjs \[NAME\]/ }, cleansUp: [], ptyOnly: true },
  { name: "vim", command: "vim.tiny app.mjs", needs: ["/usr/bin/vim.tiny"], ready: { file: ".app.mjs.swp" }, cleansUp: [], ptyOnly: true },
  { name: "top", command: "top", needs: ["/usr/bin/top"], ready: { output: /load average/ }, cleansUp: [], ptyOnly: true },
];
