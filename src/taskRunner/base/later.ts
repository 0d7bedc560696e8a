import type { Disposable } from "./emitter";

/** What is made when it is wanted for the first time. */
export class Later<T extends Disposable> implements Disposable {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;
  #value: T | undefined;
  #isDisposed = false;

  /** @param make is called again after it has failed */
  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** Undefined until it has been made. */
  get now(): T | undefined {
    return this.#value;
  }

  get(): Promise<T> {
    return (this.#made ??= this.#make().then(
      (value) => {
        this.#value = value;
        if (this.#isDisposed) value.dispose();
        return value;
      },
      (error: unknown) => {
        this.#made = undefined;
        throw error;
      },
    ));
  }

  /** Acts on it when it is there; where it cannot be made, who needs it most learns that from `get`. */
  use(act: (value: T) => void): void {
    this.get().then(act, () => undefined);
  }

  /** Also what is being made now is disposed. */
  dispose(): void {
    this.#isDisposed = true;
    this.#value?.dispose();
  }
}
