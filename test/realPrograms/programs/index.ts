import type { Program } from "../program";
import { SHELLS } from "./shells";
import { SERVERS } from "./servers";
import { WRAPPERS } from "./wrappers";

export const PROGRAMS: readonly Program[] = [...WRAPPERS, ...SHELLS, ...SERVERS];
