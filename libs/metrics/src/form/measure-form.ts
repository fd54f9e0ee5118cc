import { z } from 'zod';
import { textForm } from '@freshet/contracts';
import { filterForm } from './filter-form.js';

const where = { where: filterForm.optional() };
const field = textForm('Property of the contract.');
const number = z.strictObject({ field: textForm('Property with a whole number or a decimal.') });

const count = z.strictObject({
  count: z.strictObject({}).meta({ description: 'Number of events.' }),
  ...where,
});
const sum = z.strictObject({ sum: number.meta({ description: 'Sum of a property.' }), ...where });
const last = z.strictObject({ last: number.meta({ description: 'Newest value, by event time.' }), ...where });
const simple = [
  count,
  sum,
  z.strictObject({ avg: number.meta({ description: 'Mean.' }), ...where }),
  z.strictObject({ min: number.meta({ description: 'Smallest value.' }), ...where }),
  z.strictObject({ max: number.meta({ description: 'Largest value.' }), ...where }),
  last,
  z.strictObject({
    distinct: z.strictObject({ field }).meta({ description: 'Number of different values.' }),
    ...where,
  }),
  z.strictObject({
    quantile: z
      .strictObject({
        field: textForm('Property with a whole number or a decimal.'),
        q: z.number().gt(0).lt(1).meta({ description: '0.95 for p95.' }),
      })
      .meta({ description: 'Value at a rank, within 1 %.' }),
    ...where,
  }),
] as const;
const ofSessions = [
  z.strictObject({
    sessions: z
      .strictObject({})
      .meta({ description: 'Number of sessions, or of those with an event `where`.' }),
    ...where,
  }),
  z.strictObject({
    duration: z
      .strictObject({})
      .meta({ description: 'Seconds from the first to the last event of a session, added up.' }),
  }),
] as const;
const additive = z.union([count, sum]).meta({ id: 'Additive', description: 'A count or a sum.' });
const part = z
  .union([...simple, ...ofSessions])
  .meta({ id: 'Part', description: 'One number, of all events or of those `where`.' });
const named = z.strictObject({
  metric: textForm('Name of a metric with the same window and these dimensions.'),
});

/** How a measure is written. */
export const measureForm = z
  .union([
    ...simple,
    ...ofSessions,
    z.strictObject({
      quantiles: z
        .strictObject({
          field: textForm('Property with a whole number or a decimal.'),
          at: z
            .array(z.number().gt(0).lt(1))
            .min(1)
            .max(10)
            .meta({ description: '[0.5, 0.95] for p50 and p95; the first is told where none is chosen.' }),
        })
        .meta({
          description: 'Values at several ranks, each within 1 %, told apart by the dimension `quantile`.',
        }),
      ...where,
    }),
    z.strictObject({
      ratio: z
        .strictObject({ numerator: part, denominator: part })
        .meta({ description: 'One number divided by another one of the same topic.' }),
    }),
    z.strictObject({
      ratio: z
        .strictObject({ numerator: named, denominator: named })
        .meta({ description: 'One metric divided by another one. Such a file has no source.' }),
    }),
    z.strictObject({
      runningTotal: z
        .strictObject({
          plus: additive.meta({ description: 'What raises the level.' }),
          minus: additive.optional().meta({ description: 'What lowers it.' }),
          opening: last.optional().meta({ description: 'A reading of it, such as a stock count.' }),
        })
        .meta({ description: 'A level: everything since the beginning.' }),
    }),
    z.strictObject({ rate: additive.meta({ description: 'A count or a sum per second of the window.' }) }),
  ])
  .meta({ description: 'What is measured: one of these.' });
