/** The command line of a workspace that is set up already: for processes that others start. */
import { main } from '../dist/main.js';

process.exit(await main(process.argv.slice(2)));
