// Programs that run others: package managers, and whatever runs several scripts.
import { apps, type Program } from "../program";
import { celery } from "./servers";

const oneApp = apps("app");
const twoApps = apps("a", "b");
const inMonorepo = "git init -q mono 2>/dev/null; mkdir -p mono/node_modules";

export const WRAPPERS: readonly Program[] = [
  { name: "npm run", command: "npm run dev", ...oneApp },
  { name: "npm start (silent)", command: "npm --silent start", ...oneApp },
  { name: "npm run in npm run", command: "npm run nested", ...oneApp },
  { name: "npm workspaces", command: "cd mono && npm run dev --workspaces", ...apps("a") },
  { name: "npx", command: "npx --no-install tsx app.mjs", ...oneApp },
  { name: "yarn 1", command: "node node_modules/yarn/bin/yarn.js dev", ...oneApp },
  { name: "yarn berry", command: "cd berry && yarn dev", prepare: "cd berry && touch yarn.lock && yarn install", ...oneApp },
  { name: "pnpm", command: "pnpm run dev", ...oneApp },
  { name: "pnpm --parallel", command: "cd mono && npm_config_package_manager_strict=false pnpm -r --parallel run dev", ...twoApps },
  { name: "run-p", command: "run-p dev:a dev:b", ...twoApps },
  { name: "run-s", command: "run-s dev:a", ...apps("a") },
  { name: "concurrently", command: "concurrently 'node app.mjs a' 'node app.mjs b'", ...twoApps },
  { name: "concurrently npm", command: "concurrently npm:dev:a npm:dev:b", ...twoApps },
  { name: "wireit", command: "npm run wireit", ...oneApp },
  { name: "turbo", command: "cd mono && turbo run dev --no-daemon", prepare: inMonorepo, ...twoApps },
  { name: "turbo (stream)", command: "cd mono && turbo run dev --no-daemon --ui stream", prepare: inMonorepo, ...twoApps },
  { name: "turbo, celery", command: "cd mono && turbo run celery --no-daemon --ui stream", prepare: inMonorepo, needs: ["/usr/bin/celery"], ...celery },
  { name: "nx", command: "cd mono && env -u TERM_PROGRAM nx run-many -t dev", prepare: inMonorepo, ...twoApps },
  { name: "lerna", command: "cd mono && lerna run dev --parallel", prepare: inMonorepo, ...twoApps },
  { name: "nf (foreman)", command: "nf start -j Procfile", ...twoApps },
  { name: "foreman (Ruby)", command: "foreman start", needs: ["/usr/bin/foreman"], ...twoApps },
  { name: "cross-env", command: "cross-env A=1 node app.mjs", ...oneApp },
  { name: "dotenv", command: "dotenv -v A=1 -- node app.mjs", ...oneApp },
  { name: "gulp", command: "gulp dev", ...oneApp },
  { name: "make", command: "make app", needs: ["/usr/bin/make"], ...oneApp },
  { name: "make -j", command: "make -j2 a b", needs: ["/usr/bin/make"], ...twoApps },
  { name: "timeout", command: "timeout 300 node app.mjs", ...oneApp },
  { name: "sudo", command: "sudo -E PATH=$PATH node app.mjs", needs: ["/usr/bin/sudo"], ...oneApp },
  { name: "su", command: "su -m -c 'node app.mjs'", ...oneApp },
  { name: "runuser (another user)", command: "runuser -u nobody -m -- node app.mjs", prepare: "chmod 777 .", ...oneApp },
  { name: "setsid --wait", command: "setsid --wait node app.mjs", ...oneApp },
  { name: "script", command: "script -qec 'node app.mjs' /dev/null", ...oneApp },
  { name: "strace", command: "strace -f -o strace.out node app.mjs", needs: ["/usr/bin/strace"], ...oneApp },
  { name: "tini", command: "tini -s -g -- node app.mjs", needs: ["/usr/bin/tini"], ...oneApp },
  { name: "dumb-init", command: "dumb-init node app.mjs", needs: ["/usr/bin/dumb-init"], ...oneApp },
  { name: "dbus-run-session", command: "dbus-run-session -- node app.mjs", needs: ["/usr/bin/dbus-daemon"], ...oneApp },
  { name: "ssh-agent (with a command)", command: "ssh-agent -a agent.sock node app.mjs", needs: ["/usr/bin/ssh-agent"], ...oneApp },
  { name: "xargs -P", command: "printf 'a\\nb\\n' | xargs -P2 -n1 node app.mjs", ...twoApps },
  { name: "tmux", command: "tmux -L $PORT -f /dev/null new-session node app.mjs", needs: ["/usr/bin/tmux"], cancelInput: "\x03", ptyOnly: true, ...oneApp },
  { name: "screen", command: "screen node app.mjs", needs: ["/usr/bin/screen"], ptyOnly: true, ...oneApp },
  { name: "screen -D -m", command: "screen -D -m node app.mjs", needs: ["/usr/bin/screen"], ...oneApp },
];
