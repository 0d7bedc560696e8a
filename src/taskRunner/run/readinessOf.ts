import { listeningPortsOf } from "../process/listeningPorts";
import type { RunProcesses } from "../process/runProcesses";
import { Readiness } from "./readiness";
import { readyProbe, type ReadyProbe } from "./readyProbe";
import type { RunEvent } from "./state";
import type { TaskRunOptions } from "./taskRunOptions";

/** For a task that cannot be started. */
const NO_PROBE: ReadyProbe = { http: () => Promise.resolve(false), command: () => Promise.resolve(false) };

/**
 * What finds out whether a run is ready, with the real world around it.
 * @param processes the run's; undefined until they are there
 */
export function readinessOf({ checked, clock, table, context, id }: TaskRunOptions, processes: () => RunProcesses | undefined, emit: (event: RunEvent) => void, changed: () => void): Readiness {
  return new Readiness({
    conditions: checked.ok ? checked.definition.ready : [],
    clock,
    findPorts: async () => {
      const found = (await processes()?.scan())?.found ?? [];
      return await listeningPortsOf(table, found.filter(({ owned }) => owned));
    },
    probe: checked.ok ? readyProbe(checked.definition, context, id) : NO_PROBE,
    emit,
    changed,
  });
}
