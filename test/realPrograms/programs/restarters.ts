// Programs that start a program again when it ends or when a file changes, and those that supervise several.
import { apps, logs, type Program } from "../program";

const oneApp = apps("app");

export const RESTARTERS: readonly Program[] = [
  { name: "nodemon", command: "nodemon app.mjs", ...oneApp },
  { name: "nodemon --signal SIGINT", command: "nodemon --signal SIGINT --exec 'node app.mjs'", ...oneApp },
  { name: "ts-node-dev", command: "ts-node-dev --transpile-only app.cjs", ...oneApp },
  { name: "ts-node-dev --respawn", command: "ts-node-dev --respawn --transpile-only app.cjs", ...oneApp },
  { name: "tsx", command: "tsx app.mjs", ...oneApp },
  { name: "tsx watch", command: "tsx watch app.mjs", ...oneApp },
  { name: "node --watch", command: "node --watch app.mjs", ...oneApp },
  { name: "chokidar --initial", command: "chokidar app.mjs --initial -c 'node app.mjs'", ...oneApp },
  { name: "forever", command: "forever app.cjs", ...oneApp },
  { name: "pm2-runtime", command: "PM2_HOME=$TRIAL_FOLDER/pm2 pm2-runtime start app.cjs", ...oneApp },
  { name: "pm2 start --no-daemon", command: "PM2_HOME=$TRIAL_FOLDER/pm2 pm2 start app.cjs --no-daemon", ...oneApp },
  { name: "entr -r", command: "ls app.mjs | entr -nr node app.mjs", needs: ["/usr/bin/entr"], ...oneApp },
  { name: "entr", command: "ls app.mjs | entr -n node app.mjs", needs: ["/usr/bin/entr"], ...oneApp },
  {
    name: "supervisord",
    command: "supervisord -n -c supervisord.conf",
    needs: ["/usr/bin/supervisord"],
    ready: apps("a", "b").ready,
    cleansUp: [...apps("a", "b").cleansUp, logs(/waiting for .* to die|received SIG/, "supervisord.log")],
  },
  { name: "runsvdir", command: "runsvdir services", prepare: "chmod +x services/app/run", needs: ["/usr/bin/runsvdir"], ...oneApp },
];
