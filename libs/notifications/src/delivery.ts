import { isDeepStrictEqual } from 'node:util';
import type { AlertTransition, AlertTransitions } from '@freshet/freshness';
import type { Address } from './addresses.js';
import type { Channel } from './channels/channel.js';
import { DeliveryFailed } from './channels/channel.js';
import { isWithinHours } from './hours.js';
import type { Notice, NoticeState, Outbox, OutboxEntry } from './notice.js';
import { noticesOf } from './routing.js';
import { Retry } from './retry.js';

/** What deliveries tell those who watch them. */
export interface DeliveryEvents {
  sent(notice: Notice, tookMs: number): void;
  failed(notice: Notice, reason: string): void;
  gaveUp(notice: Notice, reason: string): void;
  /** An alert of a team that cannot be told: nobody but the dashboard knows of it. */
  unaddressed(team: string, alertKey: string): void;
  /** The outbox did not answer; what is known is delivered all the same. */
  outboxFailed(reason: string): void;
}

export interface DeliveryParts {
  /** To begin with. */
  readonly addresses: readonly Address[];
  readonly channelOf: (address: Address) => Channel;
  readonly outbox: Outbox;
  readonly clock: { nowMs(): number };
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
  readonly events: DeliveryEvents;
}

/** Notices that may wait at once; beyond it `take` rejects and the evaluator tells again. */
const MOST_WAITING = 5_000;
/** An address that refuses a notice for so long does not get it. */
export const GIVE_UP_AFTER_MS = 3 * 86_400_000;
/** How often the outbox is looked at for what another gateway left behind. */
const RECALL_EVERY_MS = 15_000;

const MOST_FINISHED = 1_000;

interface Known {
  readonly keys: Set<string>;
  /** Conversations in which somebody was told, or is to be, that the alert fires. */
  readonly told: Set<string>;
  readonly isComplete: boolean;
}

interface Lane {
  readonly address: Address;
  readonly channel: Channel;
  readonly retry: Retry;
  busy: boolean;
}

/**
 * Tells teams of alerts, at least once, by an outbox that survives a crash. Delivering does not wait for the
 * outbox, since it is the store whose death people have to hear of: while that does not answer, notices are
 * sent from memory and written down when it does.
 *
 * Call `pass` about once a second while this process is the one that evaluates. Of several notices of one alert
 * that wait for the same address, the newest goes.
 */
export class Delivery implements AlertTransitions {
  readonly #parts: DeliveryParts;
  #lanes: ReadonlyMap<string, Lane> = new Map();
  readonly #waiting = new Map<string, OutboxEntry>();
  /** Entries that are further than the outbox knows. */
  readonly #unwritten = new Map<string, OutboxEntry>();
  /** Newest that need nothing more: told again, they are known. */
  readonly #finished = new Map<string, OutboxEntry>();
  #recalledAtMs = -Infinity;
  #writing: Promise<void> | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.follow(parts.addresses);
  }

  /** Goes on with other addresses. One that stays as it was keeps its connection and its retries. */
  follow(addresses: readonly Address[]): void {
    const { channelOf, random } = this.#parts;
    const before = this.#lanes;
    this.#lanes = new Map(
      addresses.map((address) => {
        const known = before.get(address.name);
        const isSame = isDeepStrictEqual(known?.address, address);
        const lane = () => ({ address, channel: channelOf(address), retry: new Retry(random), busy: false });
        return [address.name, isSame && known !== undefined ? known : lane()];
      }),
    );
    for (const [name, lane] of before) if (this.#lanes.get(name) !== lane) lane.channel.close();
  }

  /** Notices that wait, for hours or for an address that does not take them. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** For how long the oldest notice waits that nothing but its address keeps; 0: none does. */
  get overdueMs(): number {
    const nowMs = this.#parts.clock.nowMs();
    const due = [...this.#waiting.values()].filter(({ notice }) => {
      const lane = this.#lanes.get(notice.address);
      return lane !== undefined && mayGo(notice, lane.address, nowMs);
    });
    return due.reduce((longest, { notice }) => Math.max(longest, nowMs - notice.atMs), 0);
  }

  async take(transitions: readonly AlertTransition[]): Promise<void> {
    const known = await this.#known(transitions.map(({ alert }) => alert.id));
    for (const transition of transitions) this.#takeOne(transition, known);
    await this.#write();
  }

  /** Forgets what waits and reads the outbox: another gateway may have delivered meanwhile. */
  async recall(): Promise<void> {
    const { outbox, clock, events } = this.#parts;
    this.#recalledAtMs = clock.nowMs();
    try {
      const entries = await outbox.waiting(MOST_WAITING);
      for (const key of [...this.#waiting.keys()]) if (!this.#unwritten.has(key)) this.#waiting.delete(key);
      for (const entry of entries) {
        if (!this.#unwritten.has(entry.notice.key)) this.#waiting.set(entry.notice.key, entry);
      }
    } catch (error) {
      events.outboxFailed(reasonOf(error));
    }
  }

  /**
   * Delivers what is due; resolves when all that it began has ended. A slow address keeps nobody else waiting:
   * call it again meanwhile. Never rejects.
   */
  async pass(): Promise<void> {
    const { clock, events } = this.#parts;
    if (clock.nowMs() - this.#recalledAtMs >= RECALL_EVERY_MS) await this.recall();
    this.#supersede();
    await Promise.all([...this.#lanes.values()].map((lane) => this.#serve(lane)));
    await this.#write().catch((error: unknown) => events.outboxFailed(reasonOf(error)));
  }

  close(): void {
    for (const { channel } of this.#lanes.values()) channel.close();
  }

  #takeOne(transition: AlertTransition, known: Known): void {
    const { events } = this.#parts;
    const { alert, to } = transition;
    const notices = noticesOf(
      transition,
      [...this.#lanes.values()].map(({ address }) => address),
    );
    if (notices.length === 0 && to === 'firing') events.unaddressed(alert.owner, alert.key);
    for (const notice of notices) {
      const isNews = known.isComplete && !known.told.has(conversationOf(notice));
      if (notice.status === 'resolved' && isNews) continue;
      if (known.keys.has(notice.key)) continue;
      if (Math.max(this.#waiting.size, this.#unwritten.size) >= MOST_WAITING) {
        throw new Error(`${MOST_WAITING} notices wait already`);
      }
      known.keys.add(notice.key);
      if (notice.status === 'firing') known.told.add(conversationOf(notice));
      this.#put({ notice, state: 'waiting', attempts: 0, lastError: '' });
    }
  }

  /** Incomplete while the outbox does not answer: then nobody is left out, at the price of repeats. */
  async #known(alertIds: readonly string[]): Promise<Known> {
    const here = [...this.#waiting.values(), ...this.#unwritten.values(), ...this.#finished.values()];
    let stored: readonly OutboxEntry[] | undefined;
    try {
      stored = await this.#parts.outbox.of(alertIds);
    } catch (error) {
      this.#parts.events.outboxFailed(reasonOf(error));
    }
    const notices = [...here, ...(stored ?? [])].map(({ notice }) => notice);
    return {
      keys: new Set(notices.map(({ key }) => key)),
      told: new Set(notices.flatMap((one) => (one.status === 'firing' ? conversationOf(one) : []))),
      isComplete: stored !== undefined,
    };
  }

  #put(entry: OutboxEntry): void {
    const { key } = entry.notice;
    this.#unwritten.set(key, entry);
    if (entry.state === 'waiting') {
      this.#waiting.set(key, entry);
      return;
    }
    this.#waiting.delete(key);
    this.#finished.set(key, entry);
    const [oldest] = this.#finished.keys();
    if (this.#finished.size > MOST_FINISHED && oldest !== undefined) this.#finished.delete(oldest);
  }

  /** One write at a time; each takes all that has gathered. Rejects when the outbox does not take it. */
  async #write(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    if (this.#unwritten.size === 0) return;
    const entries = [...this.#unwritten.values()];
    this.#writing = this.#parts.outbox.write(entries);
    try {
      await this.#writing;
      for (const entry of entries) {
        if (this.#unwritten.get(entry.notice.key) === entry) this.#unwritten.delete(entry.notice.key);
      }
    } finally {
      this.#writing = undefined;
    }
  }

  #supersede(): void {
    const newest = new Map<string, Notice>();
    for (const { notice } of this.#waiting.values()) {
      const known = newest.get(conversationOf(notice));
      if (known === undefined || known.atMs <= notice.atMs) newest.set(conversationOf(notice), notice);
    }
    for (const entry of [...this.#waiting.values()]) {
      if (newest.get(conversationOf(entry.notice)) !== entry.notice) this.#finish(entry, 'superseded', '');
    }
  }

  async #serve(lane: Lane): Promise<void> {
    if (lane.busy) return;
    lane.busy = true;
    try {
      while (this.#lanes.get(lane.address.name) === lane) {
        const entry = this.#next(lane);
        if (entry === undefined || !(await this.#attempt(lane, entry))) return;
      }
    } finally {
      lane.busy = false;
    }
  }

  /** Oldest that may go now: pages at any time, before tickets, which wait for the team's hours. */
  #next({ address, retry }: Lane): OutboxEntry | undefined {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs < retry.dueAtMs) return undefined;
    return [...this.#waiting.values()]
      .filter(({ notice }) => notice.address === address.name && mayGo(notice, address, nowMs))
      .sort(
        (a, b) =>
          Number(a.notice.severity !== 'page') - Number(b.notice.severity !== 'page') ||
          a.notice.atMs - b.notice.atMs,
      )[0];
  }

  async #attempt(lane: Lane, entry: OutboxEntry): Promise<boolean> {
    const { clock, events } = this.#parts;
    const { notice } = entry;
    const attempted = { ...entry, attempts: entry.attempts + 1 };
    const startedMs = clock.nowMs();
    try {
      await lane.channel.send(notice);
    } catch (error) {
      const reason = reasonOf(error);
      const retryAfterMs = error instanceof DeliveryFailed ? error.retryAfterMs : undefined;
      lane.retry.failed(clock.nowMs(), retryAfterMs);
      events.failed(notice, reason);
      if (clock.nowMs() - notice.atMs > GIVE_UP_AFTER_MS) {
        events.gaveUp(notice, reason);
        this.#finish(attempted, 'given_up', reason);
      } else if (this.#waiting.has(notice.key)) {
        this.#put({ ...attempted, lastError: reason });
      }
      return false;
    }
    lane.retry.worked();
    events.sent(notice, clock.nowMs() - startedMs);
    this.#finish(attempted, 'sent', '');
    return true;
  }

  #finish(entry: OutboxEntry, state: NoticeState, lastError: string): void {
    this.#put({ ...entry, state, lastError });
  }
}

/** Pages go at any time, tickets wait for the team's hours. */
function mayGo({ severity }: Notice, { hours }: Address, nowMs: number): boolean {
  return severity === 'page' || hours === undefined || isWithinHours(hours, nowMs);
}

/** All notices of one alert to one address. */
function conversationOf({ address, alertId }: Notice): string {
  return `${alertId}>${address}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
