import type { Canary, Freshness, Stage } from '@freshet/live-protocol';
import type { Finding } from './alerts/finding.js';

/** A canary on its way; times by the sender's clock, epoch ms. */
interface Flight {
  readonly sequence: number;
  readonly sentMs: number;
  ackMs?: number;
  /** Place in the topic. */
  offset?: number;
  partition?: number;
  storedMs?: number;
  servedMs?: number;
}

/** How long one is waited for: about the last two minutes of them. */
const MOST_IN_FLIGHT = 120;
/** Later than this, the way is slow. */
const LATE_MS = 5_000;
/** Nothing came through for this long: the way is broken. */
const LOST_MS = 15_000;

/** Follows canaries from sending to being read off the socket. Bounded; pure. */
export class CanaryFlights {
  readonly #flights = new Map<number, Flight>();
  #newest: Flight | undefined;
  #firstSentMs: number | undefined;
  #failure = '';

  sent(sequence: number, sentMs: number): void {
    this.#firstSentMs ??= sentMs;
    this.#flights.set(sequence, { sequence, sentMs });
    for (const oldest of this.#flights.keys()) {
      if (this.#flights.size <= MOST_IN_FLIGHT) break;
      this.#flights.delete(oldest);
    }
  }

  acknowledged(sequence: number, partition: number, offset: number, ackMs: number): void {
    const flight = this.#flights.get(sequence);
    if (flight === undefined) return;
    Object.assign(flight, { partition, offset, ackMs });
    this.#failure = '';
  }

  failed(message: string): void {
    this.#failure = message;
  }

  /** The ledger as read at `readMs`: what it covers is stored. @returns the newest number that is served; null: none */
  covered(
    readMs: number,
    partitions: readonly { partition: number; panesThrough: number; storedMs: number }[],
  ): number | null {
    let newest: number | null = null;
    for (const flight of this.#flights.values()) {
      const row = partitions.find(({ partition }) => partition === flight.partition);
      if (flight.offset === undefined || row === undefined || row.panesThrough < flight.offset) continue;
      flight.storedMs ??= Math.min(readMs, Math.max(row.storedMs, flight.ackMs ?? 0));
      newest = flight.sequence;
    }
    return newest;
  }

  /** The socket told that this number is served: it and all before it came through. */
  served(sequence: number, servedMs: number): void {
    for (const [number, flight] of this.#flights) {
      if (number > sequence) continue;
      flight.servedMs = servedMs;
      if (number === sequence) this.#newest = flight;
      this.#flights.delete(number);
    }
  }

  /** @param flushMs how long the ingest that stored it took for a flush; null: not known */
  state(nowMs: number, flushMs: number | null): Canary {
    if (this.#firstSentMs === undefined) {
      const detail = this.#failure === '' ? 'none was sent yet' : `it cannot be sent: ${this.#failure}`;
      return { state: 'off', sequence: null, sentAtMs: null, totalMs: null, stages: [], detail };
    }
    const oldest = [...this.#flights.values()][0];
    const waitingMs = oldest === undefined ? 0 : nowMs - oldest.sentMs;
    const at = oldest === undefined ? undefined : stageOf(oldest);
    const newest = this.#newest;
    const state = waitingMs > LOST_MS ? 'lost' : waitingMs > LATE_MS ? 'late' : 'ok';
    const where =
      at === undefined ? '' : `, waiting at ${at}${this.#failure === '' ? '' : `: ${this.#failure}`}`;
    return {
      state,
      sequence: newest?.sequence ?? null,
      sentAtMs: newest?.sentMs ?? null,
      totalMs: newest?.servedMs === undefined ? null : newest.servedMs - newest.sentMs,
      stages: newest === undefined ? [] : stagesOf(newest, flushMs),
      detail:
        state === 'ok'
          ? 'comes through'
          : `nothing came through for ${(waitingMs / 1000).toFixed(1)} s${where}`,
    };
  }

  /** Stage that holds up the oldest one; undefined: none waits. */
  get waitingAt(): Stage | undefined {
    const oldest = [...this.#flights.values()][0];
    return oldest === undefined ? undefined : stageOf(oldest);
  }
}

function stageOf(flight: Flight): Stage {
  if (flight.ackMs === undefined) return 'broker';
  return flight.storedMs === undefined ? 'ingest' : 'serve';
}

function stagesOf(flight: Flight, flushMs: number | null): Canary['stages'] {
  const { sentMs, ackMs = sentMs, storedMs = ackMs, servedMs = storedMs } = flight;
  const keepingMs = Math.max(0, storedMs - ackMs);
  const storeMs = flushMs === null ? null : Math.min(flushMs, keepingMs);
  return [
    { stage: 'broker', ms: ackMs - sentMs },
    { stage: 'ingest', ms: keepingMs - (storeMs ?? 0) },
    { stage: 'store', ms: storeMs },
    { stage: 'serve', ms: Math.max(0, servedMs - storedMs) },
  ];
}

/**
 * The canary as an alert condition, of the owner of the stage that holds it up. It is what tells at night; while
 * metrics are behind by the way's own fault their alert is the incident, and this one is held back.
 */
export function canaryFinding(
  canary: Canary,
  stage: Stage,
  ownerOf: (stage: Stage) => string,
  freshness: readonly Freshness[],
): Finding {
  const isTold = freshness.some(
    (entry) => entry.status !== 'fresh' && (entry.stage ?? 'ingest') !== 'produce',
  );
  const isBad = canary.state === 'late' || canary.state === 'lost';
  return {
    subject: 'canary',
    group: 'canary',
    outcome: canary.state === 'ok' ? 'ok' : isBad && !isTold ? 'bad' : 'held_back',
    kind: 'canary',
    severity: 'ticket',
    stage,
    owner: ownerOf(stage),
    detail: isBad && isTold ? 'metrics are stale: their alert tells of it' : `the canary: ${canary.detail}`,
    holdMs: 58_000,
    actionWindowMs: 60_000,
    clearMs: 10_000,
  };
}
