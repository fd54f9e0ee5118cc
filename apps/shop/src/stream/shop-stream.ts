import {
  DIRT,
  Dirt,
  LONGEST_DELAY_MS,
  type DirtKind,
  type DirtLevel,
  type DirtOutlet,
} from '../dirt/dirt.js';
import type { Incidents } from '../incidents/incidents.js';
import { OutageCalendar } from '../payments/outages.js';
import type { Provider } from '../payments/providers.js';
import { SLOT_MS, visitsOf, type ArrivalSettings } from '../visitors/arrivals.js';
import { LONGEST_VISIT_MS, Visit, type ShopFloor } from '../visitors/visit.js';
import type { ClockSource } from './clock-source.js';
import type { Message, Topic } from './message.js';
import { Timeline, type Timed } from './timeline.js';

/** Visits under way when the shop opens: so far back begin those that have nothing to show before. */
const WARM_UP_MS = 3 * 60_000;
/** Whatever was sent at a time follows from what began within this span before it. */
export const MEMORY_MS = LONGEST_VISIT_MS + LONGEST_DELAY_MS;
/** Visits and held messages at once; beyond it visitors are turned away and held messages leave at once. */
const MOST_PENDING = 2_000_000;

export interface StreamSettings {
  readonly arrivals: ArrivalSettings;
  /** Whether there are simulated visitors. */
  readonly simulate: boolean;
  /** What is sent besides the visits. */
  readonly sources: readonly ClockSource[];
  readonly dirt: DirtLevel;
  readonly incidents: Incidents;
  /** When this opening of the shop began, in the shop's time: two days back at the first start. */
  readonly openedMs: number;
  /** Wall time of the opening. */
  readonly openedAtWallMs: number;
  /** Messages that left before this time are not repeated. */
  readonly positionMs: number;
}

interface Held extends Timed {
  readonly message: Message;
}

/**
 * Everything that the shop sends, in the order in which it leaves. A function of settings and time: a stream
 * opened again with the same settings at a later position goes on with the same messages (but for incidents).
 */
export class ShopStream implements ShopFloor, DirtOutlet {
  readonly #settings: StreamSettings;
  readonly #dirt: Dirt;
  readonly #outages: OutageCalendar;
  readonly #timeline = new Timeline<Visit | Held>();
  readonly #dirtCounts = new Map<DirtKind, number>();
  #slotMs: number;
  #nowMs: number;
  #out: Message[] = [];
  #turnedAway = 0;
  #silenced = 0;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
    const { openedMs, positionMs, arrivals, sources } = settings;
    this.#dirt = new Dirt(DIRT[settings.dirt], settings.openedAtWallMs);
    this.#outages = new OutageCalendar(arrivals.seed);
    const from = Math.max(openedMs - WARM_UP_MS, positionMs - MEMORY_MS);
    this.#slotMs = settings.simulate ? Math.floor(from / SLOT_MS) * SLOT_MS : Infinity;
    this.#nowMs = from;
    for (const source of sources) source.seek(Math.max(openedMs, positionMs - LONGEST_DELAY_MS));
  }

  /** Time of the last message taken, or up to which there was none, epoch ms. */
  get positionMs(): number {
    return this.#nowMs;
  }
  /** From here a stream must go on so that nothing is missed: a late wave's messages have not left yet. */
  get resumeMs(): number {
    return Math.min(this.#nowMs, this.#settings.incidents.waveSinceMs(this.#nowMs) ?? Infinity);
  }
  /** Visits under way and messages held back. */
  get pending(): number {
    return this.#timeline.size;
  }
  get turnedAway(): number {
    return this.#turnedAway;
  }
  get silenced(): number {
    return this.#silenced;
  }
  get dirtCounts(): ReadonlyMap<DirtKind, number> {
    return this.#dirtCounts;
  }

  /** The next messages that leave up to `untilMs` inclusive: about `most`, fewer where there are no more. */
  take(untilMs: number, most: number): Message[] {
    const out: Message[] = (this.#out = []);
    const { sources } = this.#settings;
    while (out.length < most) {
      const next = this.#timeline.peek();
      const nextMs = next?.atMs ?? Infinity;
      const source = earliest(sources);
      const sourceMs = source?.nextMs() ?? Infinity;
      if (this.#slotMs <= nextMs && this.#slotMs <= sourceMs) {
        if (this.#slotMs > untilMs) break;
        this.#admit();
      } else if (source !== undefined && sourceMs <= nextMs) {
        if (sourceMs > untilMs) break;
        this.#nowMs = sourceMs;
        const { random, topic, key, value } = source.take();
        this.#dirt.pass(random, topic, key, value, sourceMs, this);
      } else {
        if (nextMs > untilMs) break;
        this.#nowMs = nextMs;
        this.#timeline.take();
        if (next instanceof Visit) this.#play(next);
        else this.#leave((next as Held).message);
      }
    }
    if (out.length < most && untilMs > this.#nowMs) this.#nowMs = untilMs;
    return out;
  }

  isDown(provider: Provider, atMs: number): boolean {
    return this.#outages.isDown(provider, atMs) || this.#settings.incidents.isDown(provider, atMs);
  }

  isOpen(atMs: number): boolean {
    return atMs >= this.#settings.openedMs;
  }

  /** An event of a visit, on its way through what real life does to it. */
  sendEvent(visit: Visit, topic: Topic, key: string, value: string): void {
    this.#dirt.pass(visit.random, topic, key, value, this.#nowMs, this);
  }

  send(topic: Topic, key: string, value: string): void {
    this.#leave({ topic, key, value, emitMs: this.#nowMs });
  }

  hold(topic: Topic, key: string, value: string, untilMs: number): void {
    const full = this.#timeline.size >= MOST_PENDING;
    const message = { topic, key, value, emitMs: full ? this.#nowMs : untilMs };
    if (full) this.#leave(message);
    else this.#timeline.add({ atMs: untilMs, message });
  }

  count(kind: DirtKind): void {
    if (this.#nowMs < this.#settings.positionMs) return;
    this.#dirtCounts.set(kind, (this.#dirtCounts.get(kind) ?? 0) + 1);
  }

  #admit(): void {
    for (const visit of visitsOf(this.#settings.arrivals, this.#slotMs)) {
      if (this.#timeline.size >= MOST_PENDING) this.#turnedAway++;
      else this.#timeline.add(visit);
    }
    this.#slotMs += SLOT_MS;
  }

  #play(visit: Visit): void {
    visit.step(this);
    if (!visit.gone) this.#timeline.add(visit);
  }

  /** The last door: position, silence and late waves. */
  #leave(message: Message): void {
    if (this.#nowMs < this.#settings.positionMs || this.#nowMs < this.#settings.openedMs) return;
    const { incidents } = this.#settings;
    if (incidents.isSilent(message.topic, this.#nowMs)) {
      this.#silenced++;
      return;
    }
    const untilMs = incidents.heldUntil(message.topic, this.#nowMs);
    if (untilMs !== undefined && this.#timeline.size < MOST_PENDING) {
      this.#timeline.add({ atMs: untilMs, message: { ...message, emitMs: untilMs } });
    } else {
      this.#out.push(message);
    }
  }
}

/** The source whose next event is the first; undefined where none has one. */
function earliest(sources: readonly ClockSource[]): ClockSource | undefined {
  let first: ClockSource | undefined;
  let firstMs = Infinity;
  for (const source of sources) {
    const nextMs = source.nextMs();
    if (nextMs >= firstMs) continue;
    first = source;
    firstMs = nextMs;
  }
  return first;
}
