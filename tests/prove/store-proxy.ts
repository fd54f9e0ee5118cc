import { createServer, connect, type Server, type Socket } from 'node:net';

/**
 * Steps of the protocol by the table that each writes: the claim of an assignment, then those of a flush in order.
 * Dead letters are acknowledged before panes are written, and the commit to Kafka follows the ledger.
 */
export const STEPS = [
  'source_claims_log',
  'clock_advances_log',
  'chunk_openings_log',
  'metric_panes',
  'outcomes_log',
  'clickstream_log',
  'ledger_log',
] as const;

export interface StepMoment {
  readonly step: (typeof STEPS)[number];
  /** `before`: the request never arrives. `after`: it is done, and its answer is lost. */
  readonly moment: 'before' | 'after';
}

export interface Trap extends StepMoment {
  readonly caught: () => void;
}

/** Stands between one ingest process and the store, and does what networks do. */
export class StoreProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private away = false;
  private lostAnswers = 0;
  private trap: Trap | undefined;

  constructor(private readonly storePort: number) {
    this.server = createServer((client) => this.accept(client));
  }

  /** Resolves the port that it listens on. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** While away, every connection ends at once. */
  setAway(away: boolean): void {
    this.away = away;
    if (away) for (const socket of this.sockets) socket.destroy();
  }

  /** The answers to the next inserts never arrive, although the store did what they asked for. */
  loseAnswers(count: number): void {
    this.lostAnswers = count;
  }

  /** Calls `caught` when the next insert of that step passes. */
  set(trap: Trap | undefined): void {
    this.trap = trap;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.away) return void client.destroy();
    const store = connect(this.storePort, '127.0.0.1');
    let dropping = false;
    const end = (): void => {
      client.destroy();
      store.destroy();
      this.sockets.delete(client);
      this.sockets.delete(store);
    };
    for (const socket of [client, store]) {
      this.sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes: Buffer) => {
      const head = bytes.toString('latin1', 0, Math.min(bytes.length, 4_096));
      const isInsert = /^POST [^\r]*INSERT/i.test(head) || head.includes('INSERT+INTO');
      const { trap } = this;
      if (isInsert && trap !== undefined && head.includes(trap.step)) {
        this.trap = undefined;
        dropping = true;
        if (trap.moment === 'before') {
          trap.caught();
          return end();
        }
        store.once('data', () => {
          trap.caught();
          end();
        });
      } else if (isInsert && this.lostAnswers > 0) {
        this.lostAnswers -= 1;
        dropping = true;
        store.once('data', end);
      }
      store.write(bytes);
    });
    store.on('data', (bytes: Buffer) => {
      if (!dropping) client.write(bytes);
    });
  }
}
