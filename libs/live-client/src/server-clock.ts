/** Estimate of the server's clock from ping and pong, as NTP does: the sample with the shortest round trip wins. */
export class ServerClock {
  readonly #samples: { readonly offsetMs: number; readonly roundTripMs: number }[] = [];
  #best = 0;

  /** `sentAtMs` and `receivedAtMs` by the own clock, `serverTimeMs` by the server's. Impossible samples are ignored. */
  add(sentAtMs: number, receivedAtMs: number, serverTimeMs: number): void {
    const roundTripMs = receivedAtMs - sentAtMs;
    if (!(roundTripMs >= 0) || roundTripMs > 60_000) return;
    this.#samples.push({ offsetMs: serverTimeMs + roundTripMs / 2 - receivedAtMs, roundTripMs });
    if (this.#samples.length > 16) this.#samples.shift();
    this.#best = this.#samples.reduce((best, sample) =>
      sample.roundTripMs <= best.roundTripMs ? sample : best,
    ).offsetMs;
  }

  /** Milliseconds to add to the own clock to get the server's; 0 before the first sample. */
  get offsetMs(): number {
    return this.#best;
  }

  /** Samples of an earlier connection say nothing of another gateway. */
  reset(): void {
    this.#samples.length = 0;
  }
}
