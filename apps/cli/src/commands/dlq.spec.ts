import { REDRIVE, readRange } from '@freshet/kafka';
import { orderPlaced } from '@freshet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startBench, type Bench, type BenchIngest } from '../testing/bench.js';
import { dlqList, dlqRedrive, dlqShow } from './dlq.js';

let bench: Bench;
let ingest: BenchIngest;

beforeAll(async () => {
  bench = await startBench({ topics: ['orders'] });
  ingest = await bench.startIngest();
  await bench.produce('orders', [
    { partition: 0, value: JSON.stringify(orderPlaced({ id: 'fine', timeMs: Date.now() })) },
    { partition: 0, key: 'k', value: '{"broken":', headers: { trace: 't-1' } },
    { partition: 1, value: Buffer.from([0xff, 0xfe, 0x1b, 0x5b]) },
    {
      partition: 1,
      value: JSON.stringify({ ...orderPlaced({ id: 'late-contract', timeMs: Date.now() }), time: 'x' }),
    },
    { partition: 1, value: '{"\u001b[31m' },
  ]);
  await ingest.settle(['orders']);
});
afterAll(async () => {
  await bench?.stop();
});

const run: Bench['run'] = (command) => bench.run(command);

interface Message {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function messagesOf(partition: number): Promise<Message[]> {
  const found: Message[] = [];
  const admin = bench.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets('orders');
  await admin.disconnect();
  const before = Number(ends.find((each) => each.partition === partition)!.high);
  await readRange(
    bench.kafka,
    'orders',
    [{ partition, from: 0, before }],
    (batch) => {
      for (let row = 0; row < batch.count; row += 1)
        found.push({
          offset: batch.offsets[row]!,
          logTimeMs: batch.logTimesMs[row]!,
          value: Buffer.from(batch.values.at(row) ?? []).toString(),
          headers: Object.fromEntries(
            batch.headers(row).map(([name, value]) => [name, Buffer.from(value).toString()]),
          ),
        });
    },
    { groupPrefix: 'spec' },
  );
  return found;
}

describe('dlq', () => {
  it('lists letters by topic and reason', async () => {
    const { code, out } = await run((surroundings) => dlqList({}, surroundings));
    expect(code).toBe(0);
    expect(out).toMatch(/orders +not_json +2 +2 +0 /);
    expect(out).toMatch(/orders +not_utf8 +1 +1 +0 /);
    expect(out).toContain('orders/1/0/1');
    const { out: json } = await run((surroundings) =>
      dlqList({ reason: 'bad_time', json: true }, surroundings),
    );
    expect(JSON.parse(json)).toEqual([
      expect.objectContaining({ name: 'orders/1/1/1', reason: 'bad_time', state: 'waiting', redrives: 0 }),
    ]);
    expect((await run((surroundings) => dlqList({ to: '1h' }, surroundings))).out).toBe(
      'There are no dead letters.',
    );
  });

  it('shows one with its origin, headers and bytes, and lets no bytes command the terminal', async () => {
    const { code, out } = await run((surroundings) => dlqShow('orders/1/0/1', {}, surroundings));
    expect(code).toBe(0);
    expect(out).toContain('topic orders, life 1, partition 0, offset 1');
    expect(out).toContain('trace: t-1');
    expect(out).toMatch(/\n\{"broken":$/);
    const binary = await run((surroundings) => dlqShow('orders/1/1/0', {}, surroundings));
    expect(binary.out).toContain('ff fe 1b 5b');
    const escapes = await run((surroundings) => dlqShow('orders/1/1/2', {}, surroundings));
    expect(escapes.out).toContain('7b 22 1b 5b');
    expect(escapes.out).not.toContain('\u001b');
    const bytes: number[] = [];
    await run((surroundings) =>
      dlqShow('orders/1/1/0', { raw: true }, surroundings, (raw) => bytes.push(...raw)),
    );
    expect(bytes).toEqual([0xff, 0xfe, 0x1b, 0x5b]);
    expect(await run((surroundings) => dlqShow('orders/1/0/77', {}, surroundings))).toMatchObject({
      code: 1,
    });
  });

  it('sends nothing before it is told to', async () => {
    const { code, out } = await run((surroundings) => dlqRedrive([], { topic: 'orders' }, surroundings));
    expect(code).toBe(0);
    expect(out).toContain('4 letters would be sent back. Nothing was sent');
    expect(await messagesOf(0)).toHaveLength(2);
    expect(await bench.store.rows('SELECT * FROM freshet.redrives_log')).toEqual([]);
  });

  it('sends a letter back to its partition once, whoever asks how often, and keeps who did', async () => {
    const redrive = () =>
      run((surroundings) => dlqRedrive(['orders/1/0/1'], { apply: true, rate: '100' }, surroundings));
    expect(await redrive()).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 letters were sent back') as string,
    });
    const again = await redrive();
    expect(again.out).toContain('1 letters were redriven before and stay.');
    expect(again.out).toContain('0 letters were sent back');
    const messages = await messagesOf(0);
    expect(messages).toHaveLength(3);
    expect(messages[2]).toMatchObject({
      offset: 2,
      value: '{"broken":',
      headers: { trace: 't-1', [REDRIVE.count]: '1', [REDRIVE.of]: 'orders/1/0/1' },
    });
    expect(
      await bench.store.rows(
        `SELECT step, offset, redrive, sent_offset, by != '' AS told FROM freshet.redrives_log ORDER BY at, step`,
      ),
    ).toEqual([
      { step: 'claimed', offset: 1, redrive: 1, sent_offset: -1, told: 1 },
      { step: 'sent', offset: 1, redrive: 1, sent_offset: 2, told: 1 },
    ]);
  });

  it('raises the count of one that fails again, and leaves it after the most redrives', async () => {
    await ingest.settle(['orders']);
    const { out } = await run((surroundings) => dlqShow('orders/1/0/2', { json: true }, surroundings));
    expect(JSON.parse(out)).toMatchObject({ state: 'waiting', redrives: 1, reason: 'not_json' });
    await run((surroundings) => dlqRedrive(['orders/1/0/2'], { apply: true }, surroundings));
    await ingest.settle(['orders']);
    expect((await messagesOf(0))[3]!.headers).toMatchObject({ trace: 't-1', [REDRIVE.count]: '2' });
    const poisoned = await run((surroundings) =>
      dlqRedrive(['orders/1/0/3'], { apply: true, maxRedrives: '2' }, surroundings),
    );
    expect(poisoned.out).toContain('1 letters failed again after 2 redrives and stay');
    expect(await messagesOf(0)).toHaveLength(4);
  });

  it('lets at most one of two redrives at the same moment send', async () => {
    const both = await Promise.all(
      [0, 1].map(() => run((surroundings) => dlqRedrive(['orders/1/1/1'], { apply: true }, surroundings))),
    );
    expect(both.map(({ out }) => out).join('\n')).toMatch(/claimed by another|redriven before/);
    expect((await messagesOf(1)).length).toBeLessThanOrEqual(4);
  });

  it('sends no more a second than it may', async () => {
    await bench.produce(
      'orders',
      Array.from({ length: 3 }, (_, n) => ({ partition: 0, value: `{"slow ${n}":` })),
    );
    await ingest.settle(['orders']);
    const before = (await messagesOf(0)).length;
    const names = [1, 2, 3].map((n) => `orders/1/0/${before - n}`);
    const { out } = await run((surroundings) => dlqRedrive(names, { apply: true, rate: '1' }, surroundings));
    expect(out).toContain('3 letters were sent back');
    const times = (await messagesOf(0)).slice(before).map(({ logTimeMs }) => logTimeMs);
    expect(times).toHaveLength(3);
    for (const [at, time] of times.slice(1).entries()) expect(time - times[at]!).toBeGreaterThan(500);
  });

  it('says what is wrong with a name or an option', async () => {
    await expect(run((surroundings) => dlqShow('nonsense', {}, surroundings))).rejects.toThrow(
      'no name of a letter',
    );
    await expect(run((surroundings) => dlqRedrive([], {}, surroundings))).rejects.toThrow('Name the letters');
    await expect(run((surroundings) => dlqList({ topic: 'nowhere' }, surroundings))).rejects.toThrow(
      'no contract for topic',
    );
  });
});
