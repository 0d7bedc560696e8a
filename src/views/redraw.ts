/** Draws once for all that changes in one turn of the event loop: with many runs at once, a drawing each would be quadratic. */
export class Redraw {
  readonly #draw: () => void;
  #requested: NodeJS.Immediate | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  readonly request = (): void => {
    this.#requested ??= setImmediate(() => {
      this.#requested = undefined;
      this.#draw();
    });
  };

  dispose(): void {
    clearImmediate(this.#requested);
    this.#requested = undefined;
  }
}
