import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runMetricScript } from '../testing/metric-script.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

describe('what metrics mean', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    expect(runMetricScript(readFileSync(folder + name, 'utf8'))).toEqual([]);
  });

  it('the script of the README', () => {
    const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    const script = /```\n(metric [^]*?)```/.exec(readme)?.[1] ?? '';
    expect(script).toContain('expect');
    expect(runMetricScript(script)).toEqual([]);
  });

  it('fails when it should', () => {
    const script = [
      'metric measure: { count: {} }',
      'metric window: { tumbling: 1m }',
      'event 12:00:03',
      'expect 12:01 = 2',
      'expect 12:01 = 1 final',
      'expect 12:01 = 1 live late 1',
      'expect 12:01 nothing',
    ];
    expect(runMetricScript(script.join('\n'))).toHaveLength(4);
    expect(() => runMetricScript('expct 12:01 = 1')).toThrow('Cannot read');
  });
});
