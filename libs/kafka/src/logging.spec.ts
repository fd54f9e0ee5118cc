import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';

import { bridgeLogs } from './logging.js';

function entry(level: number, message: string) {
  return { namespace: 'Connection', level, label: '', log: { timestamp: '', message } };
}

describe('bridgeLogs', () => {
  it('hides what heals by itself in the first seconds, and only then', () => {
    const seen: string[] = [];
    const at = (level: string) => (_: object, message: string) => void seen.push(`${level} ${message}`);
    let nowMs = 0;
    const log = bridgeLogs(
      { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      () => nowMs,
    );
    log(entry(kafkajs.logLevel.ERROR, 'The group coordinator is not available'));
    log(entry(kafkajs.logLevel.ERROR, 'SASL authentication failed'));
    nowMs = 60_000;
    log(entry(kafkajs.logLevel.ERROR, 'The group coordinator is not available'));
    log(entry(kafkajs.logLevel.INFO, 'Consumer has joined the group'));
    expect(seen).toEqual([
      'debug The group coordinator is not available',
      'error SASL authentication failed',
      'error The group coordinator is not available',
      'debug Consumer has joined the group',
    ]);
  });
});
