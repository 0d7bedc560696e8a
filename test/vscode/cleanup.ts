/** What must be undone at the end, in the reverse order, whatever happens. */
export class Cleanup {
  private readonly steps: (() => void | Promise<void>)[] = [];

  public add(step: () => void | Promise<void>): void {
    this.steps.push(step);
  }

  /** Runs every step, also when one before it has failed; throws the first failure. May be called again. */
  public async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }
}
