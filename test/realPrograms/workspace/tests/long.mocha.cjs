const { touch } = require("./log.cjs");

it("takes long", async function () {
  this.timeout(0);
  touch("test.ran");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
after(() => touch("test.tornDown"));
