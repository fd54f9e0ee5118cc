import type { Freshness } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { afterAll, beforeAll } from 'vitest';
import { exampleTests } from './docs/examples.js';
import { questionTests } from './docs/questions.js';
import { startSystem, type System } from './system.js';

let system: System;
beforeAll(async () => {
  system = await startSystem({ FRESHET_SHOP: 'true', FRESHET_SHOP_BACKFILL_HOURS: '3' });
  const sinceMs = Date.now();
  await until(
    async () => {
      const { metrics } = await system.get<{ metrics: Freshness[] }>('/api/freshness');
      return metrics.length >= 11 && metrics.every(({ asOfMs }) => (asOfMs ?? 0) >= sinceMs);
    },
    { deadlineMs: 240_000 },
  );
}, 400_000);
afterAll(() => system?.dispose(), 60_000);

questionTests(() => system);
// After the questions: it ends with numbers that are wrong on purpose.
exampleTests(() => system);
