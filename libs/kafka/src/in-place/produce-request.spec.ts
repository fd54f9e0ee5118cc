import { createRequire } from 'node:module';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { BuildRequest } from '../private-kafkajs.js';
import { KNOWN_PRODUCE_VERSION, produceBody, type ProduceParameters } from './produce-request.js';

const require = createRequire(import.meta.url);
const { protocol } = require('kafkajs/src/protocol/requests/produce') as {
  protocol: (asked: { version: number }) => BuildRequest;
};
const Long = require('kafkajs/src/utils/long') as {
  fromValue(value: string | number): { toString(): string };
};

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

/** As kafkajs writes it. */
async function twin(parameters: ProduceParameters): Promise<Buffer> {
  const { request } = protocol({ version: KNOWN_PRODUCE_VERSION })(parameters);
  return (await request.encode()).buffer;
}

const bytes = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
  // Lengths that take another byte.
  fc.constantFrom(63, 64, 8191, 8192).map((length) => 'x'.repeat(length)),
);
const message = fc.record(
  { key: bytes, value: bytes, headers: fc.constantFrom({}, undefined) },
  { requiredKeys: ['value'] },
);
const partition = fc.record({
  partition: fc.nat(),
  firstSequence: fc.nat(),
  messages: fc.array(message, { minLength: 1, maxLength: 130 }),
});
const parameters = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  transactionalId: fc.constantFrom(undefined, null, 'a transaction'),
  producerId: fc.oneof<fc.Arbitrary<ProduceParameters['producerId']>[]>(
    fc.constant(-1),
    fc.bigInt(0n, 2n ** 62n).map((id) => Long.fromValue(id.toString())),
  ),
  producerEpoch: fc.nat(32_767),
  compression: fc.constant(0),
  topicData: fc.array(
    fc.record({
      topic: fc.constantFrom('orders', 'größe'),
      partitions: fc.array(partition, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
});

it('writes byte for byte what kafkajs writes', async () => {
  await fc.assert(
    fc.asyncProperty(parameters, async (given) => {
      expect(produceBody(given)?.toString('hex')).toBe((await twin(given)).toString('hex'));
    }),
  );
});

it('leaves to kafkajs what it is not made for', () => {
  const withMessage = (message: object, compression = 0) =>
    produceBody({
      acks: -1,
      timeout: 30_000,
      producerId: -1,
      producerEpoch: 0,
      compression,
      topicData: [{ topic: 'orders', partitions: [{ partition: 0, firstSequence: 0, messages: [message] }] }],
    });
  expect(withMessage({ value: 'plain' })).toBeDefined();
  expect(withMessage({ value: 'zipped' }, 1)).toBeUndefined();
  expect(withMessage({ value: 'told', headers: { reason: 'late' } })).toBeUndefined();
  expect(withMessage({ value: 'timed', timestamp: '1700000000000' })).toBeUndefined();
  expect(withMessage({ value: 7 })).toBeUndefined();
});
