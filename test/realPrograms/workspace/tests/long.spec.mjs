import { test } from "@playwright/test";
import { touch } from "./log.cjs";

test("takes long", async () => {
  touch("test.ran");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
