/** The recount of the whole product's own tests: none of the product's code is in it, so it serves here as it does there. */
// eslint-disable-next-line @nx/enforce-module-boundaries -- tests/ is no package that could be imported by name
export { recount, RULES, valueOf, type LoggedRecord, type Tally } from '../../../tests/recount.js';
