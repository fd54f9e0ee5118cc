/** Picks by weight: `pick(u)` for u in [0, 1). Few values, so a linear walk is fastest. */
export class Weighted<T> {
  readonly #values: readonly T[];
  readonly #upTo: readonly number[];

  constructor(choices: readonly (readonly [value: T, weight: number])[]) {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let upTo = 0;
    this.#values = choices.map(([value]) => value);
    this.#upTo = choices.map(([, weight]) => (upTo += weight / total));
  }

  pick(u: number): T {
    let index = 0;
    while (index < this.#upTo.length - 1 && u >= this.#upTo[index]!) index++;
    return this.#values[index]!;
  }
}
