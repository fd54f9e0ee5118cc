import { beforeEach, describe, expect, it } from 'vitest';
import type { Notice, NoticeState, Outbox, OutboxEntry } from '../notice.js';
import { staleAlert } from './alerts.js';

/** What every outbox has to do. `open` resolves an empty one. */
export function outboxSuite(name: string, open: () => Promise<Outbox>): void {
  describe(`${name} as an outbox`, () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });

    it('gives back what was written, with the alert as it was', async () => {
      const written = entry('a', 'waiting', 2, 'answered 503');
      await outbox.write([written]);
      expect(await outbox.waiting(10)).toEqual([written]);
      expect(await outbox.of([written.notice.alertId])).toEqual([written]);
      expect(await outbox.of(['another'])).toEqual([]);
    });

    it('keeps what is furthest, whatever the order of writing', async () => {
      await outbox.write([entry('a', 'waiting', 3, 'down')]);
      await outbox.write([entry('a', 'waiting', 0)]);
      expect((await outbox.waiting(10))[0]?.attempts).toBe(3);
      await outbox.write([entry('a', 'sent', 4)]);
      await outbox.write([entry('a', 'waiting', 5)]);
      expect(await outbox.waiting(10)).toEqual([]);
      expect((await outbox.of([staleAlert().id])).map(({ state }) => state)).toEqual(['sent']);
    });

    it('tells what waits, oldest first, up to a limit', async () => {
      await outbox.write([
        entry('late', 'waiting', 0, '', 3_000),
        entry('early', 'waiting', 0, '', 1_000),
        entry('over', 'superseded', 0, '', 500),
        entry('middle', 'waiting', 0, '', 2_000),
      ]);
      const keys = async (limit: number) => (await outbox.waiting(limit)).map(({ notice }) => notice.key);
      expect(await keys(10)).toEqual(['early', 'middle', 'late']);
      expect(await keys(2)).toEqual(['early', 'middle']);
    });
  });
}

function entry(key: string, state: NoticeState, attempts: number, lastError = '', afterMs = 0): OutboxEntry {
  const alert = staleAlert();
  const notice: Notice = {
    key,
    alertId: alert.id,
    address: 'platform-team/webhook/0',
    team: 'platform-team',
    severity: 'page',
    status: 'firing',
    atMs: alert.sinceMs + afterMs,
    alert,
  };
  return { notice, state, attempts, lastError };
}
