import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  LateArrivals,
  canaryFinding,
  lateFindings,
  skewFindings,
  sourceFindings,
  type FreshnessStore,
  type LateShare,
  type WatchedSource,
} from '@freshet/freshness';
import { DEFAULT_LIMITS, LiveHub, type Access, type Clock, type HubObserver } from '@freshet/live-hub';
import type { Alert, Stage } from '@freshet/live-protocol';
import type { Logger } from 'pino';
import { ACCESS, AccessGuard } from './access/access.guard.js';
import { AlertDesk } from './alerts/alert-desk.js';
import { AlertEvaluator } from './alerts/evaluator.js';
import { isKnown } from './alerts/known-subjects.js';
import { ObjectiveReport } from './alerts/objective-report.js';
import { ValueWatch } from './alerts/value-watch.js';
import { CanaryWatch, type CanaryLine } from './canary/canary-watch.js';
import { Catalogue } from './catalogue/catalogue.js';
import { ExplainController } from './explain/explain.controller.js';
import { Explainer } from './explain/explainer.js';
import { ContractsController } from './catalogue/contracts.controller.js';
import { PreviewsController } from './catalogue/previews.controller.js';
import { CatalogueWatch } from './catalogue/catalogue-watch.js';
import { LiveGateway } from './live/live.gateway.js';
import { Pulse } from './live/pulse.js';
import { AlertsController } from './rest/alerts.controller.js';
import { NOTIFIER, type Notifier } from './notifications/notifier.js';
import { MetricsController } from './rest/metrics.controller.js';
import { PrometheusController } from './rest/prometheus.controller.js';
import { RUNBOOK_FOLDERS, RunbooksController, runbookFolders } from './rest/runbooks.controller.js';
import { StateController } from './rest/state.controller.js';
import { LedgerReader, readStoreLife } from './store/ledger-reader.js';
import { RevisionReader } from './store/revision-reader.js';
import { ROW_READER, type RowReader } from './store/rows.js';
import { PaneSeriesReader } from './store/series-reader.js';
import { registerState } from './telemetry/state-series.js';
import { Telemetry } from './telemetry/telemetry.js';
import { AuditWatch } from './watch/audit-watch.js';
import { BrokerWatch, LOG_ENDS, type LogEnds } from './watch/broker-watch.js';
import { HealthCheck } from './watch/health-check.js';
import { MetricPaths } from './watch/metric-paths.js';
import { PaintTimes } from './watch/paint-times.js';
import { SourceWatch } from './watch/source-watch.js';

/** What the gateway is made of; the outside world comes in here. */
export interface GatewayParts {
  readonly catalogue: Catalogue;
  /** Folder that it came from, and that is followed. */
  readonly catalogueDir: string;
  readonly access: Access;
  readonly store: RowReader;
  /** What freshness and alerts keep; may be away. */
  readonly kept: FreshnessStore;
  /** Tells people; absent: alerts are only shown. */
  readonly notifier?: (telemetry: Telemetry, clock: Clock) => Notifier;
  /** Undefined: no canary is sent. */
  readonly canary?: CanaryLine;
  /** Told after every evaluation. */
  readonly evaluated?: (nowMs: number) => void;
  /** Undefined: the broker is not watched. */
  readonly logEnds: LogEnds | undefined;
  readonly log: Logger;
}

@Module({})
export class AppModule {
  static with(parts: GatewayParts): DynamicModule {
    const { catalogue, access, store, kept, log } = parts;
    const clock: Clock = { nowMs: () => Date.now() };
    const telemetry = new Telemetry();
    const revisions = new RevisionReader(store, catalogue, clock);
    const stored = new LedgerReader(store, clock);
    const ledger = {
      // Before anything else of a read: values go by the definition that is active.
      read: async () => (await revisions.refresh(), stored.read()),
      life: () => readStoreLife(store),
    };
    const onStoreChange = (failure: string | undefined): void => {
      if (failure === undefined) log.info('the store answers');
      else log.warn({ reason: failure }, 'the store does not answer; waiting for it');
    };
    const unavailable = (metric: string): string | undefined => catalogue.unavailable(metric);
    const watch = new SourceWatch(clock, ledger, catalogue.watched(), onStoreChange, unavailable);
    const series = new PaneSeriesReader(store);
    const audits = new AuditWatch(store, catalogue, telemetry);
    const late = new LateArrivals();
    const canary = new CanaryWatch(parts.canary, kept, (topic) => watch.partitionsOf(topic), late);
    const lateShareOf = ({ topic, late: { overMs } }: WatchedSource): LateShare | undefined =>
      late.within(topic, overMs, clock.nowMs());
    const paints = new PaintTimes();
    const platform = (): string => catalogue.stageOwners().serve ?? '';
    const ownerOfStage = (stage: Stage): string =>
      (stage === 'produce' ? undefined : catalogue.stageOwners()[stage]) ?? platform();
    const notifier = parts.notifier?.(telemetry, clock);
    // The hub is made below: it tells of alerts, too.
    const values: ValueWatch = new ValueWatch(
      clock,
      () => catalogue.valueRules(),
      () => watch.current(),
      (selection) => hub.read(selection),
    );
    const evaluator = new AlertEvaluator({
      clock,
      store: kept,
      transitions: notifier ?? { take: () => Promise.resolve() },
      log,
      ...(parts.evaluated === undefined ? {} : { evaluated: parts.evaluated }),
      me: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
      world: {
        metrics: () => catalogue.promises(),
        freshness: () => watch.current(),
        findings: () => [
          ...sourceFindings(watch.sources(catalogue.sources()), (topic) => catalogue.metricsOf(topic)),
          ...lateFindings(catalogue.sources(), lateShareOf, (topic) => catalogue.metricsOf(topic)),
          ...audits.findings(),
          ...values.findings(),
          canaryFinding(canary.state(), canary.waitingAt, ownerOfStage, watch.current()),
          ...skewFindings(canary.clocks(), platform()),
        ],
        isKnown: (finding) => isKnown(finding, catalogue, canary.clocks()),
      },
    });
    const desk = new AlertDesk(clock, kept, evaluator, platform);
    const report = new ObjectiveReport(
      clock,
      kept,
      () => catalogue.promises(),
      () => catalogue.timeZone,
      evaluator,
    );
    const paths = new MetricPaths(
      () => catalogue.promises(),
      (topic) => watch.partitionsOf(topic),
      () => canary.state(),
      (metric, nowMs) => paints.p95Ms(metric, nowMs),
    );
    registerState(telemetry.registry, {
      alerts: () => desk.alerts(),
      sources: () => watch.sources(catalogue.sources()),
      late: () => catalogue.sources().map((source) => ({ topic: source.topic, share: lateShareOf(source) })),
      canary: () => canary.state(),
      clocks: () => canary.clocks(),
      evaluator: () => desk.evaluatorState(),
      paths: () => paths.all(clock.nowMs()),
      objectives: () => report.newest(),
    });
    const ports = {
      clock,
      metrics: catalogue,
      progress: watch,
      series,
      access: canary.admitting(access),
      freshness: {
        current: () => watch.current(),
        alerts: () => openOf(desk),
        canary: () => canary.newest(),
      },
      observer: observing(telemetry, paints),
    };
    const hub: LiveHub = new LiveHub(ports, DEFAULT_LIMITS);
    const follow = (): void => {
      watch.follow(catalogue.watched());
      notifier?.follow(catalogue.teams);
    };
    telemetry.watch('freshet_gateway_sockets', 'Open sockets.', () => hub.sockets);
    telemetry.watch('freshet_gateway_feeds', 'Different selections that are served.', () => hub.feeds);
    return {
      module: AppModule,
      controllers: [
        ContractsController,
        ExplainController,
        MetricsController,
        PreviewsController,
        AlertsController,
        RunbooksController,
        StateController,
        PrometheusController,
      ],
      providers: [
        { provide: Catalogue, useValue: catalogue },
        { provide: ACCESS, useValue: access },
        { provide: ROW_READER, useValue: store },
        { provide: Explainer, useValue: new Explainer(store) },
        { provide: Telemetry, useValue: telemetry },
        { provide: SourceWatch, useValue: watch },
        { provide: AlertEvaluator, useValue: evaluator },
        { provide: AlertDesk, useValue: desk },
        { provide: CanaryWatch, useValue: canary },
        { provide: MetricPaths, useValue: paths },
        { provide: ObjectiveReport, useValue: report },
        { provide: LiveHub, useValue: hub },
        { provide: AuditWatch, useValue: audits },
        { provide: NOTIFIER, useValue: notifier },
        {
          provide: CatalogueWatch,
          useValue: new CatalogueWatch(parts.catalogueDir, catalogue, follow, log),
        },
        { provide: LOG_ENDS, useValue: parts.logEnds },
        { provide: RUNBOOK_FOLDERS, useValue: runbookFolders(parts.catalogueDir) },
        { provide: APP_GUARD, useClass: AccessGuard },
        HealthCheck,
        BrokerWatch,
        Pulse,
        LiveGateway,
      ],
    };
  }
}

function openOf(desk: AlertDesk): readonly Alert[] {
  return desk.alerts().filter(({ status }) => status !== 'resolved');
}

function observing(telemetry: Telemetry, paints: PaintTimes): HubObserver {
  return {
    refused: (code) => telemetry.refused(code),
    discarded: (metric) => telemetry.discarded(metric),
    read: (queries, tookMs, failed) => telemetry.read(queries, tookMs, failed),
    closed: (reason) => telemetry.closed(reason),
    painted(metric, deliveredToPaintMs, producedToPaintMs) {
      paints.add(metric, Date.now(), deliveredToPaintMs);
      telemetry.painted(metric, deliveredToPaintMs, producedToPaintMs);
    },
  };
}
