import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController } from './http/health.controller.js';
import { MetricsController } from './http/metrics.controller.js';
import { IngestService, PIPELINE, type Pipeline } from './reading/ingest.service.js';
import { Telemetry } from './telemetry/telemetry.js';

@Module({})
export class IngestModule {
  /** The app around a pipeline that is already wired. */
  static of(pipeline: Pipeline, telemetry: Telemetry): DynamicModule {
    return {
      module: IngestModule,
      controllers: [HealthController, MetricsController],
      providers: [
        IngestService,
        { provide: PIPELINE, useValue: pipeline },
        { provide: Telemetry, useValue: telemetry },
      ],
    };
  }
}
