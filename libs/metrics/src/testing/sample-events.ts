import fc from 'fast-check';
import type { SampleEvent } from './sample.js';

/** Around 2026-01-01T12:00Z, a multiple of every pane length used. */
export const SAMPLE_START_MS = 1_767_268_560_000;

/** Events of ten minutes with late ones among them, in order of offset. */
export function sampleEvents(maxLength = 80): fc.Arbitrary<SampleEvent[]> {
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(value, { nil: undefined, freq: 4 });
  const fields = fc.record({
    type: fc.constantFrom('a', 'b'),
    shop: fc.constantFrom('s1', 's2', 'märkt', 'x', "o'k\\", ''),
    promo: optional(fc.constantFrom('sale', 'mail', '')),
    user: optional(fc.constantFrom('u1', 'u2', 'ü3', '用户', 'a-rather-long-user-name-4', '')),
    level: optional(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -1e12, max: 1e12 }))),
    amount: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(1e14, -1e14, 99_999_999_999_999)),
    currency: fc.constantFrom('GBP', 'EUR', 'USD'),
    weight: optional(fc.integer({ min: 0, max: 2000 })),
    isNew: optional(fc.boolean()),
  });
  const event = fc.record({
    timeMs: fc.oneof(fc.integer({ min: 0, max: 600_000 }), fc.integer({ min: 0, max: 90_000 })),
    fields,
  });
  return fc.array(event, { maxLength, size: 'max' }).map((events) => {
    let frontierMs = -1;
    return events.map(({ timeMs, fields: values }, index) => {
      const before = frontierMs;
      const at = SAMPLE_START_MS + timeMs;
      frontierMs = Math.max(frontierMs, at);
      const present = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
      return {
        offset: index * 2,
        timeMs: at,
        frontierMs: before,
        fields: { ...present, id: `e${index}`, source: '/test', time: at } as SampleEvent['fields'],
      };
    });
  });
}
