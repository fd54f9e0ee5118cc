import { claimPartitions, describeSource, ensureLedger, type AssignmentLog } from './assignment.js';
import type { EngineEvents } from './events.js';
import { emptyPlan, FlushError, isEmpty, runFlush, type FlushPlan, type FlushReport } from './flush.js';
import type { FlushLoad } from './flush-cadence.js';
import { deadLetterTopic, LetterBuffer } from './letter-buffer.js';
import { DEFAULT_LIMITS, type EngineLimits } from './limits.js';
import type { BatchAnswer, LogHandlers, TopicDescription } from './log.js';
import type { PartitionProcessor } from './partition.js';
import type {
  Clock,
  DeadLetter,
  DeadLetterSink,
  FetchedBatch,
  LogEnd,
  MetricStore,
  SourcePartition,
} from './ports.js';
import { rebuildPartition, type Refusal } from './rebuild.js';
import { Segmenter } from './segmenter.js';
import { Signal } from './signal.js';
import type { SourceSpec } from './source-spec.js';

export interface EngineOptions {
  readonly sources: readonly SourceSpec[];
  readonly store: MetricStore;
  readonly log: AssignmentLog;
  readonly deadLetters: DeadLetterSink;
  readonly clock: Clock;
  /** Name of this instance: unique among those that run at once. */
  readonly owner: string;
  readonly events: EngineEvents;
  readonly limits?: EngineLimits;
}

export interface PartitionStatus {
  readonly source: SourcePartition;
  readonly position: number;
  /** Records known to be in the log and not yet read. */
  readonly backlogRecords: number;
  readonly frontierMs: number;
  readonly lastLogTimeMs: number;
  readonly provenAtMs: number;
  /** Stored records are being read again. */
  readonly rebuilding: boolean;
  /** Why it is not read any more. */
  readonly halted: string | undefined;
}

interface Topic {
  readonly spec: SourceSpec;
  readonly processors: Map<number, PartitionProcessor>;
  readonly highWatermarks: Map<number, number>;
  /** Partitions that could not be resumed, with the reason. */
  readonly refused: Map<number, Refusal>;
  description: TopicDescription | undefined;
  generation: number;
}

/**
 * Turns records of several topics into panes, facts, outcomes and a ledger, each exactly once whatever crashes. It
 * has no timer of its own: its app tells it of assignments, batches and log ends, and when to flush.
 */
export class IngestEngine {
  private readonly topics = new Map<string, Topic>();
  private readonly limits: EngineLimits;
  private readonly segmenter: Segmenter;
  private readonly letters = new LetterBuffer();
  private readonly room = new Signal();
  /** Captured and not yet stored: repeated whole until it is. */
  private plan: FlushPlan | undefined;
  private planAdvances: { processor: PartitionProcessor; frontierMs: number }[] = [];
  private flushing: Promise<FlushReport> | undefined;

  constructor(private readonly options: EngineOptions) {
    this.limits = options.limits ?? DEFAULT_LIMITS;
    this.segmenter = new Segmenter(this.limits.sliceRecords);
    for (const spec of options.sources)
      this.topics.set(spec.contract.topic, {
        spec,
        processors: new Map(),
        highWatermarks: new Map(),
        refused: new Map(),
        description: undefined,
        generation: 0,
      });
  }

  /** What a subscription to `topic` calls. */
  handlers(topic: string): LogHandlers {
    return {
      assigned: (partitions) => this.assign(topic, partitions),
      batch: (batch) => this.process(topic, batch),
    };
  }

  /**
   * Gives every partition that the broker knows a ledger row. To be called at start and whenever partitions were
   * added. @throws UnreadableTopic
   */
  async register(topic: string): Promise<TopicDescription> {
    const state = this.topicOf(topic);
    const { log, store } = this.options;
    const description = await describeSource(log, topic);
    await ensureLedger(store, log, topic, description.partitions, state.spec.contract.start);
    state.description = description;
    return description;
  }

  /**
   * Owns exactly these partitions of a topic from now on. State is kept where it was owned before and nobody else
   * claimed it since; the others are rebuilt from the start of their open chunk.
   * @returns where to read each from; partitions that must not be read are left out
   * @throws when the store or the log do not answer; nothing is owned then
   */
  async assign(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const state = this.topicOf(topic);
    const generation = (state.generation += 1);
    const before = new Map(state.processors);
    state.processors.clear();
    state.refused.clear();
    this.room.notify();
    const description = await this.register(topic);

    const ours = await this.stillOurs(partitions.flatMap((partition) => before.get(partition) ?? []));
    const kept = new Map([...ours].map((processor) => [processor.source.partition, processor]));
    await this.forgetAdvancesExcept(ours, topic);
    const fresh = partitions.filter((partition) => !kept.has(partition));
    const resumed = await this.resume(state, fresh, description);
    if (state.generation !== generation) throw new Error(`${topic} was assigned anew meanwhile`);

    const positions = new Map<number, number>();
    for (const partition of partitions) {
      const processor = kept.get(partition) ?? resumed.get(partition);
      if (processor === undefined) continue;
      state.processors.set(partition, processor);
      if (processor.halted === undefined) positions.set(partition, processor.position);
    }
    return positions;
  }

  /** Owns nothing of the topic any more. What was processed and is not stored will be read again by the next owner. */
  revokeAll(topic: string): void {
    const state = this.topicOf(topic);
    state.generation += 1;
    state.processors.clear();
    this.room.notify();
  }

  /** Waits while buffers are full, an advance of the clock is being stored, or a gap is being recorded. */
  async process(topic: string, batch: FetchedBatch): Promise<BatchAnswer> {
    const state = this.topicOf(topic);
    let waitingSinceMs: number | undefined;
    for (;;) {
      const processor = state.processors.get(batch.partition);
      if (processor === undefined) return { kind: 'unowned' };
      if (!processor.advancing && !processor.overtaken && this.pressure() < 1) {
        if (waitingSinceMs !== undefined)
          this.options.events.waited(this.options.clock.nowMs() - waitingSinceMs);
        return processor.process(batch);
      }
      waitingSinceMs ??= this.options.clock.nowMs();
      await this.room.wait();
    }
  }

  /**
   * Takes the broker's answers on where partitions begin and end: proofs of having read all, and what retention
   * took before it was read.
   */
  async observeEnds(topic: string, ends: readonly LogEnd[]): Promise<void> {
    const state = this.topicOf(topic);
    const overtaken: PartitionProcessor[] = [];
    for (const end of ends) {
      state.highWatermarks.set(end.partition, end.highWatermark);
      const processor = state.processors.get(end.partition);
      if (processor === undefined || processor.halted !== undefined) continue;
      if (end.logStart > processor.position) overtaken.push(processor);
      else processor.proof.observe(end, processor.position);
    }
    if (overtaken.length > 0) await this.resumeOvertaken(state, topic, overtaken);
  }

  /** What waits for a flush. */
  load(): FlushLoad {
    let factRows = 0;
    let dirty = this.plan !== undefined || this.letters.count > 0;
    let backlogRecords = 0;
    for (const { processors, highWatermarks } of this.topics.values())
      for (const processor of processors.values()) {
        backlogRecords += backlogOf(processor, highWatermarks);
        if (!processor.rebuilding && processor.proof.provenAtMs > processor.provenTakenMs) dirty = true;
        for (const chunk of processor.chunks) {
          factRows += chunk.pendingFactRows;
          if (chunk.needsTake(false)) dirty = true;
        }
      }
    return { nowMs: this.options.clock.nowMs(), dirty, factRows, backlogRecords, pressure: this.pressure() };
  }

  /**
   * Stores what was processed, or repeats the plan that failed before. One at a time: a call while another runs
   * gets that one's result. Work for the next flush accumulates meanwhile, up to the limits.
   * @param withFacts false leaves facts for a later, larger block
   * @throws FlushError; call again after a back-off
   */
  flush(withFacts: boolean): Promise<FlushReport> {
    this.flushing ??= this.flushOnce(withFacts).finally(() => {
      this.flushing = undefined;
      this.room.notify();
    });
    return this.flushing;
  }

  status(): PartitionStatus[] {
    const all: PartitionStatus[] = [];
    for (const { processors, refused, highWatermarks } of this.topics.values()) {
      for (const processor of processors.values())
        all.push({
          source: processor.source,
          position: processor.position,
          backlogRecords: backlogOf(processor, highWatermarks),
          frontierMs: processor.frontierMs,
          lastLogTimeMs: processor.lastLogTimeMs,
          provenAtMs: processor.provenTakenMs,
          rebuilding: processor.rebuilding,
          halted: processor.halted,
        });
      for (const { source, reason } of refused.values())
        all.push({
          source,
          position: -1,
          backlogRecords: 0,
          frontierMs: -1,
          lastLogTimeMs: -1,
          provenAtMs: -1,
          rebuilding: false,
          halted: reason,
        });
    }
    return all;
  }

  private async flushOnce(withFacts: boolean): Promise<FlushReport> {
    const { clock, store, deadLetters, events } = this.options;
    const startedMs = clock.nowMs();
    this.plan ??= await this.capture(withFacts);
    const plan = this.plan;
    this.room.notify();
    try {
      if (!isEmpty(plan))
        await runFlush(plan, { store, deadLetters, advancesStored: () => this.advancesStored() });
    } catch (error) {
      if (error instanceof FlushError) events.flushFailed(error.step, error.cause);
      throw error;
    }
    this.plan = undefined;
    const report: FlushReport = {
      paneRows: plan.panes.reduce((sum, { rows }) => sum + rows.length, 0),
      factRows: plan.facts.reduce((sum, { count }) => sum + count, 0),
      ledgerRows: plan.ledger.length,
      deadLetters: [...plan.letters.values()].reduce((sum, letters) => sum + letters.length, 0),
      durationMs: clock.nowMs() - startedMs,
      positions: plan.positions,
    };
    events.flushed(report);
    return report;
  }

  /** Takes everything new in one synchronous step, after the owners of idle partitions were checked. */
  private async capture(withFacts: boolean): Promise<FlushPlan> {
    const mayAdvance = await this.advancersStillOurs();
    const plan = emptyPlan();
    this.planAdvances = [];
    for (const { processors } of this.topics.values())
      for (const processor of processors.values()) {
        if (mayAdvance.has(processor) && this.wantsAdvance(processor)) this.captureAdvance(processor, plan);
        this.capturePartition(processor, withFacts, plan);
      }
    for (const [topic, letters] of this.letters.take()) plan.letters.set(topic, letters);
    return plan;
  }

  /** Nothing of the partition is read until the advance is stored: a rebuild must see it at the same position. */
  private captureAdvance(processor: PartitionProcessor, plan: FlushPlan): void {
    const frontierMs = processor.proof.provenAtMs;
    plan.advances.push({ source: processor.source, position: processor.position, frontierMs });
    this.planAdvances.push({ processor, frontierMs });
    processor.advancing = true;
    processor.lastAdvanceAtMs = frontierMs;
  }

  private capturePartition(processor: PartitionProcessor, withFacts: boolean, plan: FlushPlan): void {
    const { source } = processor;
    const { provenAtMs } = processor.proof;
    const proven = !processor.rebuilding && provenAtMs > processor.provenTakenMs;
    const newest = processor.chunks.at(-1);
    for (const chunk of processor.chunks) {
      const proofHere = proven && chunk === newest;
      if (!chunk.needsTake(withFacts) && !proofHere) continue;
      const taken = chunk.take(withFacts, proofHere ? provenAtMs : -1);
      if (taken.opening !== undefined) plan.openings.push(taken.opening);
      if (taken.panes !== undefined) plan.panes.push(taken.panes);
      plan.outcomes.push(...taken.outcomes);
      plan.facts.push(...taken.facts);
      plan.ledger.push(taken.ledger);
    }
    if (proven && newest !== undefined) processor.provenTakenMs = provenAtMs;
    processor.chunks = processor.chunks.filter((chunk) => !chunk.finished);
    if (processor.rebuilding || processor.halted !== undefined) return;
    const positions = plan.positions.get(source.topic) ?? [];
    positions.push({ partition: source.partition, position: processor.position });
    plan.positions.set(source.topic, positions);
  }

  private wantsAdvance(processor: PartitionProcessor): boolean {
    const { proof } = processor;
    return (
      processor.halted === undefined &&
      !processor.rebuilding &&
      proof.standsAt(processor.position) &&
      proof.stoodForMs >= this.limits.idleAfterMs &&
      proof.provenAtMs > processor.frontierMs &&
      proof.provenAtMs - processor.lastAdvanceAtMs >= this.limits.clockAdvanceEveryMs
    );
  }

  /** An owner that somebody else has replaced must not move the clock under the new one. */
  private async advancersStillOurs(): Promise<ReadonlySet<PartitionProcessor>> {
    const advancing: PartitionProcessor[] = [];
    for (const { processors } of this.topics.values())
      for (const processor of processors.values())
        if (this.wantsAdvance(processor)) advancing.push(processor);
    if (advancing.length === 0) return new Set();
    try {
      const ours = await this.stillOurs(advancing);
      for (const processor of advancing) if (!ours.has(processor)) processor.supersede();
      return ours;
    } catch (error) {
      this.options.events.flushFailed('clock advances', error);
      throw new FlushError('clock advances', error);
    }
  }

  /** Those whose claim is still the highest; ties are the owner's with the greater name. */
  private async stillOurs(processors: readonly PartitionProcessor[]): Promise<Set<PartitionProcessor>> {
    if (processors.length === 0) return new Set();
    const highest = await this.options.store.highestClaims(processors.map(({ source }) => source));
    return new Set(
      processors.filter(({ source, claim }) =>
        highest.some(
          (each) =>
            each.source.topic === source.topic &&
            each.source.partition === source.partition &&
            each.source.incarnation === source.incarnation &&
            each.claim === claim &&
            each.owner === this.options.owner,
        ),
      ),
    );
  }

  /** Advances of partitions that are rebuilt must land before their ledger is loaded, or not at all. */
  private async forgetAdvancesExcept(kept: ReadonlySet<PartitionProcessor>, topic: string): Promise<void> {
    await this.flushing?.catch(() => undefined);
    const { plan } = this;
    if (plan === undefined) return;
    const forgotten = this.planAdvances.filter(
      ({ processor }) => processor.source.topic === topic && !kept.has(processor),
    );
    const partitions = new Set(forgotten.map(({ processor }) => processor.source.partition));
    this.planAdvances = this.planAdvances.filter((advance) => !forgotten.includes(advance));
    this.plan = {
      ...plan,
      advances: plan.advances.filter(
        ({ source }) => source.topic !== topic || !partitions.has(source.partition),
      ),
    };
  }

  /**
   * Retention took records before these partitions read them. What was read is stored first; then they go on as
   * after a restart, which tells by the ledger what is lost. One that somebody else owns now has lost nothing.
   */
  private async resumeOvertaken(
    state: Topic,
    topic: string,
    processors: readonly PartitionProcessor[],
  ): Promise<void> {
    const { generation } = state;
    for (const processor of processors) processor.overtaken = true;
    const ours = await this.stillOurs(processors);
    for (const processor of processors) if (!ours.has(processor)) processor.supersede();
    this.room.notify();
    if (ours.size === 0) return;
    await this.flush(true); // perhaps one that was running
    await this.flush(true);
    const description = state.description ?? (await this.register(topic));
    const partitions = [...ours].map(({ source }) => source.partition);
    const resumed = await this.resume(state, partitions, description);
    if (state.generation !== generation) return;
    for (const partition of partitions) {
      const processor = resumed.get(partition);
      if (processor === undefined) state.processors.delete(partition);
      else state.processors.set(partition, processor);
    }
    this.room.notify();
  }

  /** Claims partitions and reads back what is needed to go on with them. */
  private async resume(
    state: Topic,
    partitions: readonly number[],
    { topic, logTime }: TopicDescription,
  ): Promise<Map<number, PartitionProcessor>> {
    const resumed = new Map<number, PartitionProcessor>();
    if (partitions.length === 0) return resumed;
    const { store, log, clock, owner, events } = this.options;
    const { limits, segmenter } = this;
    const letterTopic = deadLetterTopic(topic);
    const addLetter = (letter: DeadLetter): void => this.letters.add(letterTopic, letter);
    for (const claimed of await claimPartitions(store, log, clock, owner, topic, partitions)) {
      const { partition } = claimed.ledger.source;
      const common = { spec: state.spec, logTime, segmenter, clock, limits, events, addLetter };
      const ready = await rebuildPartition(store, claimed, common);
      if ('reason' in ready) state.refused.set(partition, ready);
      else resumed.set(partition, ready);
    }
    return resumed;
  }

  private advancesStored(): void {
    for (const { processor, frontierMs } of this.planAdvances) {
      processor.advanced(frontierMs);
      processor.advancing = false;
    }
    this.planAdvances = [];
    this.room.notify();
  }

  /** Fullest buffer, 0..1 and more. */
  private pressure(): number {
    const { limits, letters } = this;
    let factRows = 0;
    let paneRows = 0;
    for (const { processors } of this.topics.values())
      for (const processor of processors.values())
        for (const chunk of processor.chunks) {
          factRows += chunk.pendingFactRows;
          paneRows += chunk.pendingPaneRows;
        }
    return Math.max(
      factRows / limits.factRows,
      paneRows / limits.paneRows,
      letters.count / limits.deadLetters,
      letters.bytes / limits.deadLetterBytes,
    );
  }

  private topicOf(topic: string): Topic {
    const state = this.topics.get(topic);
    if (state === undefined) throw new Error(`no contract for topic ${topic}`);
    return state;
  }
}

function backlogOf(processor: PartitionProcessor, highWatermarks: ReadonlyMap<number, number>): number {
  const highWatermark = highWatermarks.get(processor.source.partition) ?? 0;
  return Math.max(0, highWatermark - processor.position);
}
