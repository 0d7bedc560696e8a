export default { test: { include: ["**/long.test.cjs"], globalSetup: ["./vitest.setup.mjs"], globals: true } };
