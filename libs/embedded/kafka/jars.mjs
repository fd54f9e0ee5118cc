/**
 * Apache Kafka's jars, resolved by Maven from pom.xml. Plain Node without packages: it also runs before
 * `npm ci` has finished.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const NEEDED_JAVA = 17;

/** What is missing on this machine and how to get it; its message is meant for a person as it stands. */
export class MissingPrerequisite extends Error {
  name = 'MissingPrerequisite';
}

/** Runs a program; resolves its exit code and both outputs, code 127 when there is no such program. */
function run(command, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-65_536);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', () => resolve({ code: 127, output }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Path of the `java` program: that of JAVA_HOME, else the one on the PATH. */
export function javaProgram() {
  const home = process.env.JAVA_HOME;
  return home ? join(home, 'bin', 'java') : 'java';
}

/** Checks the Java runtime; throws MissingPrerequisite when there is none or it is too old for Kafka. */
export async function requireJava() {
  const { code, output } = await run(javaProgram(), ['-version']);
  if (code === 127) {
    throw new MissingPrerequisite(
      `Java was not found: install a Java runtime of version ${NEEDED_JAVA} or newer (or set JAVA_HOME), or set KAFKA_BROKERS to use a Kafka of your own.`,
    );
  }
  const found = /version "(?:1\.)?(\d+)/.exec(output);
  const major = found ? Number(found[1]) : Number.NaN;
  if (!(major >= NEEDED_JAVA)) {
    throw new MissingPrerequisite(
      `Java ${Number.isNaN(major) ? 'of an unknown version' : major} is too old for Kafka: install Java ${NEEDED_JAVA} or newer and point JAVA_HOME to it, or set KAFKA_BROKERS to use a Kafka of your own.`,
    );
  }
}

/** Folder of the jars for the pom as it stands; it exists once they are complete. */
export function jarsFolder() {
  const hash = createHash('sha256')
    .update(readFileSync(join(here, 'pom.xml')))
    .digest('hex');
  return join(here, 'target', `jars-${hash.slice(0, 12)}`);
}

/**
 * Makes sure that Java and Kafka's jars are there; resolves the jars' folder. Safe to run several times at
 * once: jars are copied aside and moved into place whole. Throws MissingPrerequisite with the remedy.
 */
export async function ensureKafkaJars() {
  const folder = jarsFolder();
  await requireJava();
  if (existsSync(folder)) return folder;
  const target = join(here, 'target');
  await mkdir(target, { recursive: true });
  const aside = await mkdtemp(join(target, 'copying-'));
  try {
    const { code, output } = await run(
      'mvn',
      ['-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${aside}`],
      here,
    );
    if (code === 127) {
      throw new MissingPrerequisite(
        "Maven was not found, and Kafka's jars are fetched with it: install Maven 3.6 or newer (`mvn` on the PATH), or set KAFKA_BROKERS to use a Kafka of your own.",
      );
    }
    if (code !== 0) throw new MissingPrerequisite(explainMavenFailure(output));
    try {
      await rename(aside, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await removeOlder(target, folder);
  return folder;
}

function explainMavenFailure(output) {
  const first =
    output.split('\n').find((line) => line.includes('ERROR')) ?? output.trim().split('\n')[0] ?? '';
  const reason = first
    .replace(/\x1b\[[0-9;]*m/g, '')
    .replace(/^\[ERROR\]\s*/, '')
    .slice(0, 300);
  if (
    /UnknownHost|Could not transfer|Connection refused|timed out|Network is unreachable|resolve host|offline/i.test(
      output,
    )
  ) {
    return `Maven could not download Kafka's jars: connect this machine to the network (or name a mirror in Maven's settings.xml) and start again, or set KAFKA_BROKERS to use a Kafka of your own. Maven said: ${reason}`;
  }
  if (/No space left/i.test(output)) {
    return `The disk is full: free 300 MB for Kafka's jars and start again. Maven said: ${reason}`;
  }
  return `Maven could not copy Kafka's jars (mvn dependency:copy-dependencies in libs/embedded/kafka): ${reason}`;
}

/** Jars of former poms; those of a broker that still runs stay open to it although they are unlinked. */
async function removeOlder(target, current) {
  for (const name of await readdir(target)) {
    if (name.startsWith('jars-') && join(target, name) !== current) {
      await rm(join(target, name), { recursive: true, force: true });
    }
  }
}
