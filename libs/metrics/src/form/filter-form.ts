import { scalarForm, textForm } from '@freshet/contracts';
import { z } from 'zod';

const field = textForm('Property of the contract.');
const bound = z.union([z.number(), z.string()]);
const inner: z.ZodType = z.lazy(() => filterForm);

/** How a filter is written: one test of one property, or several of them together. */
export const filterForm: z.ZodType = z
  .union([
    z.strictObject({ field, equals: scalarForm.meta({ description: 'Exactly this value.' }) }),
    z.strictObject({ field, in: z.array(scalarForm).min(1).meta({ description: 'One of these values.' }) }),
    z.strictObject({
      field,
      from: bound.optional().meta({ description: 'This number or time, or more.' }),
      to: bound.optional().meta({ description: 'Less than this number or time.' }),
    }),
    z.strictObject({ field, exists: z.boolean().meta({ description: 'Whether it is there at all.' }) }),
    z.strictObject({ field, prefix: z.string().min(1).meta({ description: 'Text that begins so.' }) }),
    z.strictObject({ not: inner }),
    z.strictObject({ all: z.array(inner).min(1).meta({ description: 'All of these.' }) }),
    z.strictObject({ any: z.array(inner).min(1).meta({ description: 'At least one of these.' }) }),
  ])
  .meta({ id: 'Filter', description: 'Which events count. An absent value passes no test.' });
