import nx from '@nx/eslint-plugin';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Dependencies point down the list of kinds only: app → testkit, adapter, ui → engine → domain. */
const byKind = [
  {
    sourceTag: 'kind:app',
    onlyDependOnLibsWithTags: ['kind:testkit', 'kind:adapter', 'kind:ui', 'kind:engine', 'kind:domain'],
  },
  { sourceTag: 'kind:testkit', onlyDependOnLibsWithTags: ['kind:adapter', 'kind:engine', 'kind:domain'] },
  { sourceTag: 'kind:adapter', onlyDependOnLibsWithTags: ['kind:engine', 'kind:domain'] },
  { sourceTag: 'kind:ui', onlyDependOnLibsWithTags: ['kind:domain'] },
  { sourceTag: 'kind:engine', onlyDependOnLibsWithTags: ['kind:domain'] },
  { sourceTag: 'kind:domain', onlyDependOnLibsWithTags: ['kind:domain'] },
];

const byPlatform = [
  { sourceTag: 'platform:any', onlyDependOnLibsWithTags: ['platform:any'] },
  { sourceTag: 'platform:browser', onlyDependOnLibsWithTags: ['platform:any', 'platform:browser'] },
  { sourceTag: 'platform:node', onlyDependOnLibsWithTags: ['platform:any', 'platform:node'] },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/target', '**/node_modules', '.nx', '.freshet', 'coverage'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], enforceBuildableLibDependency: false, depConstraints: [...byKind, ...byPlatform] },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['apps/cli/**', 'tools/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Nest's constructor injection reads types at run time: an inline `type` import would erase them.
    files: ['apps/gateway/**/*.ts', 'apps/ingest/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['apps/dashboard/**/*.tsx', 'libs/live-client/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
);
