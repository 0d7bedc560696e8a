import { getSystemErrorMap } from "node:util";

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The system's name for an error ("ENOENT"), where it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Where libuv's words are not the system's, or it has none. */
const SYSTEM_WORDS: Partial<Record<string, string>> = {
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENOEXEC: "exec format error",
  ENAMETOOLONG: "file name too long",
  ENOMEM: "cannot allocate memory",
  ETXTBSY: "text file busy",
};

/** The system's own words ("no such file or directory"), without Node's additions. */
export function systemText(error: unknown): string {
  // A NUL byte in a path or an argument is refused by Node itself; the system's word for it is EINVAL.
  if (systemCode(error) === "ERR_INVALID_ARG_VALUE") return "invalid argument";
  const code = systemCode(error);
  const words = SYSTEM_WORDS[code ?? ""];
  if (words !== undefined) return words;
  for (const [name, text] of getSystemErrorMap().values()) {
    if (name === code) return text;
  }
  return toError(error).message;
}
