import { until } from '@freshet/testkit';
import { TOPICS } from '../events.js';
import { endsOf } from './log.js';
import type { Rig } from './rig.js';

/** Waits until panes and facts of everything in the log are stored. */
export async function allStored(rig: Rig, withinMs = 180_000): Promise<void> {
  for (const topic of TOPICS) {
    const ends = await until(() => endsOf(rig.kafka, topic), { deadlineMs: 60_000, everyMs: 500 });
    await until(
      async () => {
        const rows = await rig.rows<{ partition: number; through: number }>(
          `SELECT partition, least(panes_through, facts_through) AS through FROM freshet.source_progress WHERE topic = '${topic}'`,
        );
        return [...ends].every(
          ([partition, end]) => (rows.find((row) => row.partition === partition)?.through ?? -1) >= end - 1,
        );
      },
      { deadlineMs: withinMs, everyMs: 500 },
    );
  }
}
