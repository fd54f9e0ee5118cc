import {
  canonicalSelection,
  rangeBounds,
  type Freshness,
  type Selection,
  type ServerMessage,
} from '@freshet/live-protocol';
import { applyChanges, dropBefore } from './points.js';
import type { LiveData, LiveState } from './state.js';

type SnapshotMessage = Extract<ServerMessage, { op: 'snapshot' }>;
type DeltaMessage = Extract<ServerMessage, { op: 'delta' }>;
type ErrorMessage = Extract<ServerMessage, { op: 'error' }>;

/** What surrounds a subscription and decides how its numbers may be shown. */
export interface Circumstances {
  readonly link: 'open' | 'disconnected' | 'silent';
  readonly freshness: Freshness | undefined;
}

/** Versions remembered of a subscription, to know an old answer when it comes late. */
const REMEMBERED_VERSIONS = 64;

/**
 * The numbers of one selection and the rules that keep them right: a delta applies only to exactly the
 * version that it continues, and nothing ever replaces a newer version by one that was shown before.
 */
export class SubscriptionStore {
  readonly key: string;
  readonly listeners = new Set<() => void>();
  /** Handles given out; at 0 it lingers and is then forgotten. */
  users = 0;
  /** Asked, and no answer yet; time of asking. */
  askedAtMs: number | undefined;
  /** When its points changed last, by the own clock: start of the way to the screen. */
  deliveredAtMs = 0;
  reportedAtMs = -Infinity;

  #data: LiveData | undefined;
  #error: { code: string; message: string; retryAfterMs: number | undefined } | undefined;
  #state: LiveState = { kind: 'loading' };
  readonly #left: string[] = [];

  constructor(
    readonly id: string,
    readonly selection: Selection,
    private readonly maxPoints: number,
  ) {
    this.key = canonicalSelection(selection);
  }

  get state(): LiveState {
    return this.#state;
  }

  get version(): string | undefined {
    return this.#data?.version;
  }

  /** False when the snapshot is older than what is shown: then ask again. */
  applySnapshot(message: SnapshotMessage, nowMs: number, serverNowMs: number): boolean {
    if (message.version !== this.version && this.#left.includes(message.version)) return false;
    this.#replace(message, message.points, nowMs, serverNowMs);
    return true;
  }

  /** False when the delta does not continue what is held: then ask again. */
  applyDelta(message: DeltaMessage, nowMs: number, serverNowMs: number): boolean {
    const data = this.#data;
    if (data === undefined || data.version !== message.from) return false;
    const points =
      message.changes.length === 0 && message.removed.length === 0
        ? data.points
        : applyChanges(data.points, message.changes, message.removed);
    this.#replace(message, points, nowMs, serverNowMs);
    return true;
  }

  #replace(
    message: SnapshotMessage | DeltaMessage,
    points: LiveData['points'],
    nowMs: number,
    serverNowMs: number,
  ): void {
    if (this.#data !== undefined && this.#data.version !== message.version) {
      this.#left.push(this.#data.version);
      if (this.#left.length > REMEMBERED_VERSIONS) this.#left.shift();
    }
    const inRange = dropBefore(points, rangeBounds(this.selection.range, serverNowMs).fromMs);
    this.#data = {
      points: inRange,
      version: message.version,
      revision: message.revision,
      asOfMs: message.asOfMs,
      servedAtMs: message.servedAtMs,
    };
    this.deliveredAtMs = nowMs;
    this.askedAtMs = undefined;
    this.#error =
      inRange.length > this.maxPoints
        ? {
            code: 'limit',
            message: `more than ${this.maxPoints} points: choose a shorter range or a coarser grain`,
            retryAfterMs: undefined,
          }
        : undefined;
  }

  applyError(message: ErrorMessage): void {
    this.askedAtMs = undefined;
    this.#error = { code: message.code, message: message.message, retryAfterMs: message.retryAfterMs };
  }

  /** An error of the last connection says nothing about the next one. */
  forgetError(): void {
    this.#error = undefined;
  }

  /** Drops windows that a sliding range has left behind. */
  slide(serverNowMs: number): void {
    const data = this.#data;
    if (data === undefined) return;
    const points = dropBefore(data.points, rangeBounds(this.selection.range, serverNowMs).fromMs);
    if (points !== data.points) this.#data = { ...data, points };
  }

  /** Works out the state anew and tells the listeners when it is another one. */
  refresh(circumstances: Circumstances): void {
    const next = this.#derive(circumstances);
    if (sameState(this.#state, next)) return;
    this.#state = next;
    for (const listener of [...this.listeners]) listener();
  }

  #derive({ link, freshness }: Circumstances): LiveState {
    const data = this.#data;
    if (this.#error !== undefined) return { kind: 'error', ...this.#error, data };
    if (data === undefined) return { kind: 'loading' };
    if (link !== 'open') return { kind: 'stale', data, why: link, freshness };
    // The server says it before any number: a number without it may be of any age.
    if (freshness === undefined) return { kind: 'stale', data, why: 'silent', freshness };
    // Read before anything was known of its topics: nothing proves it, whatever is fresh by now.
    const isProven = data.asOfMs !== null;
    if (freshness.status !== 'fresh' || !isProven) return { kind: 'stale', data, why: 'behind', freshness };
    return { kind: data.points.length === 0 ? 'empty' : 'value', data, freshness };
  }
}

function sameState(a: LiveState, b: LiveState): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'loading' || b.kind === 'loading') return true;
  if (a.data !== b.data) return false;
  if (a.kind === 'error' || b.kind === 'error') {
    return a.kind === 'error' && b.kind === 'error' && a.code === b.code && a.message === b.message;
  }
  if (a.freshness !== b.freshness) return false;
  return a.kind !== 'stale' || (b.kind === 'stale' && a.why === b.why);
}
