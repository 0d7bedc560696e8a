/** Windows' own errors as Node calls them. */
const CODES: Readonly<Partial<Record<number, string>>> = { 2: "ENOENT", 3: "ENOENT", 5: "EACCES", 8: "ENOMEM", 87: "EINVAL", 193: "ENOEXEC", 206: "E2BIG", 267: "ENOTDIR", 740: "EACCES", 1455: "ENOMEM" };

/** An error of Windows', with Node's name for it as its code. @returns undefined where Node has none for this number */
export function windowsError(call: string, error: number): Error | undefined {
  const code = CODES[error];
  return code === undefined ? undefined : Object.assign(new Error(`${call}: error ${error}`), { code });
}
