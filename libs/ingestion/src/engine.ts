import { claimPartitions, describeSource, ensureLedger, type AssignmentLog } from './assignment.js';
import { capturePlan } from './capture.js';
import { askEnds } from './ask-ends.js';
import type { EngineEvents } from './events.js';
import { FlushError, isEmpty, reportOf, runFlush, type FlushPlan, type FlushReport } from './flush.js';
import type { FlushLoad } from './flush-cadence.js';
import { keptState } from './kept-state.js';
import { deadLetterTopic, LetterBuffer } from './letter-buffer.js';
import { DEFAULT_LIMITS, type EngineLimits } from './limits.js';
import type { BatchAnswer, LogHandlers, TopicDescription } from './log.js';
import { stillHeld } from './ownership.js';
import type { PartitionProcessor } from './partition.js';
import type { Clock, DeadLetter, DeadLetterSink, FetchedBatch, MetricStore } from './ports.js';
import { rebuildPartitions } from './rebuild.js';
import { Segmenter } from './segmenter.js';
import { Signal } from './signal.js';
import type { SourceSpec } from './source-spec.js';
import { refusedStatus, statusOf, type PartitionStatus } from './status.js';
import { TopicState } from './topic-state.js';

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

/**
 * Turns records of several topics into panes, facts, outcomes and a ledger, each exactly once whatever crashes. It
 * has no timer of its own: its app tells it of assignments, batches and log ends, and when to flush.
 */
export class IngestEngine {
  private readonly topics = new Map<string, TopicState>();
  private readonly limits: EngineLimits;
  private readonly segmenter: Segmenter;
  private readonly letters = new LetterBuffer();
  private readonly room = new Signal();
  /** Captured and not yet stored: repeated whole until it is. */
  private plan: FlushPlan | undefined;
  private flushing: Promise<FlushReport> | undefined;

  constructor(private readonly options: EngineOptions) {
    this.limits = options.limits ?? DEFAULT_LIMITS;
    this.segmenter = new Segmenter(this.limits.sliceRecords);
    for (const spec of options.sources) this.topics.set(spec.contract.topic, new TopicState(spec));
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
    const description = await describeSource(log, state.spec.contract);
    if (description.partitions > state.listed)
      await ensureLedger(store, log, topic, description.partitions, state.spec.contract.start);
    state.listed = Math.max(state.listed, description.partitions);
    return (state.description = description);
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

    const { store, owner } = this.options;
    const owned = partitions.flatMap((partition) => before.get(partition) ?? []);
    const kept = await keptState(store, owner, owned);
    const fresh = partitions.filter((partition) => !kept.has(partition));
    const resumed = await this.resume(state, fresh, description);
    if (state.generation !== generation) throw new Error(`${topic} was assigned anew meanwhile`);

    const positions = new Map<number, number>();
    for (const partition of partitions) {
      const processor = kept.get(partition) ?? resumed.get(partition);
      if (processor === undefined) continue;
      state.processors.set(partition, processor);
      if (processor.halted !== undefined) continue;
      positions.set(partition, kept.has(partition) ? processor.compareAgain() : processor.position);
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
   * Asks the broker where owned partitions begin and end: proofs of having read all, and what retention took before
   * it was read. One question at a time a topic: a call while another runs gets that one's result.
   * @throws when the broker, or the store after a loss, do not answer
   */
  observeEnds(topic: string): Promise<void> {
    const state = this.topicOf(topic);
    state.asking ??= askEnds(state, this.options.log, topic)
      .then((overtaken) => this.resumeOvertaken(state, topic, overtaken))
      .finally(() => {
        state.asking = undefined;
      });
    return state.asking;
  }

  /** What waits for a flush. */
  load(): FlushLoad {
    let factRows = 0;
    const dirty = new Set(this.plan !== undefined || this.letters.count > 0 ? this.topics.keys() : []);
    let backlogRecords = 0;
    for (const [name, topic] of this.topics)
      for (const processor of topic.processors.values()) {
        // What a halted partition does not read any more is no reason to store the others more rarely.
        if (processor.halted === undefined) backlogRecords += topic.backlogOf(processor);
        if (processor.hasProof) dirty.add(name);
        for (const chunk of processor.chunks) {
          factRows += chunk.pendingFactRows;
          if (chunk.needsTake(false)) dirty.add(name);
        }
      }
    return { nowMs: this.options.clock.nowMs(), dirty, factRows, backlogRecords, pressure: this.pressure() };
  }

  /**
   * Stores what was processed, or repeats the plan that failed before. One at a time: a call while another runs
   * gets that one's result. Work for the next flush accumulates meanwhile, up to the limits.
   * @param withFacts false leaves facts for a later, larger block
   * @param topics leaves the others for a later flush
   * @throws FlushError; call again after a back-off
   */
  flush(withFacts: boolean, topics?: ReadonlySet<string>): Promise<FlushReport> {
    this.flushing ??= this.flushOnce(withFacts, topics).finally(() => {
      this.flushing = undefined;
      this.room.notify();
    });
    return this.flushing;
  }

  status(): PartitionStatus[] {
    return [...this.topics.values()].flatMap((topic) => [
      ...[...topic.processors.values()].map((processor) => statusOf(processor, topic.backlogOf(processor))),
      ...[...topic.refused.values()].map(refusedStatus),
    ]);
  }

  private async flushOnce(withFacts: boolean, topics?: ReadonlySet<string>): Promise<FlushReport> {
    const { clock, store, deadLetters, events, owner } = this.options;
    const startedMs = clock.nowMs();
    this.plan ??= this.capture(withFacts, topics);
    const plan = this.plan;
    this.room.notify();
    try {
      if (!isEmpty(plan)) await runFlush(plan, { store, deadLetters, owner, wake: () => this.room.notify() });
    } catch (error) {
      if (error instanceof FlushError) events.flushFailed(error.step, error.cause);
      throw error;
    }
    this.plan = undefined;
    const report = reportOf(plan, clock.nowMs() - startedMs);
    events.flushed(report);
    return report;
  }

  private capture(withFacts: boolean, topics?: ReadonlySet<string>): FlushPlan {
    const processors = [...this.topics].flatMap(([name, topic]) =>
      topics === undefined || topics.has(name) ? [...topic.processors.values()] : [],
    );
    const plan = capturePlan(processors, this.options.owner, withFacts, this.limits);
    plan.letters = this.letters.take();
    return plan;
  }

  /**
   * Retention took records before these partitions read them. What was read is stored first; then they go on as
   * after a restart, which tells by the ledger what is lost. One that somebody else owns now has lost nothing.
   */
  private async resumeOvertaken(
    state: TopicState,
    topic: string,
    processors: readonly PartitionProcessor[],
  ): Promise<void> {
    if (processors.length === 0) return;
    const { generation } = state;
    for (const processor of processors) processor.overtaken = true;
    const ours = await stillHeld(this.options.store, this.options.owner, processors);
    for (const processor of processors) if (!ours.has(processor)) processor.supersede();
    this.room.notify();
    if (ours.size === 0) return;
    await this.flush(true); // perhaps one that was running
    const held = (processor: PartitionProcessor): boolean =>
      state.processors.get(processor.source.partition) === processor;
    do await this.flush(true);
    while ([...ours].some((processor) => held(processor) && processor.unstored));
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

  /**
   * Claims partitions and reads back what is needed to go on with them. What was found is stored under the new claim
   * before anything is read, and then the claims are looked at: whoever claims later finds it.
   */
  private async resume(
    state: TopicState,
    partitions: readonly number[],
    { topic, logTime, compacted }: TopicDescription,
  ): Promise<Map<number, PartitionProcessor>> {
    const resumed = new Map<number, PartitionProcessor>();
    if (partitions.length === 0) return resumed;
    const { store, log, clock, owner, events } = this.options;
    const { limits, segmenter, letters } = this;
    const { spec } = state;
    const addLetter = (letter: DeadLetter): void => letters.add(deadLetterTopic(topic), letter);
    const common = { spec, owner, logTime, segmenter, clock, limits, events, addLetter, compacted };
    const claims = await claimPartitions(store, log, clock, owner, topic, partitions);
    for (const [partition, ready] of await rebuildPartitions(store, claims, common)) {
      if ('reason' in ready) state.refused.set(partition, ready);
      else resumed.set(partition, ready);
    }
    const ready = [...resumed.values()];
    const ours = await stillHeld(store, owner, ready);
    const lost = ready.find((processor) => !ours.has(processor));
    if (lost !== undefined)
      throw new Error(`another instance claimed ${topic}/${lost.source.partition} meanwhile`);
    return resumed;
  }

  /** Fullest buffer, 0..1 and more. */
  private pressure(): number {
    const { limits, letters } = this;
    let factRows = 0;
    let factBytes = 0;
    let paneRows = 0;
    for (const { processors } of this.topics.values())
      for (const processor of processors.values())
        for (const chunk of processor.chunks) {
          factRows += chunk.pendingFactRows;
          factBytes += chunk.pendingFactBytes;
          paneRows += chunk.pendingPaneRows;
        }
    return Math.max(
      factRows / limits.factRows,
      factBytes / limits.factBytes,
      paneRows / limits.paneRows,
      letters.count / limits.deadLetters,
      letters.bytes / limits.deadLetterBytes,
    );
  }

  private topicOf(topic: string): TopicState {
    const state = this.topics.get(topic);
    if (state === undefined) throw new Error(`no contract for topic ${topic}`);
    return state;
  }
}
