import { resolve } from 'node:path';

import { checkCatalogue } from '../catalogue.js';
import { readConfig } from '../config.js';

/** Prints every problem of the catalogue; resolves 1 when there is one. */
export function catalogCheck(folder?: string): number {
  const path = folder === undefined ? readConfig(process.env).catalog : resolve(folder);
  const { contracts, metrics, problems } = checkCatalogue(path);
  for (const problem of problems) console.error(problem);
  console.log(
    `${contracts.length} contracts, ${metrics.length} metrics, ${problems.length} problems in ${path}`,
  );
  return problems.length > 0 ? 1 : 0;
}
