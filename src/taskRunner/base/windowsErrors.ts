/** Windows' own errors as Node calls them. */
const CODES: Readonly<Partial<Record<number, string>>> = { 2: "ENOENT", 3: "ENOENT", 5: "EACCES", 8: "ENOMEM", 87: "EINVAL", 193: "ENOEXEC", 206: "E2BIG", 267: "ENOTDIR", 1455: "ENOMEM" };

const ELEVATION_REQUIRED = 740;

/** An error of Windows', with Node's name for it as its code, or one of our own where Node has none for this number. */
export function windowsError(call: string, error: number): Error {
  // Node takes it for EACCES, but no permission of the file is what is missing.
  const words = error === ELEVATION_REQUIRED ? "the requested operation requires elevation" : `${call}: error ${error}`;
  return Object.assign(new Error(words), { code: CODES[error] ?? "EUNKNOWN" });
}
