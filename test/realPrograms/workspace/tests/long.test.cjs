// One test that takes long, for jest and vitest.
const { touch } = require("./log.cjs");

test("takes long", async () => {
  touch("test.ran");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}, 700_000);
