import { parseDuration } from "../base/duration";
import { isNotOfRestart, mustBeCount, mustBeOneOf, mustBeRestart, mustBeTimeSpan, type Refuse } from "./refusals";

export const RESTART_ON = ["failure", "always"] as const;

/** Whether a command that has ended by itself is started again. */
export interface RestartPolicy {
  /** Only after a failure, or also after a success. */
  readonly on: (typeof RESTART_ON)[number];
  /** So many restarts within `within` milliseconds, pauses not counted, are enough: after the next end it stays ended. */
  readonly max: number;
  readonly within: number;
}

const DEFAULT_MAX = 5;
const DEFAULT_WITHIN_MS = 60_000;

/** Reads `"restart"`; undefined where it is absent or wrong. */
export function readRestart(value: unknown, refuse: Refuse): RestartPolicy | undefined {
  if (value === undefined || value === null) return undefined;
  const isObject = typeof value === "object" && !Array.isArray(value);
  const { on, max, within, ...others } = (isObject ? value : { on: value }) as Record<string, unknown>;
  const given = RESTART_ON.find((one) => one === on);
  if (given === undefined) {
    // Without "on" the whole of it is wrong: there is no value that could be told.
    if (isObject && on != null) refuse("restart.on", on, mustBeOneOf(RESTART_ON));
    else refuse("restart", value, mustBeRestart);
  }
  for (const [other, wrong] of Object.entries(others)) refuse(`restart.${other}`, wrong, isNotOfRestart, `restart.${other}`);
  const count = max ?? DEFAULT_MAX;
  if (!Number.isSafeInteger(count) || Number(count) < 1) refuse("restart.max", max, mustBeCount);
  const ms = parseDuration(within ?? DEFAULT_WITHIN_MS);
  if (ms === undefined || ms === 0) refuse("restart.within", within, mustBeTimeSpan);
  return given === undefined ? undefined : { on: given, max: Number(count), within: ms ?? DEFAULT_WITHIN_MS };
}
