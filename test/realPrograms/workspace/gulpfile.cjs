const { spawn } = require("node:child_process");

exports.dev = () => spawn("node", ["app.mjs"], { stdio: "inherit" });
