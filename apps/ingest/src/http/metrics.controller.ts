import { Controller, Get, Header, Inject } from '@nestjs/common';
import { IngestService } from '../reading/ingest.service.js';
import { Telemetry } from '../telemetry/telemetry.js';

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(Telemetry) private readonly telemetry: Telemetry,
    @Inject(IngestService) private readonly ingest: IngestService,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    this.telemetry.observe(this.ingest.partitions(), this.ingest.fullness());
    return this.telemetry.registry.metrics();
  }
}
