import { ClickHouseStartError, MissingPrerequisite, ServiceFailed } from '@freshet/embedded';
import { Command, CommanderError } from 'commander';

import { alertRules, type AlertRulesOptions } from './commands/alerts.js';
import { audit, type AuditOptions } from './commands/audit.js';
import { correct, type CorrectOptions } from './commands/correct.js';
import { cluster, type ClusterOptions } from './commands/cluster.js';
import { catalogCheck, type CatalogCheckOptions } from './commands/catalog.js';
import { catalogExplain } from './commands/explain.js';
import { catalogPreview, type CatalogPreviewOptions } from './commands/preview.js';
import { dlqList, dlqRedrive, dlqShow, type DlqListOptions, type DlqRedriveOptions } from './commands/dlq.js';
import { doctor } from './commands/doctor.js';
import { drill, type DrillOptions } from './commands/drill.js';
import { catalogPromote } from './commands/promote.js';
import { reset } from './commands/reset.js';
import { shop } from './commands/shop.js';
import { retireSource, type RetireOptions } from './commands/retire.js';
import { newIncarnation, type NewIncarnationOptions } from './commands/source.js';
import { ofProcess } from './operations/surroundings.js';
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
    .description('versions, disk use, and the state of every partition with what to do')
    .option('--json', 'for machines')
    .action((options: { json?: boolean }) => run(() => doctor(options)));
  root
    .command('audit')
    .description('compare panes with facts and facts with the log; 0 when nothing differs')
    .option('--metric <name>', 'one metric, and the topic that it reads')
    .option('--from <time>', 'ISO time, or how long ago (24h)', '24h')
    .option('--to <time>', 'ISO time, or how long ago; now otherwise')
    .option('--no-log', 'do not read the records of the log')
    .option('--every <duration>', 'again and again, until stopped')
    .option('--json', 'for machines')
    .action((options: AuditOptions) => run(() => audit(options)));
  root
    .command('correct')
    .description('take back events that were counted twice; tells only, without --apply')
    .option('--topic <topic>', 'one topic; all of them otherwise')
    .option('--from <time>', 'ISO time, or how long ago (24h): log times', '24h')
    .option('--to <time>', 'ISO time, or how long ago; now otherwise')
    .option('--apply', 'do it; otherwise only tell')
    .action((options: CorrectOptions) => run(() => correct(options)));
  addDeadLetters(root, run);
  root
    .command('drill')
    .argument('<names...>', 'drills, or all')
    .description('cause a fault on the running system and wait for its alert; 0 when all passed')
    .option('--own', 'start a system for it, with short windows')
    .action((names: string[], options: DrillOptions) => run(() => drill(names, options, ofProcess())));
  const source = root.command('source').description('topics that are read');
  source
    .command('new-incarnation')
    .argument('<topic>')
    .description('go on with a topic that was deleted and made anew')
    .option('--yes', 'do it; otherwise only tell')
    .option(
      '--group <prefix>',
      "consumer group of ingest, without the topic; FRESHET_GROUP or 'freshet' otherwise",
    )
    .action((topic: string, options: NewIncarnationOptions) => run(() => newIncarnation(topic, options)));
  source
    .command('retire')
    .argument('<topic>')
    .argument('<partition>')
    .description('wait no more for a partition that its topic has no more')
    .requiredOption('--reason <text>', 'why; kept with who ran it')
    .option('--yes', 'do it; otherwise only tell')
    .action((topic: string, partition: string, options: RetireOptions) =>
      run(() => retireSource(topic, partition, options)),
    );
  addCatalogue(root, run);
  root
    .command('alerts')
    .description('what is alerted on')
    .command('rules')
    .description('the catalogue as a rule file of Prometheus')
    .option('--out <file>', 'write it there; standard output otherwise')
    .option(
      '--platform-team <team>',
      'who is told of what is about no metric; the owner of stage serve otherwise',
    )
    .option('--check', 'only tell whether the file is current; 1 when it is not')
    .action((options: AlertRulesOptions) => run(() => alertRules(options)));
  root
    .command('cluster')
    .description('print the DDL of the tables on a ClickHouse cluster of shards and replicas')
    .option('--name <cluster>', 'as in remote_servers', 'freshet')
    .action((options: ClusterOptions) => run(() => cluster(options)));
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

function addCatalogue(root: Command, run: (work: () => number | Promise<number>) => Promise<void>): void {
  const catalog = root.command('catalog').description('contracts and metrics');
  catalog
    .command('check')
    .argument('[folder]', 'the catalogue; FRESHET_CATALOG otherwise')
    .option('--no-compare', 'only the files, not what runs')
    .description('print every problem, and what differs from what runs')
    .action((folder: string | undefined, options: CatalogCheckOptions) =>
      run(() => catalogCheck(folder, options)),
    );
  catalog
    .command('explain')
    .argument('<metric>')
    .description('what it means, where it comes from, who depends on it, its generated code and SQL')
    .action((metric: string) => run(() => catalogExplain(metric)));
  catalog
    .command('preview')
    .argument('<file>', 'of a metric, in the catalogue or anywhere else')
    .option('--last <duration>', 'how far back', '6h')
    .description('run a definition over the facts of the last hours and draw it, before it counts')
    .action((file: string, options: CatalogPreviewOptions) => run(() => catalogPreview(file, options)));
  catalog
    .command('promote')
    .argument('<metric>')
    .argument('[revision]', 'or its first digits; without it, all are listed')
    .description('make a revision the one that is read: one that waits for a person, or an earlier one')
    .action((metric: string, revision?: string) => run(() => catalogPromote(metric, revision)));
}

function addDeadLetters(root: Command, run: (work: () => Promise<number>) => Promise<void>): void {
  const dlq = root.command('dlq').description('dead letters: records that could not be counted');
  const select = (command: Command): Command =>
    command
      .option('--topic <topic>', 'letters of this source topic')
      .option('--reason <reason>', 'letters with this reason')
      .option('--from <time>', 'originals from then on: ISO time, or how long ago (2h)')
      .option('--to <time>', 'originals before then');
  select(dlq.command('list').description('by topic and reason, and the newest'))
    .option('--limit <n>', 'letters to print', '20')
    .option('--json', 'for machines')
    .action((options: DlqListOptions) => run(() => dlqList(options)));
  dlq
    .command('show')
    .argument('<letter>', 'name, such as orders/1/3/42')
    .description('one letter with its origin, reason, headers and bytes')
    .option('--raw', 'only the bytes of the original, as they are')
    .option('--json', 'for machines')
    .action((name: string, options: { raw?: boolean; json?: boolean }) => run(() => dlqShow(name, options)));
  select(dlq.command('redrive').description('send letters back to their topic, each at most once'))
    .argument('[letters...]', 'names; or choose with --topic')
    .option('--apply', 'send; otherwise only tell')
    .option('--rate <n>', 'messages a second', '50')
    .option('--max-redrives <n>', 'leave those that failed again so often', '3')
    .action((names: string[], options: DlqRedriveOptions) => run(() => dlqRedrive(names, options)));
}
