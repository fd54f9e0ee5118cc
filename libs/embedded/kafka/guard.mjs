/**
 * Owns one program that does not watch its standard input by itself, such as Kafka's Java process:
 *
 *   node guard.mjs <pid file> <grace ms> <program> <arguments…>
 *
 * The program ends when this process's standard input ends (its launcher is gone, even by kill -9) or on
 * SIGTERM or SIGINT: first SIGTERM, after the grace SIGKILL. The pid file names the program while it runs.
 * Exits with the program's exit code, 128 + signal number when a signal ended it.
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';

const [pidFile, graceMs, program, ...args] = process.argv.slice(2);

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let ending = false;

child.on('error', (error) => {
  process.stderr.write(`cannot run ${program}: ${error.message}\n`);
  process.exit(127);
});
child.on('spawn', () => {
  writeFileSync(pidFile, JSON.stringify({ pid: child.pid, command: [program, ...args] }) + '\n');
});
child.on('exit', (code, signal) => {
  rmSync(pidFile, { force: true });
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
});

function end() {
  if (ending) return;
  ending = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs));
}

process.stdin.on('end', end);
process.stdin.on('close', end);
process.stdin.on('error', end);
process.stdin.resume();
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('SIGHUP', end);
