import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A part of what a process computed, 0..1. */
export interface Share {
  readonly where: string;
  readonly share: number;
}

/** As V8 writes it (`--cpu-prof`); times in microseconds. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes, and how long after the one before each was taken. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** Where the only profile in a folder spent the last `seconds` before the process ended, the largest share first. */
export function sharesOf(folder: string, seconds: number): Share[] {
  const [name, ...others] = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  if (name === undefined || others.length > 0) throw new Error(`one profile was expected in ${folder}`);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Profile;
  const places = placesOf(nodes);
  const spent = new Map<string, number>();
  let left = seconds * 1e6;
  for (let at = samples.length - 1; at >= 0 && left > 0; at -= 1) {
    const took = timeDeltas[at]!;
    left -= took;
    const where = places.get(samples[at]!)!;
    if (where !== IDLE) spent.set(where, (spent.get(where) ?? 0) + took);
  }
  return shares(spent);
}

/** Shares of a sum, the largest first. */
export function shares(spent: ReadonlyMap<string, number>): Share[] {
  const all = [...spent.values()].reduce((sum, each) => sum + each, 0);
  return [...spent].sort(([, a], [, b]) => b - a).map(([where, part]) => ({ where, share: part / all }));
}

const IDLE = '(idle)';
const OF_NODE = 'Node.js: timers, tasks and others';

/** Place of each node; what V8 and the system do for a function is where that is. */
function placesOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, string>();
  const visit = (node: ProfileNode, caller: string): void => {
    const place = placeOf(node) ?? caller;
    places.set(node.id, place);
    for (const child of node.children ?? []) visit(byId.get(child)!, place);
  };
  if (nodes[0] !== undefined) visit(nodes[0], OF_NODE);
  return places;
}

/** Undefined: it is where its caller is. */
function placeOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string | undefined {
  if (functionName === IDLE) return IDLE;
  if (functionName === '(garbage collector)') return 'garbage collection';
  const workspace = /\/((?:libs|apps)\/[^/]+)\/dist\//.exec(url)?.[1];
  if (workspace !== undefined) return workspace;
  const packages = url.split('/node_modules/');
  if (packages.length > 1) return /^(?:@[^/]+\/)?[^/]+/.exec(packages.at(-1)!)![0];
  if (/^node:.*(?:http|net|stream|readable|writable|duplex)/.test(url)) return 'Node.js: HTTP, sockets';
  if (url.startsWith('node:')) return OF_NODE;
  return url === '' && lineNumber >= 0 ? 'generated code' : undefined;
}
