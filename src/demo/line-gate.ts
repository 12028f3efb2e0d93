/** Holds log lines back until it is opened: the start text comes before them, and a failed start has none. */
export class LineGate {
  #held: (() => void)[] | undefined = [];

  /** Calls `write` now, or when the gate is opened. */
  pass(write: () => void): void {
    if (this.#held === undefined) write();
    else this.#held.push(write);
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }
}
