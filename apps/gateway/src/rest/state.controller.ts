import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  freshnessListSchema,
  healthSchema,
  objectivesSchema,
  type FreshnessList,
  type Health,
  type Objective,
} from '@freshet/live-protocol';
import { Open } from '../access/access.guard.js';
import { AlertDesk } from '../alerts/alert-desk.js';
import { ObjectiveReport } from '../alerts/objective-report.js';
import { CanaryWatch } from '../canary/canary-watch.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { HealthCheck } from '../watch/health-check.js';
import { MetricPaths } from '../watch/metric-paths.js';
import { SourceWatch } from '../watch/source-watch.js';
import { problem } from './problem.js';
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
    @Inject(AlertDesk) private readonly desk: AlertDesk,
    @Inject(ObjectiveReport) private readonly report: ObjectiveReport,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(CanaryWatch) private readonly canary: CanaryWatch,
    @Inject(MetricPaths) private readonly paths: MetricPaths,
    @Inject(HealthCheck) private readonly healthCheck: HealthCheck,
  ) {}

  @Get('freshness')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'How fresh every metric is, and which stage is at fault' })
  @ApiResponse({ status: 200, schema: openApi(freshnessListSchema) })
  freshness(): FreshnessList {
    const nowMs = Date.now();
    return {
      atMs: nowMs,
      metrics: [...this.watch.current()],
      paths: this.paths.all(nowMs),
      sources: this.watch.sources(this.catalogue.sources()),
      canary: this.canary.state(),
      clocks: this.canary.clocks(),
      evaluator: this.desk.evaluatorState(),
    };
  }

  @Get('objectives')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'How each freshness objective has been kept, its budget and its days' })
  @ApiResponse({ status: 200, schema: openApi(objectivesSchema) })
  async objectives(): Promise<{ atMs: number; objectives: Objective[] }> {
    try {
      return { atMs: Date.now(), objectives: await this.report.read() };
    } catch {
      throw problem(503, 'The store does not answer.', 'Look at /api/health, and try again.');
    }
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
