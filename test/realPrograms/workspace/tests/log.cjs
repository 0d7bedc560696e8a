const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

exports.touch = (name) => writeFileSync(join(process.env.TRIAL_FOLDER, name), "");
