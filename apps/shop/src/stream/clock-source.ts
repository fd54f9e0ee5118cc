import type { Random } from '../random/random.js';
import type { Topic } from './message.js';

export interface SourceEvent {
  readonly topic: Topic;
  readonly key: string;
  readonly value: string;
  /** For what may happen to the message on its way. */
  readonly random: Random;
}

/** Sends by the clock: what it sends when follows from settings and time alone, so a restart repeats it. */
export interface ClockSource {
  /** Goes to the first event at this time or later. */
  seek(timeMs: number): void;
  /** Time of the next event, epoch ms; infinite when there is none. */
  nextMs(): number;
  take(): SourceEvent;
}
