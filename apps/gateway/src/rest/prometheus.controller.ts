import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Telemetry } from '../telemetry/telemetry.js';

@ApiExcludeController()
@Controller('metrics')
export class PrometheusController {
  constructor(@Inject(Telemetry) private readonly telemetry: Telemetry) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('cache-control', 'no-store')
  scrape(): Promise<string> {
    return this.telemetry.registry.metrics();
  }
}
