import type { DeadLetter, DeadLetterSink } from '../ports.js';

/** Dead letters in memory, by topic; at least once, so look at them by origin. */
export class MemoryDeadLetters implements DeadLetterSink {
  readonly byTopic = new Map<string, DeadLetter[]>();

  async write(topic: string, letters: readonly DeadLetter[]): Promise<void> {
    this.byTopic.set(topic, [...(this.byTopic.get(topic) ?? []), ...letters]);
  }

  /** Offsets of a partition's letters, each once, ascending. */
  offsets(topic: string, partition: number, incarnation = 1): number[] {
    const letters = (this.byTopic.get(topic) ?? []).filter(
      ({ source }) => source.partition === partition && source.incarnation === incarnation,
    );
    return [...new Set(letters.map(({ offset }) => offset))].sort((a, b) => a - b);
  }
}
