import { z } from 'zod';
import { DURATION_PATTERN } from '../duration.js';

/** Pieces of the forms of files. A form says how a file is written; readers check what it means. */

export const durationForm = (description: string) =>
  z
    .string()
    .regex(DURATION_PATTERN)
    .meta({ description, examples: ['5s', '10m', '30d'] });

/** One text, as YAML may write it: `EUR`, `7`, `true`. */
export const scalarForm = z.union([z.string().min(1), z.number(), z.boolean()]);

export const textForm = (description: string) => z.string().min(1).meta({ description });

/** A form's JSON Schema, as editors read it (draft 7). */
export function jsonSchemaOf(form: z.ZodType): object {
  return z.toJSONSchema(form, { target: 'draft-7', io: 'input' });
}
