// Servers with a clean-up of their own, in the foreground and as daemons.
import { apps, creates, logs, removes, type Program } from "../program";

const redis = "redis-server --port $PORT --save 3600 1000 --dbfilename dump.rdb --dir $TRIAL_FOLDER --logfile redis.log";
const redisReady = { output: /Ready to accept connections/, in: "redis.log" };
const python = "/usr/bin/python3";

/** A second signal makes Celery stop without waiting for its tasks ("Cold shutdown"). */
export const celery = {
  ready: { output: /task begins/, in: "celery.log" },
  cleansUp: [logs(/task done/, "celery.log"), logs(/worker_shutdown/, "celery.log")],
} satisfies Pick<Program, "ready" | "cleansUp">;

export const SERVERS: readonly Program[] = [
  { name: "redis-server", command: redis, needs: ["/usr/bin/redis-server"], ready: redisReady, cleansUp: [creates("dump.rdb"), logs(/bye bye/, "redis.log")] },
  {
    name: "redis-server --daemonize, tail -f",
    command: `sh -c '${redis} --daemonize yes; tail -F redis.log'`,
    needs: ["/usr/bin/redis-server"],
    ready: redisReady,
    cleansUp: [creates("dump.rdb")],
  },
  { name: "nginx (foreground)", command: "nginx -p $TRIAL_FOLDER -c nginx.conf -g 'daemon off;'", ...nginx() },
  { name: "nginx (daemon), tail -f", command: "sh -c 'nginx -p $TRIAL_FOLDER -c nginx.conf; tail -f nginx.log'", ...nginx() },
  {
    name: "postgres (another user)",
    command: "runuser -u postgres -- /usr/lib/postgresql/15/bin/postgres -D pg -p $PORT -k ''",
    prepare: "chown -R postgres . && runuser -u postgres -- /usr/lib/postgresql/15/bin/initdb -D pg -N -A trust",
    needs: ["/usr/lib/postgresql/15/bin/postgres"],
    ready: [{ port: true }, { file: "pg/postmaster.pid" }],
    cleansUp: [removes("pg/postmaster.pid")],
  },
  {
    name: "mariadbd",
    command: "mariadbd --no-defaults --user=root --datadir=$TRIAL_FOLDER/my --port=$PORT --socket=$TRIAL_FOLDER/my.sock --pid-file=$TRIAL_FOLDER/my.pid",
    prepare: "mariadb-install-db --no-defaults --user=root --datadir=$TRIAL_FOLDER/my --skip-test-db",
    needs: ["/usr/sbin/mariadbd"],
    ready: [{ port: true }, { file: "my.pid" }],
    cleansUp: [removes("my.pid")],
  },
  { name: "memcached", command: "memcached -u root -l 127.0.0.1 -p $PORT -P $TRIAL_FOLDER/memcached.pid", needs: ["/usr/bin/memcached"], ready: { port: true }, cleansUp: [removes("memcached.pid")] },
  { name: "haproxy", command: "haproxy -W -db -f haproxy.cfg", needs: ["/usr/sbin/haproxy"], ready: { port: true }, cleansUp: [] },
  { name: "lighttpd", command: "lighttpd -D -f lighttpd.conf", needs: ["/usr/sbin/lighttpd"], ready: { port: true }, cleansUp: [removes("lighttpd.pid")] },
  {
    name: "mosquitto",
    command: "mosquitto -c mosquitto.conf",
    prepare: "sed -i s/PORT/$PORT/ mosquitto.conf && echo persistence_location $TRIAL_FOLDER/ >> mosquitto.conf",
    needs: ["/usr/sbin/mosquitto"],
    ready: { port: true },
    cleansUp: [creates("mosquitto.db")],
  },
  { name: "php -S", command: "php -S 127.0.0.1:$PORT", needs: ["/usr/bin/php"], ready: { port: true }, cleansUp: [] },
  { name: "socat", command: "socat TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr EXEC:cat", needs: ["/usr/bin/socat"], ready: { port: true }, cleansUp: [] },
  { name: "ssh-agent (foreground)", command: "ssh-agent -D -a agent.sock", needs: ["/usr/bin/ssh-agent"], ready: { file: "agent.sock" }, cleansUp: [removes("agent.sock")] },
  { name: "ssh-agent (daemon)", command: "bash agent.sh", needs: ["/usr/bin/ssh-agent"], ...apps("app") },
  { name: "dbus-daemon", command: "dbus-daemon --session --nofork --address=unix:path=$TRIAL_FOLDER/bus", needs: ["/usr/bin/dbus-daemon"], ready: { file: "bus" }, cleansUp: [] },
  { name: "python http.server", command: `${python} -m http.server --bind 127.0.0.1 $PORT`, needs: [python], ready: { port: true }, cleansUp: [] },
  {
    name: "gunicorn",
    command: `${python} /usr/bin/gunicorn -w 2 -b 127.0.0.1:$PORT -p gunicorn.pid --log-file gunicorn.log wsgi:app`,
    needs: ["/usr/bin/gunicorn", "/usr/lib/python3/dist-packages/flask"],
    ready: [{ port: true }, { file: "wsgi.ready" }],
    cleansUp: [removes("gunicorn.pid"), logs(/Shutting down: Master/, "gunicorn.log"), creates("wsgi.atexit")],
  },
  {
    name: "uvicorn",
    command: `${python} -m uvicorn --port $PORT asgi:app`,
    needs: ["/usr/lib/python3/dist-packages/uvicorn"],
    ready: { port: true },
    cleansUp: [creates("asgi.shutdown")],
  },
  {
    name: "uvicorn --reload",
    command: `${python} -m uvicorn --reload --port $PORT asgi:app`,
    needs: ["/usr/lib/python3/dist-packages/uvicorn"],
    ready: [{ port: true }, { file: "asgi.startup" }],
    cleansUp: [creates("asgi.shutdown")],
  },
  {
    name: "uvicorn --workers",
    command: `${python} -m uvicorn --workers 2 --port $PORT asgi:app`,
    needs: ["/usr/lib/python3/dist-packages/uvicorn"],
    ready: [{ port: true }, { file: "asgi.startup" }],
    cleansUp: [creates("asgi.shutdown")],
  },
  {
    name: "celery",
    command: `${python} /usr/bin/celery -A tasks worker -P solo`,
    needs: ["/usr/bin/celery"],
    ...celery,
  },
  { name: "flask", command: `${python} -m flask --app wsgi run -p $PORT`, needs: ["/usr/lib/python3/dist-packages/flask"], ready: { port: true }, cleansUp: [creates("wsgi.atexit")] },
  { name: "flask --debug", command: `${python} -m flask --app wsgi --debug run -p $PORT`, needs: ["/usr/lib/python3/dist-packages/flask"], ready: { port: true }, cleansUp: [creates("wsgi.atexit")] },
  { name: "django runserver", command: `${python} manage.py runserver $PORT`, needs: ["/usr/lib/python3/dist-packages/django"], ready: { port: true }, cleansUp: [creates("django.atexit")] },
  {
    name: "jupyter-server",
    command: `${python} /usr/bin/jupyter-server --allow-root --no-browser --port=$PORT --ServerApp.token=x`,
    needs: ["/usr/bin/jupyter-server"],
    ready: { port: true },
    cleansUp: [{ name: "removes its runtime file", ran: (trial) => !trial.list("home/.local/share/jupyter/runtime").some((name) => name.endsWith(".json")) }],
  },
];

function nginx(): Omit<Program, "name" | "command"> {
  return { prepare: "sed -i s/PORT/$PORT/ nginx.conf", needs: ["/usr/sbin/nginx"], ready: [{ port: true }, { file: "nginx.pid" }], cleansUp: [removes("nginx.pid")] };
}
