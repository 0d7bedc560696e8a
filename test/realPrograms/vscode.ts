// What RunTerminal needs of the module "vscode", so that it runs in plain Node: scripts/build.mjs puts this in its place.

/** Calls its listeners in their order, as VS Code's own does. */
export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

export enum ColorThemeKind {
  Light = 1,
  Dark,
  HighContrast,
  HighContrastLight,
}

export const window = { activeColorTheme: { kind: ColorThemeKind.Dark } };
