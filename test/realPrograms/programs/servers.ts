// Servers with a clean-up of their own.
import { creates, logs, removes, type Program } from "../program";

export const SERVERS: readonly Program[] = [
  {
    name: "redis-server",
    command: "redis-server --port $PORT --save 3600 1000 --dbfilename dump.rdb --pidfile $TRIAL_FOLDER/redis.pid --daemonize no --logfile redis.log",
    needs: ["/usr/bin/redis-server"],
    ready: { output: /Ready to accept connections/, in: "redis.log" },
    cleansUp: [creates("dump.rdb"), logs(/bye bye/, "redis.log")],
  },
  {
    name: "nginx (foreground)",
    command: "nginx -p $TRIAL_FOLDER -c nginx.conf -g 'daemon off;'",
    prepare: "sed -i s/PORT/$PORT/ nginx.conf",
    needs: ["/usr/sbin/nginx"],
    ready: [{ port: true }, { file: "nginx.pid" }],
    cleansUp: [removes("nginx.pid")],
  },
];
