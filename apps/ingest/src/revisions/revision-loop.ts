import type { IngestEngine, PartitionStatus, RevisionFill } from '@freshet/ingestion';
import type { Logger } from 'pino';
import { Backoff, pause } from '../reading/backoff.js';
import type { OpenStore } from '../store/open-store.js';

const PASS_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 10_000;

export interface TopicFill {
  readonly topic: string;
  readonly fill: RevisionFill;
}

/** Counts the past of proposed definitions while everything else goes on, for as long as it takes. */
export class RevisionLoop {
  /** Metrics whose promoted revision this process does not count: another one promoted it. */
  uncounted: readonly string[] = [];
  /** Fills that wait for a person alone. */
  private readonly ready = new Set<TopicFill>();
  /** Claims under which each fill was told that this process counts the partition, by source. */
  private readonly told = new Map<TopicFill, Map<string, number>>();

  constructor(
    private readonly engine: IngestEngine,
    private fills: readonly TopicFill[],
    private readonly store: Pick<OpenStore, 'definitions' | 'promoted'>,
    private readonly logger: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(500, 5_000);
    while (!signal.aborted) {
      try {
        await this.fillAll(signal);
        await this.look();
        backoff.reset();
        await pause(this.fills.every((each) => this.ready.has(each)) ? LOOK_EVERY_MS : PASS_EVERY_MS, signal);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.logger.warn({ why }, 'definitions could not be filled or looked at; trying again');
        await backoff.wait(signal);
      }
    }
  }

  private async fillAll(signal: AbortSignal): Promise<void> {
    for (const each of this.fills) {
      await this.announce(each);
      const { promoted, isReady, ...progress } = await each.fill.pass(signal);
      if (signal.aborted) return;
      if (isReady && this.ready.has(each)) continue;
      if (isReady) this.ready.add(each);
      else this.ready.delete(each);
      if (promoted) this.fills = this.fills.filter((other) => other !== each);
      this.logger.info(
        { topic: each.topic, ...progress },
        promoted ? 'definitions promoted' : isReady ? 'past is filled; a person promotes' : 'past is filled',
      );
    }
  }

  /** What this process has read is stored before it says that it counts a partition. */
  private async announce(each: TopicFill): Promise<void> {
    const told = this.told.get(each) ?? new Map<string, number>();
    this.told.set(each, told);
    const owned = this.engine.status().filter(({ source, halted, rebuilding, claim }) => {
      return (
        source.topic === each.topic &&
        halted === undefined &&
        !rebuilding &&
        told.get(keyOf(source)) !== claim
      );
    });
    if (owned.length === 0) return;
    await this.engine.flush(true); // perhaps one that was running
    await this.engine.flush(true);
    await each.fill.announce(owned);
    for (const { source, claim } of owned) told.set(keyOf(source), claim);
  }

  private async look(): Promise<void> {
    const { active, proposed } = this.store.definitions;
    const counted = new Set(
      [...active.map(({ definition }) => definition), ...proposed].map(({ revision }) => revision),
    );
    const promoted = await this.store.promoted();
    const names = [...promoted].flatMap(([metric, revision]) =>
      revision === '' || counted.has(revision) ? [] : [metric],
    );
    if (names.length > 0 && this.uncounted.length === 0)
      this.logger.error(
        { metrics: names },
        'another process promoted definitions that this one does not count',
      );
    this.uncounted = names;
  }
}

function keyOf({ incarnation, partition }: PartitionStatus['source']): string {
  return `${incarnation}/${partition}`;
}
