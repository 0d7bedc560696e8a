import { linuxTable } from "./linux";
import type { ProcessTable } from "./table";

/** The process table of the system that this runs on. The platform is chosen here, once. */
export const thisTable: ProcessTable = linuxTable;
