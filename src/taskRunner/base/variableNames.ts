/** To Windows the names of variables are the same in whatever case: it has "Path" itself, and people write PATH. */
const onWindows = process.platform === "win32";

/** What two names have in common that stand for one variable. */
export function variableId(name: string, isWindows = onWindows): string {
  return isWindows ? name.toUpperCase() : name;
}

/** Puts the later environment over the earlier one, each variable once: with the value, and the spelling, of the last that has it. */
export function mergedEnvironment<T>(layers: readonly Readonly<Record<string, T>>[], isWindows = onWindows): Record<string, T> {
  const merged = new Map<string, readonly [name: string, value: T]>();
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) merged.set(variableId(name, isWindows), [name, value]);
  return Object.fromEntries(merged.values());
}

/** The value of a variable; undefined where there is none. */
export function variableIn<T>(env: Readonly<Record<string, T>>, name: string, isWindows = onWindows): T | undefined {
  if (!isWindows) return Object.hasOwn(env, name) ? env[name] : undefined;
  const key = Object.keys(env).find((one) => variableId(one, true) === variableId(name, true));
  return key === undefined ? undefined : env[key];
}
