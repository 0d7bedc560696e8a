// What a web developer keeps running: dev servers, bundlers and test runners that watch.
import { creates, type Program } from "../program";

export const DEV_SERVERS: readonly Program[] = [
  { name: "http-server", command: "http-server -p $PORT", ready: { port: true }, cleansUp: [] },
  { name: "serve", command: "serve -l tcp://127.0.0.1:$PORT .", ready: { port: true }, cleansUp: [] },
  { name: "json-server", command: "json-server --port $PORT db.json", ready: { port: true }, cleansUp: [] },
  { name: "browser-sync", command: "browser-sync start --server --no-open --no-ui --port $PORT", ready: { port: true }, cleansUp: [] },
  { name: "vite", command: "cd web && vite --port $PORT --strictPort", ready: { port: true }, cleansUp: [] },
  { name: "vite preview", command: "cd web && vite preview --port $PORT --strictPort", prepare: "cd web && vite build", ready: { port: true }, cleansUp: [] },
  { name: "webpack --watch", command: "cd web && webpack --watch --mode development", ready: { file: "web/dist/main.js" }, cleansUp: [creates("webpack.closed")] },
  { name: "webpack-dev-server", command: "cd web && webpack serve --mode development --port $PORT", ready: { port: true }, cleansUp: [creates("webpack.closed")] },
  { name: "esbuild --serve", command: "cd web && esbuild src/index.js --bundle --outdir=dist --servedir=. --serve=$PORT", ready: { port: true }, cleansUp: [] },
  { name: "rollup -w", command: "cd web && rollup -c -w", ready: { file: "web/dist/rollup.js" }, cleansUp: [creates("rollup.closed")] },
  { name: "tsc --watch", command: "tsc --watch --allowJs --noEmit --module nodenext app.mjs", ready: { output: /Watching for file changes/ }, cleansUp: [] },
  { name: "next dev", command: "cd next && next dev -p $PORT", ready: { output: /Ready in/ }, cleansUp: [] },
  { name: "jest --watchAll", command: "cd tests && jest --watchAll", ready: { file: "test.ran" }, cleansUp: [creates("test.tornDown")] },
  { name: "jest (a long test)", command: "cd tests && jest", ready: { file: "test.ran" }, cleansUp: [creates("test.tornDown")] },
  { name: "vitest", command: "cd tests && vitest --globals", ready: { file: "test.ran" }, cleansUp: [creates("test.tornDown")] },
  { name: "mocha (a long test)", command: "cd tests && mocha long.mocha.cjs", ready: { file: "test.ran" }, cleansUp: [creates("test.tornDown")] },
  { name: "mocha --watch", command: "cd tests && mocha --watch long.mocha.cjs", ready: { file: "test.ran" }, cleansUp: [creates("test.tornDown")] },
  { name: "playwright test", command: "cd tests && playwright test", ready: [{ file: "test.ran" }, { apps: ["app"] }], cleansUp: [creates("test.tornDown")] },
];
