const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

module.exports = {
  plugins: [
    {
      apply(compiler) {
        compiler.hooks.shutdown.tapPromise("clean up", async () => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          writeFileSync(join(process.env.TRIAL_FOLDER, "webpack.closed"), "");
        });
      },
    },
  ],
};
