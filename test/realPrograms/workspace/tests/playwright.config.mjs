export default {
  testMatch: "long.spec.mjs",
  globalTeardown: "./teardown.cjs",
  reporter: "line",
  timeout: 0,
  webServer: { command: "node ../app.mjs", port: Number(process.env.PORT), gracefulShutdown: { signal: "SIGINT", timeout: 2000 } },
};
