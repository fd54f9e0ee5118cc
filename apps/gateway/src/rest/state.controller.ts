import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  alertsSchema,
  freshnessListSchema,
  healthSchema,
  type Alert,
  type FreshnessList,
  type Health,
} from '@freshet/live-protocol';
import { Open } from '../access/access.guard.js';
import { AlertBook } from '../watch/alert-book.js';
import { HealthCheck } from '../watch/health-check.js';
import { SourceWatch } from '../watch/source-watch.js';
import { openApi } from './schemas.js';

interface Answer {
  status(code: number): unknown;
}

/** How the pipeline is doing. */
@ApiTags('state')
@Controller('api')
export class StateController {
  constructor(
    @Inject(SourceWatch) private readonly watch: SourceWatch,
    @Inject(AlertBook) private readonly alertBook: AlertBook,
    @Inject(HealthCheck) private readonly healthCheck: HealthCheck,
  ) {}

  @Get('freshness')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'How fresh every metric is, and which stage is at fault' })
  @ApiResponse({ status: 200, schema: openApi(freshnessListSchema) })
  freshness(): FreshnessList {
    return {
      atMs: Date.now(),
      metrics: [...this.watch.current()],
      paths: {},
      sources: [],
      canary: { state: 'off', sequence: null, sentAtMs: null, totalMs: null, stages: [], detail: '' },
      clocks: [],
      evaluator: { holder: '', isHere: true, heartbeatMs: null, isSilent: false },
    };
  }

  @Get('alerts')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Metrics that are stale beyond their action window' })
  @ApiResponse({ status: 200, schema: openApi(alertsSchema) })
  alerts(): { atMs: number; alerts: Alert[] } {
    const nowMs = Date.now();
    return { atMs: nowMs, alerts: this.alertBook.alerts(nowMs) };
  }

  @Get('health')
  @Open()
  @HttpCode(200)
  @ApiOperation({ summary: '200 when all checks are ok, else 503' })
  @ApiResponse({ status: 200, schema: openApi(healthSchema) })
  @ApiResponse({ status: 503, schema: openApi(healthSchema) })
  health(@Res({ passthrough: true }) answer: Answer): Health {
    const health = this.healthCheck.check();
    if (health.status === 'red') answer.status(503);
    return health;
  }
}
