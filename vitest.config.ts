import { defineConfig } from 'vitest/config';

/** Tests run from sources: every package exports them under this condition. */
const conditions = ['@freshet/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{apps,libs}/*/src/**/*.spec.{ts,tsx}', '{tools,tests}/**/*.spec.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
