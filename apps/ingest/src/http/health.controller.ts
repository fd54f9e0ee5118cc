import { Controller, Get, Inject, Res } from '@nestjs/common';
import { IngestService } from '../reading/ingest.service.js';

interface Answer {
  status(code: number): Answer;
  json(body: unknown): void;
}

/** 200 when all is well, 503 with the problems otherwise. */
@Controller('health')
export class HealthController {
  constructor(@Inject(IngestService) private readonly ingest: IngestService) {}

  @Get()
  health(@Res() answer: Answer): void {
    const health = this.ingest.health(Date.now());
    answer
      .status(health.status === 'ok' ? 200 : 503)
      .json({ ...health, partitions: this.ingest.partitions() });
  }
}
