import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController } from './http/health.controller.js';
import { MetricsController } from './http/metrics.controller.js';
import { IngestService } from './reading/ingest.service.js';
import { Telemetry } from './telemetry/telemetry.js';

@Module({})
export class IngestModule {
  /** The app around what ingests. */
  static of(ingest: IngestService, telemetry: Telemetry): DynamicModule {
    return {
      module: IngestModule,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: IngestService, useValue: ingest },
        { provide: Telemetry, useValue: telemetry },
      ],
    };
  }
}
