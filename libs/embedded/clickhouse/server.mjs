/**
 * The ClickHouse engine as a process of its own: `node server.mjs <store folder> <config.xml>`.
 *
 * Loads the engine's shared library and runs its command line, which starts the engine's own HTTP and native
 * servers and then reads standard input to its end. So it serves until its standard input closes: by the
 * parent on purpose, or by the kernel when the parent dies. Plain JavaScript, so that it runs the same from
 * sources and from a build.
 *
 * SIGINT and SIGTERM have no handler here on purpose: the engine installs its own, and one of Node's beside
 * it never ends. Data survives any end, because only whole inserts become visible.
 */
import { resolveLibchdb } from 'chdb/libchdb';
import { DataType, isNullPointer, load, open, restorePointer, wrapPointer } from 'ffi-rs';

const [storeDir, configFile] = process.argv.slice(2);
if (storeDir === undefined || configFile === undefined) {
  process.stderr.write('usage: node server.mjs <store folder> <config.xml>\n');
  process.exit(2);
}

const argv = [
  'clickhouse-local',
  '--log-level=warning',
  '--path',
  storeDir,
  '--config-file',
  configFile,
  '--query',
  // HTTP last: who gets an answer there knows that both listen.
  "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT count() FROM file('-', 'LineAsString') FORMAT Null",
];

try {
  open({ library: 'chdb', path: resolveLibchdb().path });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(3);
}
const result = await load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true,
});
const error = load({
  library: 'chdb',
  funcName: 'chdb_result_error',
  retType: DataType.External,
  paramsType: [DataType.External],
  paramsValue: [result],
});
if (isNullPointer(error)) process.exit(0);
const [message] = restorePointer({ retType: [DataType.String], paramsValue: wrapPointer([error]) });
process.stderr.write(`${message.split(', Stack trace')[0]}\n`);
process.exit(1);
