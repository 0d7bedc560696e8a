/** The environment variable that names the file which a run of tests writes its `Results` to, as JSON. */
export const resultsVariable = "CANCELLABLE_TASKS_RESULTS";

/** The environment variable that holds a regular expression for the titles of the tests to run in VS Code. */
export const grepVariable = "CANCELLABLE_TASKS_GREP";

/** What every line of the tests' own output begins with, to tell it from what VS Code logs. */
export const outputMark = "[test/suite] ";

export interface Failure {
  readonly title: string;
  readonly message: string;
}

/** What a run of tests came to. */
export interface Results {
  readonly passed: number;
  readonly failed: number;
  readonly pending: number;
  readonly failures: readonly Failure[];
}
