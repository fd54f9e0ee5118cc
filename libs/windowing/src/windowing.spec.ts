import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLate, lowestFrontier, paneStart, trustState, watermark, windowEnds, worstState } from './index.js';
import { runTimeScript } from './testing/time-script.js';

const folder = fileURLToPath(new URL('scripts/', import.meta.url));

describe('time scripts', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    expect(runTimeScript(readFileSync(folder + name, 'utf8'))).toEqual([]);
  });

  it('the one of the README', () => {
    const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
    const script = /```\n(window [^]*?)```/.exec(readme)?.[1] ?? '';
    expect(script).toContain('expect');
    expect(runTimeScript(script)).toEqual([]);
  });

  it('fail when they should', () => {
    const script = 'window tumbling 1m\nevent 12:00:03 100\nexpect 12:01 = 99 live';
    expect(runTimeScript(script)).toEqual(['line 3: expect 12:01 = 99 live: found = 100 live late 0']);
    expect(() => runTimeScript('expct 12:01 = 1 live')).toThrow('Cannot read');
  });
});

const timeMs = fc.integer({ min: -1e13, max: 1e13 });
const window = fc
  .record({ everyMs: fc.integer({ min: 1, max: 1e7 }), panes: fc.integer({ min: 1, max: 20 }) })
  .map(({ everyMs, panes }) => ({ everyMs, sizeMs: everyMs * panes }));

describe('panes and windows', () => {
  it('put every time into one pane, and the pane into size ÷ every windows that contain it', () => {
    fc.assert(
      fc.property(timeMs, window, (at, spec) => {
        const start = paneStart(at, spec.everyMs);
        expect(start <= at && at < start + spec.everyMs).toBe(true);
        expect(Math.abs(start % spec.everyMs)).toBe(0);
        const ends = windowEnds(start, spec);
        expect(ends.length).toBe(spec.sizeMs / spec.everyMs);
        for (const end of ends) {
          expect(Math.abs(end % spec.everyMs)).toBe(0);
          expect(end - spec.sizeMs <= start && start + spec.everyMs <= end).toBe(true);
        }
      }),
    );
  });
});

describe('trust', () => {
  it('follows live* final? revised* whatever comes in whatever order', () => {
    const step = fc.record({ partition: fc.nat(2), timeMs: fc.integer({ min: 0, max: 600_000 }) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.nat(60_000),
        fc.nat(120_000),
        (steps, delayMs, allowedMs) => {
          const frontiers = [-1, -1, -1];
          let lateEvents = 0;
          const told: string[] = [];
          for (const { partition, timeMs: at } of steps) {
            const before = watermark(frontiers[partition]!, delayMs);
            if (paneStart(at, 60_000) === 0 && isLate(60_000, allowedMs, before)) lateEvents++;
            frontiers[partition] = Math.max(frontiers[partition]!, at);
            const watermarkMs = watermark(lowestFrontier(frontiers), delayMs);
            const state = trustState({ endMs: 60_000, allowedMs, watermarkMs, lateEvents });
            if (told.at(-1) !== state) told.push(state);
          }
          expect(told.join(' ')).toMatch(/^(live)?( ?final)?( ?revised)?$/);
        },
      ),
    );
  });

  it('takes the worst of several sources', () => {
    expect(worstState(['final', 'live', 'revised'])).toBe('live');
    expect(worstState(['final', 'revised'])).toBe('revised');
    expect(worstState(['final', 'final'])).toBe('final');
    expect(worstState([])).toBe('live');
  });

  it('knows nothing without evidence', () => {
    expect(lowestFrontier([])).toBe(-1);
    expect(lowestFrontier([5, -1])).toBe(-1);
  });
});
