import { z } from 'zod';

import type { IncidentRequest } from '../incidents/incidents.js';
import { PROVIDERS } from '../payments/providers.js';
import { TOPICS } from '../stream/message.js';

const minutes = z.coerce.number().positive().max(240).default(3);
const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('provider-outage'),
    provider: z.enum(PROVIDERS).default('PayPal'),
    minutes,
  }),
  z.strictObject({ kind: z.literal('late-wave'), topic: z.enum(TOPICS).default('orders'), minutes }),
  z.strictObject({ kind: z.literal('silence'), topic: z.enum(TOPICS).default('payments'), minutes }),
]);

/** An incident as asked for from outside, or what is wrong with it, in words. */
export function parseIncident(
  kind: string,
  parameters: object,
): { request: IncidentRequest } | { problem: string } {
  const read = schema.safeParse({ ...parameters, kind });
  if (read.success) return { request: read.data };
  return {
    problem: read.error.issues
      .map(({ path, message }) =>
        path[0] === 'kind' ? `There is no incident "${kind}"` : `${path.join('.')}: ${message}`,
      )
      .join('; '),
  };
}
