import type { Event } from "./protocol";
import type { RunClient } from "./runClient";

/** Gets the output of a run, in its order. */
export interface Follower {
  /** The newest output there was, once. @param skipped how many bytes came before it */
  tail(text: string, skipped: number): void;
  /** What followed. @param skipped how many bytes before it were left out */
  output(text: string, skipped: number): void;
  ended(): void;
}

/** Asks for the end of a run's output, and what follows. @throws when its window does not give it; then the connection is closed */
export async function followRun(client: RunClient, run: string, to: Follower): Promise<void> {
  const take = (event: Event): void => {
    if (event.event === "runs") {
      if (!event.runs.some(({ id }) => id === run)) to.ended();
    } else if (event.run === run) to.output(event.text, event.skipped);
  };
  // Events are told while their bytes are read, and an answer only afterwards: what follows the tail may be here before it.
  let early: Event[] | undefined = [];
  client.onEvent((event) => {
    if (early === undefined) take(event);
    else early.push(event);
  });
  // They arrive together, so that nothing is written between them.
  const answers = Promise.all([client.request({ type: "tail", run }), client.request({ type: "subscribe", run })]);
  const [tail] = await answers.catch((error: unknown) => {
    client.dispose();
    throw error;
  });
  to.tail(tail.text, tail.skipped);
  const events = early;
  early = undefined;
  for (const event of events) take(event);
}
