// What shells run without a program between.
import { apps, type Program } from "../program";

export const SHELLS: readonly Program[] = [
  { name: "node", command: "node app.mjs", ...apps("app") },
  { name: "sh: a & b; wait", command: "sh background.sh", ...apps("a", "b") },
];
