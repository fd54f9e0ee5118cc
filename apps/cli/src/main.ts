import { ClickHouseStartError, MissingPrerequisite, ServiceFailed } from '@freshet/embedded';
import { Command, CommanderError } from 'commander';

import { catalogCheck } from './commands/catalog.js';
import { doctor } from './commands/doctor.js';
import { reset } from './commands/reset.js';
import { shop } from './commands/shop.js';
import { up } from './commands/up.js';

/** Errors whose message is meant for a person as it stands, without a stack trace. */
const FOR_PEOPLE = new Set([MissingPrerequisite.name, ServiceFailed.name, ClickHouseStartError.name]);

/**
 * Runs the command line in this process; `args` are those behind the program's name. Resolves the exit code;
 * errors are printed, never thrown.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const command = program(async (work) => {
    code = await work();
  });
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    console.error(`\n${FOR_PEOPLE.has(name) ? message : (stack ?? message)}`);
    return 1;
  }
  return code;
}

function program(run: (work: () => number | Promise<number>) => Promise<void>): Command {
  const root = new Command('freshet')
    .description('Business metrics from Kafka in ClickHouse and on a live dashboard.')
    .exitOverride()
    .enablePositionalOptions();
  root
    .command('up')
    .description('start everything and keep it running until Ctrl-C')
    .action(() => run(up));
  root
    .command('reset')
    .description('remove everything that is stored')
    .option('--yes', 'do not ask')
    .action((options: { yes?: boolean }) => run(() => reset({ yes: options.yes ?? false })));
  root
    .command('doctor')
    .description('versions, disk use, and the ledger beside the log')
    .action(() => run(doctor));
  root
    .command('catalog')
    .description('contracts and metrics')
    .command('check')
    .argument('[folder]', 'the catalogue; FRESHET_CATALOG otherwise')
    .description('print every problem')
    .action((folder?: string) => run(() => catalogCheck(folder)));
  root
    .command('shop')
    .description('produce events; arguments are passed on (see `freshet shop -- --help`)')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .argument('[arguments...]')
    .action((rest: string[]) => run(() => shop(rest)));
  return root;
}
