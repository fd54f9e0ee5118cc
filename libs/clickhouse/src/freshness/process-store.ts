import type { FreshnessStore, Heartbeat } from '@freshet/freshness';
import type { RowStore } from './freshness-store.js';

type Part = Pick<FreshnessStore, 'readLease' | 'writeLease' | 'writeHeartbeat' | 'readHeartbeats'>;

interface Timed {
  readonly now_ms: string;
}

const NOW = `toString(toUnixTimestamp64Milli(now64(3))) AS now_ms`;

/** Who evaluates, and who is alive. */
export function processStore(store: RowStore): Part {
  return {
    async readLease() {
      interface Row extends Timed {
        readonly claim: string;
        readonly holder: string;
        readonly released: number;
        readonly at_ms: string;
      }
      const rows = await store.rows<Row>(
        `SELECT ${NOW}, claim, holder, released, toString(toUnixTimestamp64Milli(at)) AS at_ms
         FROM freshet.evaluators_log FINAL ORDER BY claim DESC LIMIT 20`,
      );
      const nowMs = rows[0] === undefined ? await clock(store) : Number(rows[0].now_ms);
      return {
        nowMs,
        rows: rows.map(({ claim, holder, released, at_ms }) => ({
          claim: Number(claim),
          holder,
          isReleased: released === 1,
          atMs: Number(at_ms),
        })),
      };
    },
    writeLease: ({ claim, holder, isReleased }) =>
      store.insert('evaluators_log', [{ claim, holder, released: isReleased ? 1 : 0 }]),
    writeHeartbeat: ({ role, instance, ownMs, roundTripMs, flushMs, arrivals }) =>
      store.insert('heartbeats_log', [
        {
          role,
          instance,
          own_ms: Math.round(ownMs),
          round_trip_ms: Math.round(roundTripMs),
          flush_ms: Math.round(flushMs),
          arrivals: Object.fromEntries(arrivals.map(({ topic, counted, late }) => [topic, [counted, late]])),
        },
      ]),
    async readHeartbeats() {
      interface Row extends Timed {
        readonly role: Heartbeat['role'];
        readonly instance: string;
        readonly own_ms: string;
        readonly round_trip_ms: string;
        readonly flush_ms: string;
        readonly arrivals: Readonly<Record<string, readonly [counted: string, late: string]>>;
        readonly at_ms: string;
      }
      const rows = await store.rows<Row>(
        `SELECT ${NOW}, role, instance, own_ms, round_trip_ms, flush_ms, arrivals, toString(toUnixTimestamp64Milli(at)) AS at_ms
         FROM freshet.heartbeats_log FINAL WHERE at > now64(3) - 60`,
      );
      return {
        nowMs: rows[0] === undefined ? await clock(store) : Number(rows[0].now_ms),
        beats: rows.map((row) => ({
          role: row.role,
          instance: row.instance,
          ownMs: Number(row.own_ms),
          storedMs: Number(row.at_ms),
          roundTripMs: Number(row.round_trip_ms),
          flushMs: Number(row.flush_ms),
          arrivals: Object.entries(row.arrivals).map(([topic, [counted, late]]) => ({
            topic,
            counted: Number(counted),
            late: Number(late),
          })),
        })),
      };
    },
  };
}

async function clock(store: RowStore): Promise<number> {
  const [row] = await store.rows<Timed>(`SELECT ${NOW}`);
  return Number(row?.now_ms);
}
