import type { Program } from "../program";
import { DEV_SERVERS } from "./devServers";
import { RESTARTERS } from "./restarters";
import { SERVERS } from "./servers";
import { SHELLS } from "./shells";
import { WRAPPERS } from "./wrappers";

export const PROGRAMS: readonly Program[] = [...WRAPPERS, ...RESTARTERS, ...SHELLS, ...SERVERS, ...DEV_SERVERS];
