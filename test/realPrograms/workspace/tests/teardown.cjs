const { touch } = require("./log.cjs");

module.exports = async () => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  touch("test.tornDown");
};
