import type { Writer } from "../exec/copiers";

/** What listens to an output. */
export interface OutputListener {
  /** This has been written. The chunk's memory is used again afterwards. */
  wrote(chunk: Uint8Array): void;
}

/** The same output, listened to: what it leads to comes after it. */
export function tap(output: Writer, ...listeners: readonly OutputListener[]): Writer {
  return {
    write: (chunk) => {
      const written = output.write(chunk);
      for (const listener of listeners) listener.wrote(chunk);
      return written;
    },
  };
}
