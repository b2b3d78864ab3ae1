/** A limited number of runners: jobs beyond it wait in line, first come, first served. */
export class Runners {
  readonly #size: () => number;
  readonly #line: (() => void)[] = [];
  #busy = 0;

  constructor(size: () => number) {
    this.#size = size;
  }

  /** Does the work on a runner, as soon as one is free. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    while (this.#busy >= this.#size()) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#line.shift()?.();
    }
  }
}
