import type { Dimension } from './metric.js';

/**
 * How an event's text of a field becomes the stored value of a dimension; undefined where it is the text itself. Absent
 * values are empty text, and stay so. Dimensions by a reference topic are stored as their key and mapped at read.
 */
export function deriveOf({ by }: Dimension): ((text: string) => string) | undefined {
  switch (by?.kind) {
    case 'bands': {
      const { bounds, labels } = by;
      return (text) => (text === '' ? '' : labels[bandOf(Number(text), bounds)]!);
    }
    case 'values': {
      const values = new Map(Object.entries(by.values));
      return (text) => (text === '' ? '' : (values.get(text) ?? by.otherwise));
    }
    default:
      return undefined;
  }
}

/** Number of bounds at or below a value: 0 is below the first. */
function bandOf(value: number, bounds: readonly number[]): number {
  let band = 0;
  while (band < bounds.length && value >= bounds[band]!) band++;
  return band;
}
