import { MemoryStore } from './memory-store.js';
import { metricStoreSuite } from './metric-store-suite.js';

metricStoreSuite('memory', async () => {
  const store = new MemoryStore();
  return {
    store,
    reader: store,
    contract: 'orders',
    columns: () => [],
    metric: { name: 'revenue', revision: 'r1', sums: 2 },
    distinctMetric: { name: 'users', revision: 'r1' },
    close: async () => undefined,
  };
});
