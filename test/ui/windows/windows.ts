// The Windows that npm run test:windows has set up.
import { windowsMachine, type Machine } from "../../vscode/machine";

interface Given {
  readonly scratch: string;
  readonly launcher: readonly [string, ...string[]];
}

export function windows(): Machine {
  const given = process.env["CANCELLABLE_TASKS_WINDOWS"];
  if (given === undefined) throw new Error("These tests are run by npm run test:windows.");
  const { scratch, launcher } = JSON.parse(given) as Given;
  return windowsMachine(scratch, launcher);
}
