/**
 * What has to be there before Freshet's own code can run: packages, Kafka's jars, compiled code. Plain Node,
 * because it runs before there are packages. Nothing is done twice: a second start finds all of it in place.
 */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const NEEDED_NODE = [20, 19];
/** When the last build began that succeeded. */
const BUILT = join(root, '.nx', 'built');
/** Beside the packages themselves. */
const BUILT_FROM = ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.json', 'tsconfig.base.json'];
const MADE = new Set(['dist', 'out-tsc', 'target', 'node_modules']);

/** A sentence for the person at the keyboard; printed without a stack trace. */
export class SetupProblem extends Error {
  name = 'SetupProblem';
}

/**
 * Brings all of it up to date. `withKafka` also fetches the embedded Kafka's jars. Prints a line for each
 * thing that takes long. Throws SetupProblem with the remedy.
 */
export async function setUp({ withKafka }) {
  requireNode();
  await Promise.all([installPackages(), ...(withKafka ? [fetchJars()] : [])]);
  await build();
}

/** Runs `work`, prints what went wrong for a person, and ends the process with the resulting exit code. */
export async function runAndExit(work) {
  try {
    process.exit(await work());
  } catch (error) {
    const forPeople = error.name === 'SetupProblem' || error.name === 'MissingPrerequisite';
    console.error(`\n${forPeople ? error.message : error.stack}`);
    process.exit(1);
  }
}

/** Runs a program from the root with its output shown; resolves the exit code. */
export function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

/** Path of a package's program, to be run with this very Node. */
export function packageProgram(path) {
  return join(root, 'node_modules', path);
}

/** Nx in its quietest form: no process that stays, no cloud. */
export const nxEnv = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' };

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1])) return;
  throw new SetupProblem(
    `Node ${process.versions.node} is too old: install Node ${NEEDED_NODE.join('.')} or newer and start again.`,
  );
}

async function installPackages() {
  if (packagesAreCurrent()) return;
  const startedAt = performance.now();
  console.log('  … packages: npm ci');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  let { code, output } = await quiet(npm, ['ci']);
  // A registry mirror may lack builds for other platforms; npm then leaves them out of the lock file and
  // refuses that file later. `npm install` takes the same locked versions without them.
  if (code !== 0 && /EUSAGE/.test(output)) ({ code, output } = await quiet(npm, ['install', '--no-save']));
  if (code === 127)
    throw new SetupProblem('npm was not found: install it with Node (https://nodejs.org) and start again.');
  if (code !== 0) throw new SetupProblem(explainNpmFailure(output));
  console.log(`  ✓ packages     ${seconds(startedAt)}`);
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes what it installed to a lock file of
 * its own when it is done, so an installation that broke off or an older one is told apart.
 */
function packagesAreCurrent() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedFile);
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional || entry.peer) return true;
    return installed[path] !== undefined && installed[path].version === entry.version;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function explainNpmFailure(output) {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  const said = lines.slice(0, 4).join('\n') || output.slice(-600);
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/i.test(output)) {
    return `npm could not download the packages: connect this machine to the network and start again.\n${said}`;
  }
  if (/ENOSPC/.test(output)) return `The disk is full: free 2 GB for the packages and start again.\n${said}`;
  return `npm ci failed:\n${said}`;
}

async function fetchJars() {
  const jars = await import(pathToFileURL(join(root, 'libs/embedded/kafka/jars.mjs')).href);
  if (existsSync(jars.jarsFolder())) return;
  const startedAt = performance.now();
  console.log("  … Kafka's jars: mvn dependency:copy-dependencies");
  await jars.ensureKafkaJars();
  console.log(`  ✓ Kafka's jars ${seconds(startedAt)}`);
}

/**
 * Compiles and bundles by Nx, which takes from its cache what has not changed. Not asked where nothing has: without a
 * process that stays, Nx removes what is compiled and copies it anew each time, and whatever starts at that moment,
 * of a system that runs from here, finds no code.
 */
async function build() {
  const startedAt = performance.now();
  if (isBuilt()) return;
  const begunAt = new Date().toISOString();
  const nx = packageProgram('nx/dist/bin/nx.js');
  const { code, output } = await quiet(
    process.execPath,
    [nx, 'run-many', '-t', 'compile', 'bundle', '--outputStyle=stream'],
    nxEnv,
  );
  if (code !== 0) throw new SetupProblem(`The build failed:\n${output}`);
  mkdirSync(dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, begunAt);
  const took = performance.now() - startedAt;
  if (took > 5_000) console.log(`  ✓ build        ${seconds(startedAt)}`);
}

/** Whether everything is compiled, and nothing that it is made of has changed since that began. */
function isBuilt() {
  if (!existsSync(BUILT)) return false;
  const builtMs = Date.parse(readFileSync(BUILT, 'utf8'));
  const isOlder = (path) => {
    const entry = lstatSync(path);
    // The change of the entry, and not the time of its content, which a copy may bring along.
    return entry.ctimeMs < builtMs && (!entry.isDirectory() || entriesOf(path).every(isOlder));
  };
  const packages = ['apps', 'libs']
    .flatMap((folder) => entriesOf(join(root, folder)))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  return (
    packages.every((folder) => existsSync(join(folder, 'dist'))) &&
    [...packages.flatMap(entriesOf), ...BUILT_FROM.map((name) => join(root, name))].every(isOlder)
  );
}

/** What a folder holds but for what is made in it. */
function entriesOf(folder) {
  return readdirSync(folder)
    .filter((name) => !MADE.has(name))
    .map((name) => join(folder, name));
}

/** Runs a program without showing its output; resolves both, code 127 when there is no such program. */
function quiet(program, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-65_536);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', () => resolve({ code: 127, output }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
