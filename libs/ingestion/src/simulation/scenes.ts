import { unstoredChunk } from '../known-chunks.js';
import { NEW_LIFE, Scene, SOURCE } from './scene.js';
import { TOPIC, type SimulationOptions } from './options.js';

type Without = Omit<SimulationOptions, 'seed'>;

/** Situations of the protocol as scripts; each resolves what differs in the end. */
export const SCENES = {
  /** An owner that was replaced stores an advance of the clock that it had decided on before. */
  'an advance that lands late': async (without: Without): Promise<string[]> => {
    const scene = new Scene('append', without);
    scene.events(3);
    const a = scene.ingest('a');
    await a.assign(TOPIC, [0]);
    await scene.read(a);
    await a.flush(true);
    await a.observeEnds(TOPIC);
    scene.nowMs += 600_000;
    await a.observeEnds(TOPIC);
    scene.hold('a', 'writeClockAdvances');
    void a.flush(false);
    const b = scene.ingest('b');
    await b.assign(TOPIC, [0]);
    scene.events(2, 600_000); // in time for b, late for one who knows of the advance
    await scene.read(b);
    await b.flush(true);
    await scene.release('a', 'writeClockAdvances');
    const before = await scene.panes();
    const c = scene.ingest('c');
    await c.assign(TOPIC, [0]);
    await scene.read(c);
    await c.flush(true);
    const after = await scene.panes();
    return [...(await scene.differences()), ...after.filter((each) => !before.includes(each))];
  },

  /** Two owners claim at the same moment; the opening of the one that loses lands when the chunk is sealed. */
  'two claims of one number': async (without: Without): Promise<string[]> => {
    const scene = new Scene('create', without);
    scene.events(3);
    const a = scene.ingest('a');
    await a.register(TOPIC);
    const b = scene.ingest('b');
    scene.hold('b', 'writeClaims');
    const claiming = b.assign(TOPIC, [0]);
    await new Promise(setImmediate);
    await a.assign(TOPIC, [0]);
    await scene.read(a);
    scene.hold('a', 'writeOpenings');
    void a.flush(true);
    const stampedMs = scene.nowMs;
    scene.nowMs += 3_600_000;
    await scene.release('b', 'writeClaims');
    await claiming;
    // Sane by the opening of b, from the future by that of a: so what follows is late, or in time.
    scene.event(scene.nowMs, stampedMs);
    for (let n = 0; n < 20; n += 1) scene.event(stampedMs, stampedMs);
    await scene.read(b);
    await b.flush(true);
    await scene.release('a', 'writeOpenings');
    return scene.differences();
  },

  /** An opening under a proposed start that was not taken lands late; then retention takes the open chunk's beginning. */
  'an opening of a start that was not taken': async (without: Without): Promise<string[]> => {
    const scene = new Scene('append', without);
    scene.events(5);
    const b = scene.ingest('b', 'latest');
    scene.hold('b', 'writeLedger');
    const registering = b.register(TOPIC); // proposes to begin at 5
    await new Promise(setImmediate);
    scene.events(19);
    const a = scene.ingest('a', 'latest');
    await a.assign(TOPIC, [0]); // proposes 24, and begins there
    scene.events(7);
    await scene.read(a, 27);
    scene.hold('a', 'writeOpenings');
    void a.flush(true);
    await scene.release('b', 'writeLedger');
    await registering;
    await b.assign(TOPIC, [0]);
    await scene.read(b);
    await b.flush(true);
    await scene.release('a', 'writeOpenings');
    scene.log.truncate(TOPIC, 0, 26);
    const c = scene.ingest('c');
    await c.assign(TOPIC, [0]);
    await scene.read(c);
    await c.flush(true);
    return scene.differences();
  },

  /** The topic is made anew, and grows beyond where it was, between two assignments of one owner. */
  'a kept state and another log': async (without: Without): Promise<string[]> => {
    const scene = new Scene('append', without);
    scene.events(6);
    const a = scene.ingest('a');
    await a.assign(TOPIC, [0]);
    await scene.read(a);
    await a.flush(true);
    scene.recreate(9);
    await a.assign(TOPIC, [0]);
    await scene.read(a);
    await a.flush(true);
    return scene.differences();
  },

  /** The topic is made anew under a reader, and is longer by now than what was read, and shorter than it was. */
  'another log that is long enough': async (without: Without): Promise<string[]> => {
    const scene = new Scene('append', without);
    scene.events(19);
    const a = scene.ingest('a');
    await a.assign(TOPIC, [0]);
    await scene.read(a, 15);
    await a.flush(true);
    await a.observeEnds(TOPIC);
    scene.recreate(18);
    await a.observeEnds(TOPIC);
    await scene.read(a);
    await a.flush(true);
    return (await scene.panes()).filter((pane) => pane.includes(NEW_LIFE));
  },

  /** A partition that its topic had no more, and whose life an operator ended, comes back before a new one is opened. */
  'a partition that comes back': async (without: Without): Promise<string[]> => {
    const scene = new Scene('append', without);
    const count = async (owner: string): Promise<void> => {
      const engine = scene.ingest(owner);
      await engine.assign(TOPIC, [0]);
      await scene.read(engine);
      await engine.flush(true);
    };
    await count('a'); // an empty log: nothing is stored that another one could be told by
    scene.store.retire(SOURCE);
    scene.events(6);
    await count('b');
    await scene.store.writeLedger([unstoredChunk({ ...SOURCE, incarnation: 2 }, 0)]);
    await count('c');
    const panes = await scene.panes();
    const twice = panes.filter((pane, at) => panes.indexOf(pane) !== at);
    return [...(await scene.differences()), ...twice.map((pane) => `in two lives ${pane}`)];
  },
} satisfies Record<string, (without: Without) => Promise<string[]>>;
