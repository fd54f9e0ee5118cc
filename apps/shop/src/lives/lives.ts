import type { ClockSource, SourceEvent } from '../stream/clock-source.js';
import { Timeline, type Timed } from '../stream/timeline.js';

/** Something that begins and ends: a ticket, an amount on account. */
export interface Life {
  readonly beginMs: number;
  readonly endMs: number;
  /** Absent where others tell the beginning. */
  readonly begin?: SourceEvent;
  readonly end: (atMs: number) => SourceEvent;
}

/** Where lives come from, in order of their beginnings. */
export interface Births {
  /** Whether others tell the beginnings. */
  readonly areSilent: boolean;
  seek(timeMs: number): void;
  nextMs(): number;
  take(): Life;
}

/** Hours in which nothing was sent. */
export interface ClosedHours {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface LivesSettings {
  /** No life lasts longer, ms. */
  readonly longestMs: number;
  /** What began before is not known. */
  readonly bornMs: number;
  readonly closed: readonly ClosedHours[];
}

interface End extends Timed {
  readonly life: Life;
}

/**
 * Beginnings and ends, so that their running total is right: what would have begun in closed hours does not exist, and
 * what would have ended in them ends as soon as they are over.
 */
export class Lives implements ClockSource {
  readonly #births: Births;
  readonly #settings: LivesSettings;
  #ends = new Timeline<End>();

  constructor(births: Births, settings: LivesSettings) {
    this.#births = births;
    this.#settings = settings;
  }

  seek(timeMs: number): void {
    const { bornMs, longestMs, closed } = this.#settings;
    // An end may have been put off by all the closed hours that lie between.
    const putOffMs = closed.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    this.#ends = new Timeline();
    this.#births.seek(Math.max(bornMs, timeMs - longestMs - putOffMs));
    this.#skip();
    while (this.#births.nextMs() < timeMs) this.#born(timeMs);
    this.#lookAhead();
  }

  nextMs(): number {
    return Math.min(this.#births.nextMs(), this.#endMs());
  }

  take(): SourceEvent {
    const life = this.#endMs() <= this.#births.nextMs() ? undefined : this.#born(-Infinity);
    const event = life?.begin ?? this.#nextEnd();
    this.#lookAhead();
    return event;
  }

  #nextEnd(): SourceEvent {
    const end = this.#ends.take();
    if (end === undefined) throw new Error('Nothing began: there is nothing to end');
    return end.life.end(end.atMs);
  }

  /** Silent beginnings are no events: they are taken until the next event is an end. */
  #lookAhead(): void {
    while (this.#births.areSilent && this.#births.nextMs() < this.#endMs()) this.#born(-Infinity);
  }

  /** Takes the next beginning and remembers its end, if that is at this time or later. */
  #born(fromMs: number): Life {
    const life = this.#births.take();
    this.#skip();
    const atMs = this.#closedAt(life.endMs)?.untilMs ?? life.endMs;
    if (atMs >= fromMs) this.#ends.add({ atMs, life });
    return life;
  }

  #endMs(): number {
    return this.#ends.peek()?.atMs ?? Infinity;
  }

  #skip(): void {
    while (this.#closedAt(this.#births.nextMs()) !== undefined) this.#births.take();
  }

  #closedAt(timeMs: number): ClosedHours | undefined {
    return this.#settings.closed.find(({ fromMs, untilMs }) => timeMs >= fromMs && timeMs < untilMs);
  }
}
