import type { ServerMessage, Point, Values } from '@freshet/live-protocol';
import { WebSocket } from 'ws';
import type { System } from './system.js';

/** Values of a metric by `windowStartMs|series…`, read through one of the product's doors. */
export type Reading = Map<string, number | null>;

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const keyOf = ({ start, series }: Point) => [start, ...series].join('|');

export async function readRest(
  system: System,
  metric: string,
  groupBy: readonly string[],
  { fromMs, toMs }: Range,
): Promise<Reading> {
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    groupBy: groupBy.join(','),
  });
  const { points } = await system.get<Values>(`/api/metrics/${metric}/values?${query.toString()}`);
  return new Map(points.map((point) => [keyOf(point), point.value]));
}

export async function readSql(
  system: System,
  metric: string,
  groupBy: readonly string[],
  { fromMs, toMs }: Range,
): Promise<Reading> {
  const rows = await system.sql<Record<string, string | number | null>>(
    `SELECT toUnixTimestamp64Milli(window_start) AS start_ms, value, ${groupBy.join(', ')}
     FROM metrics.${metric}
     WHERE window_end > fromUnixTimestamp64Milli(${fromMs}) AND window_end <= fromUnixTimestamp64Milli(${toMs})`,
  );
  return new Map(
    rows.map((row) => [
      [row['start_ms'], ...groupBy.map((name) => row[name])].join('|'),
      row['value'] === null ? null : Number(row['value']),
    ]),
  );
}

/** Subscribes as the dashboard does and resolves the first snapshot's values. */
export async function readSocket(
  system: System,
  metric: string,
  groupBy: readonly string[],
  { fromMs, toMs }: Range,
): Promise<Reading> {
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/live`);
  try {
    return await new Promise<Reading>((resolve, reject) => {
      socket.onerror = () => reject(new Error('the socket failed'));
      socket.onclose = (event) => reject(new Error(`the socket closed: ${event.reason}`));
      socket.onopen = () => socket.send(JSON.stringify({ op: 'hello', protocol: 1 }));
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(String(data)) as ServerMessage;
        if (message.op === 'error') reject(new Error(message.message));
        if (message.op === 'welcome') {
          const selection = { metric, groupBy, range: { kind: 'fixed', fromMs, toMs } };
          socket.send(JSON.stringify({ op: 'subscribe', id: 'one', selection }));
        }
        if (message.op === 'snapshot') {
          resolve(new Map(message.points.map((point) => [keyOf(point), point.value])));
        }
      };
    });
  } finally {
    socket.onclose = null;
    socket.close();
  }
}
