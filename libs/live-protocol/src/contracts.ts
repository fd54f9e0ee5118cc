import { z } from 'zod';

/** One topic's promise, and what became of its events lately. */
export const contractInfoSchema = z.object({
  name: z.string(),
  topic: z.string(),
  title: z.string(),
  description: z.string(),
  owner: z.string(),
  version: z.string(),
  maxSilenceMs: z.number(),
  /** Metrics that read it. */
  metrics: z.array(z.string()),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      required: z.boolean(),
      classification: z.string(),
      description: z.string(),
    }),
  ),
  /** Records of the last 24 hours by outcome; `reasons` of those that were not counted, the most frequent first. */
  quality: z.object({
    counted: z.number(),
    duplicate: z.number(),
    invalid: z.number(),
    ignored: z.number(),
    reasons: z.array(z.object({ outcome: z.string(), reason: z.string(), count: z.number() })),
  }),
});

/** Answer of `GET /api/contracts`. */
export const contractsSchema = z.object({ atMs: z.number(), contracts: z.array(contractInfoSchema) });

export type ContractInfo = z.infer<typeof contractInfoSchema>;
export type Contracts = z.infer<typeof contractsSchema>;
