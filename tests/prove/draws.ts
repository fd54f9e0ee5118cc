/** Uniform in [0, 1). */
export type Draw = () => number;

/** The same numbers for the same seed, everywhere. */
export function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

export function pick<T>(from: readonly T[], draw: Draw): T {
  const picked = from[Math.floor(draw() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

export function shuffled<T>(from: readonly T[], draw: Draw): T[] {
  return from
    .map((value) => ({ value, order: draw() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
