import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DEFAULT_LIMITS, LiveHub, type Access, type Clock } from '@freshet/live-hub';
import type { Logger } from 'pino';
import { ACCESS, AccessGuard } from './access/access.guard.js';
import { Catalogue } from './catalogue/catalogue.js';
import { ExplainController } from './explain/explain.controller.js';
import { Explainer } from './explain/explainer.js';
import { LiveGateway } from './live/live.gateway.js';
import { Pulse } from './live/pulse.js';
import { MetricsController } from './rest/metrics.controller.js';
import { PrometheusController } from './rest/prometheus.controller.js';
import { StateController } from './rest/state.controller.js';
import { readLedger, readStoreLife } from './store/ledger-reader.js';
import { RevisionReader } from './store/revision-reader.js';
import type { RowReader } from './store/rows.js';
import { PaneSeriesReader } from './store/series-reader.js';
import { Telemetry } from './telemetry/telemetry.js';
import { AlertBook } from './watch/alert-book.js';
import { BrokerWatch, LOG_ENDS, type LogEnds } from './watch/broker-watch.js';
import { HealthCheck } from './watch/health-check.js';
import { SourceWatch } from './watch/source-watch.js';

/** What the gateway is made of; the outside world comes in here. */
export interface GatewayParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly store: RowReader;
  /** Undefined: the broker is not watched. */
  readonly logEnds: LogEnds | undefined;
  readonly log: Logger;
}

@Module({})
export class AppModule {
  static with(parts: GatewayParts): DynamicModule {
    const { catalogue, access, store, log } = parts;
    const clock: Clock = { nowMs: () => Date.now() };
    const telemetry = new Telemetry();
    const revisions = new RevisionReader(store, catalogue, clock);
    const ledger = {
      // Before anything else of a read: values go by the definition that is active.
      read: async () => (await revisions.refresh(), readLedger(store)),
      life: () => readStoreLife(store),
    };
    const onStoreChange = (failure: string | undefined): void => {
      if (failure === undefined) log.info('the store answers');
      else log.warn({ reason: failure }, 'the store does not answer; waiting for it');
    };
    const unavailable = (metric: string): string | undefined => catalogue.unavailable(metric);
    const watch = new SourceWatch(clock, ledger, catalogue.watched(), onStoreChange, unavailable);
    const series = new PaneSeriesReader(store);
    const ports = {
      clock,
      metrics: catalogue,
      progress: watch,
      series,
      access,
      freshness: watch,
      observer: telemetry,
    };
    const hub = new LiveHub(ports, DEFAULT_LIMITS);
    telemetry.watch('freshet_gateway_sockets', 'Open sockets.', () => hub.sockets);
    telemetry.watch('freshet_gateway_feeds', 'Different selections that are served.', () => hub.feeds);
    return {
      module: AppModule,
      controllers: [ExplainController, MetricsController, StateController, PrometheusController],
      providers: [
        { provide: Catalogue, useValue: catalogue },
        { provide: ACCESS, useValue: access },
        { provide: Explainer, useValue: new Explainer(store) },
        { provide: Telemetry, useValue: telemetry },
        { provide: SourceWatch, useValue: watch },
        { provide: AlertBook, useValue: new AlertBook(catalogue.alertRules()) },
        { provide: LiveHub, useValue: hub },
        { provide: LOG_ENDS, useValue: parts.logEnds },
        { provide: APP_GUARD, useClass: AccessGuard },
        HealthCheck,
        BrokerWatch,
        Pulse,
        LiveGateway,
      ],
    };
  }
}
