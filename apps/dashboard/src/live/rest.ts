import {
  alertsSchema,
  freshnessListSchema,
  metricsSchema,
  problemSchema,
  valuesSchema,
  type Selection,
  type Values,
} from '@freshet/live-protocol';
import { type z } from 'zod';
import { Lane } from './lane.js';

/** A refusal or failure of the gateway, with what to do where it says so. */
export class GatewayError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly remedy: string | undefined,
  ) {
    super(message);
  }
}

async function get<S extends z.ZodType>(path: string, schema: S, signal: AbortSignal): Promise<z.infer<S>> {
  const response = await fetch(path, { signal, headers: { accept: 'application/json' } });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const problem = problemSchema.safeParse(body);
    if (problem.success) {
      throw new GatewayError(response.status, problem.data.detail, problem.data.remedy);
    }
    throw new GatewayError(response.status, `${response.status} ${response.statusText}`, undefined);
  }
  return schema.parse(body);
}

/** Query options for TanStack Query; every answer is checked against the protocol's schema. */
export const metricsQuery = {
  queryKey: ['metrics'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get('/api/metrics', metricsSchema, signal),
  staleTime: 60_000,
  refetchInterval: 60_000,
  retry: true,
  retryDelay: (attempt: number) => Math.min(1000 * 2 ** attempt, 5000),
};

export const alertsQuery = {
  queryKey: ['alerts'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get('/api/alerts', alertsSchema, signal),
  refetchInterval: 5_000,
};

export const freshnessQuery = {
  queryKey: ['freshness'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get('/api/freshness', freshnessListSchema, signal),
  refetchInterval: 2_000,
};

export interface ValuesRequest {
  readonly metric: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number | undefined;
  readonly groupBy: readonly string[];
  readonly filter: Selection['filter'];
}

/** Address of a range of values, as a person could type it. */
function valuesPath(request: ValuesRequest): string {
  const query = new URLSearchParams({
    from: new Date(request.fromMs).toISOString(),
    to: new Date(request.toMs).toISOString(),
  });
  if (request.everyMs !== undefined) query.set('every', `${request.everyMs / 1000}s`);
  if (request.groupBy.length > 0) query.set('groupBy', request.groupBy.join(','));
  for (const [dimension, values] of Object.entries(request.filter)) {
    for (const value of values) query.append('filter', `${dimension}:${value}`);
  }
  return `/api/metrics/${encodeURIComponent(request.metric)}/values?${query}`;
}

/** The gateway refuses more than a few reads at a time, and each of them takes from the live numbers. */
const reads = new Lane(2);

export function valuesQuery(request: ValuesRequest) {
  const path = valuesPath(request);
  return {
    queryKey: ['values', path],
    queryFn: ({ signal }: { signal: AbortSignal }): Promise<Values> =>
      reads.run(() => get(path, valuesSchema, signal)),
  };
}
