import { describe, expect, it } from 'vitest';
import { until } from './until.js';

describe('until', () => {
  it('answers the first thing that is there, errors in between forgiven', async () => {
    const answers = [
      (): false => false,
      (): undefined => undefined,
      (): never => {
        throw new Error('not yet');
      },
      (): number => 0,
    ];
    let look = 0;
    expect(await until(() => answers[look++]!(), { everyMs: 1 })).toBe(0);
    expect(look).toBe(4);
  });

  it('says what it saw last', async () => {
    const never = (): never => {
      throw new Error('nobody listens');
    };
    await expect(until(never, { deadlineMs: 5, everyMs: 1 })).rejects.toThrow(
      'not within 5 ms: nobody listens',
    );
  });
});
