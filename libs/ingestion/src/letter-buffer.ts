import type { DeadLetter } from './ports.js';

/** Dead letters that wait for a flush, by dead-letter topic. */
export class LetterBuffer {
  private byTopic = new Map<string, DeadLetter[]>();
  count = 0;
  bytes = 0;

  add(topic: string, letter: DeadLetter): void {
    const letters = this.byTopic.get(topic);
    if (letters === undefined) this.byTopic.set(topic, [letter]);
    else letters.push(letter);
    this.count += 1;
    this.bytes += (letter.key?.byteLength ?? 0) + (letter.value?.byteLength ?? 0) + letter.detail.length;
  }

  take(): Map<string, DeadLetter[]> {
    const letters = this.byTopic;
    this.byTopic = new Map();
    this.count = 0;
    this.bytes = 0;
    return letters;
  }
}

export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
