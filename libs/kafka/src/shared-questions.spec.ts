import { expect, it } from 'vitest';
import { listOffsets } from './broker-offsets.js';
import { SharedQuestions } from './shared-questions.js';

/** A broker that knows no topic `gone`; notes the topics of each request. */
function broker() {
  const requests: string[][] = [];
  return {
    requests,
    listOffsets: async ({ topics }: Parameters<SharedQuestions['listOffsets']>[0]) => {
      requests.push(topics.map(({ topic }) => topic));
      if (topics.some(({ topic }) => topic === 'gone')) throw new Error('there is no such topic');
      return {
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, offset: `${topic.length}` })),
        })),
      };
    },
  };
}

it('asks once for all topics of a moment, and gives each its own answer', async () => {
  const asked = broker();
  const shared = new SharedQuestions(asked);
  const ask = (topic: string, timestamp = -1) =>
    listOffsets(shared, topic, [0, 1], timestamp, 'read_committed');
  const answers = await Promise.all([ask('a'), ask('bb'), ask('a', -2), ask('a')]);
  expect(answers.map((answer) => [...answer])).toEqual([
    [
      [0, 1],
      [1, 1],
    ],
    [
      [0, 2],
      [1, 2],
    ],
    [
      [0, 1],
      [1, 1],
    ],
    [
      [0, 1],
      [1, 1],
    ],
  ]);
  expect(asked.requests).toEqual([['a', 'bb'], ['a'], ['a']]);
});

it('lets one topic that cannot be asked fail alone', async () => {
  const asked = broker();
  const shared = new SharedQuestions(asked);
  const [well, gone] = await Promise.allSettled(
    ['a', 'gone'].map((topic) => listOffsets(shared, topic, [0], -1, 'read_committed')),
  );
  expect(well).toMatchObject({ status: 'fulfilled', value: new Map([[0, 1]]) });
  expect(gone?.status).toBe('rejected');
});
