// Programs that run others: package managers, and whatever runs several scripts.
import { app, apps, type Program } from "../program";

export const WRAPPERS: readonly Program[] = [
  { name: "npm run", command: "npm run dev", ...apps("app") },
  { name: "npm start (silent)", command: "npm --silent start", ...apps("app") },
  { name: "npx", command: "npx --no-install tsx app.mjs", ...apps("app") },
  { name: "yarn 1", command: "node node_modules/yarn/bin/yarn.js dev", ...apps("app") },
  { name: "pnpm", command: "pnpm run dev", ...apps("app") },
  { name: "run-p", command: "run-p dev:a dev:b", ...apps("a", "b") },
  { name: "run-s", command: "run-s dev:a", ...apps("a") },
  { name: "concurrently", command: "concurrently 'node app.mjs a' 'node app.mjs b'", ...apps("a", "b") },
  { name: "wireit", command: "npm run wireit", ready: { apps: ["app"] }, cleansUp: app() },
];
