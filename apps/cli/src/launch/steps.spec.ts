import { describe, expect, it } from 'vitest';

import { Steps } from './steps.js';

describe('Steps', () => {
  it('prints plain lines where there is no terminal', async () => {
    const written: string[] = [];
    const steps = new Steps({ write: (text) => written.push(text) });
    await steps.run('Kafka', () => Promise.resolve('127.0.0.1:9092'));
    await expect(steps.run('ingest', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^ {2}✓ Kafka +0\.0 s {2}127\.0\.0\.1:9092\n$/);
    expect(written[1]).toMatch(/^ {2}✗ ingest +0\.0 s\n$/);
  });
});
