import {
  alertsSchema,
  contractsSchema,
  evaluationsSchema,
  explainEventsSchema,
  explainSchema,
  freshnessListSchema,
  metricsSchema,
  numberSqlSchema,
  objectivesSchema,
  previewSchema,
  problemSchema,
  runbookSchema,
  valuesSchema,
  type Explanation,
  type Selection,
  type Values,
} from '@freshet/live-protocol';
import { keepPreviousData } from '@tanstack/react-query';
import { type z } from 'zod';
import { type ExplainAddress } from '../explain/address.js';
import { grainText } from '../figures/steps.js';
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

export const contractsQuery = {
  queryKey: ['contracts'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get('/api/contracts', contractsSchema, signal),
  refetchInterval: 30_000,
};

/** A definition that does not count yet; it never changes. */
export function previewQuery(id: string) {
  return {
    queryKey: ['preview', id],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get(`/api/previews/${encodeURIComponent(id)}`, previewSchema, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  };
}

/** Budgets, burn rates and bad seconds by day; a gateway that keeps no account of them answers 404. */
export const objectivesQuery = {
  queryKey: ['objectives'],
  queryFn: ({ signal }: { signal: AbortSignal }) => get('/api/objectives', objectivesSchema, signal),
  refetchInterval: 15_000,
  retry: false,
};

export function historyQuery(key: string) {
  return {
    queryKey: ['alert history', key],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get(`/api/alerts/history?${new URLSearchParams({ key })}`, evaluationsSchema, signal),
    refetchInterval: 10_000,
    retry: false,
  };
}

export function runbookQuery(page: string) {
  return {
    queryKey: ['runbook', page],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get(`/api/runbooks/${encodeURIComponent(page)}`, runbookSchema, signal),
    retry: false,
  };
}

/** Sends a person's decision; rejects with the gateway's words when it is refused. */
async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  throw problem.success
    ? new GatewayError(response.status, problem.data.detail, problem.data.remedy)
    : new GatewayError(response.status, `${response.status} ${response.statusText}`, undefined);
}

export function acknowledge(id: string, note: string): Promise<void> {
  return post('/api/alerts/acknowledge', { id, note });
}

/** Until now, or a time that has passed: ends the silence. */
export function silence(key: string, untilMs: number, reason: string): Promise<void> {
  return post('/api/alerts/silence', { key, untilMs, reason });
}

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
  if (request.everyMs !== undefined) query.set('every', grainText(request.everyMs));
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

function explainPath(address: ExplainAddress, what: string, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({ end: String(address.endMs), ...more });
  if (address.everyMs !== undefined) query.set('every', grainText(address.everyMs));
  for (const [dimension, values] of Object.entries(address.filter)) {
    for (const value of values) query.append('filter', `${dimension}:${value}`);
  }
  return `/api/metrics/${encodeURIComponent(address.metric)}/${what}?${query}`;
}

/** Where a number comes from; asked again while its facts are on their way. */
export function explainQuery(address: ExplainAddress, paneMs: number | undefined) {
  const path = explainPath(address, 'explain', paneMs === undefined ? {} : { pane: String(paneMs) });
  return {
    queryKey: ['explain', path],
    queryFn: ({ signal }: { signal: AbortSignal }) => get(path, explainSchema, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }: { state: { data: Explanation | undefined } }) =>
      state.data?.agreement === 'waiting' ? 3_000 : (false as const),
  };
}

/** Pages of the events of one slice and partition (`incarnation.partition`). */
export function eventsQuery(address: ExplainAddress, paneMs: number, partition: string) {
  const more = { pane: String(paneMs), partition };
  return {
    queryKey: ['explain events', explainPath(address, 'explain/events', more)],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string }) =>
      get(
        explainPath(address, 'explain/events', {
          ...more,
          ...(pageParam === '' ? {} : { after: pageParam }),
        }),
        explainEventsSchema,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }: { next?: string | undefined }) => next,
  };
}

/** SQL that gives one number again. */
export function sqlQuery(address: ExplainAddress) {
  const path = explainPath(address, 'sql', {});
  return {
    queryKey: ['sql', path],
    queryFn: ({ signal }: { signal: AbortSignal }) => get(path, numberSqlSchema, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  };
}
