/** The recount of the whole product's own tests: none of the product's code is in it, so it serves here as it does there. */

export { recount, RULES, valueOf, type LoggedRecord, type Tally } from '../../../tests/recount.js';
