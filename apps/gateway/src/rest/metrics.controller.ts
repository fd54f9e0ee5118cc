import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LiveHub, type Access, type ReadResult } from '@freshet/live-hub';
import {
  metricInfoSchema,
  metricsSchema,
  problemSchema,
  valuesSchema,
  type Freshness,
  type MetricInfo,
  type Metrics,
  type Values,
} from '@freshet/live-protocol';
import { nearestName } from '@freshet/contracts';
import { ACCESS, type AuthorisedRequest } from '../access/access.guard.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { SourceWatch } from '../watch/source-watch.js';
import { freshnessOfAnswer } from './answer-freshness.js';
import { problem } from './problem.js';
import { openApi } from './schemas.js';
import { parseValuesQuery } from './values-query.js';

/** Reads of the store on behalf of REST at a time; the live page comes first. */
const MAX_READS = 8;

@ApiTags('metrics')
@ApiBearerAuth()
@Controller('api/metrics')
export class MetricsController {
  #reads = 0;

  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(LiveHub) private readonly hub: LiveHub,
    @Inject(SourceWatch) private readonly watch: SourceWatch,
    @Inject(ACCESS) private readonly access: Access,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All metrics with their definitions' })
  @ApiResponse({ status: 200, schema: openApi(metricsSchema) })
  list(@Req() request: AuthorisedRequest): Metrics {
    const all = this.catalogue.all();
    return { ...all, metrics: all.metrics.filter(({ name }) => this.#mayRead(request, name)) };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One metric' })
  @ApiParam({ name: 'name', example: 'orders' })
  @ApiResponse({ status: 200, schema: openApi(metricInfoSchema) })
  @ApiResponse({ status: 404, schema: openApi(problemSchema) })
  one(@Param('name') name: string, @Req() request: AuthorisedRequest): MetricInfo {
    const info = this.#mayRead(request, name) ? this.catalogue.info(name) : undefined;
    if (info === undefined) throw this.#unknown(name);
    return info;
  }

  @Get(':name/values')
  @ApiOperation({
    summary: 'Values with their state',
    description: 'Money in minor units, ratios as shares. A failed read is an error, never an empty list.',
  })
  @ApiParam({ name: 'name', example: 'orders' })
  @ApiQuery({
    name: 'from',
    required: false,
    description: 'ISO 8601 or epoch ms; default: one hour before `to`',
  })
  @ApiQuery({ name: 'to', required: false, description: 'ISO 8601 or epoch ms, exclusive; default: now' })
  @ApiQuery({
    name: 'every',
    required: false,
    description: 'Grain, a multiple of the step: `5m`, `1h`, ms; `hour`, `day`: by the calendar',
  })
  @ApiQuery({ name: 'groupBy', required: false, description: 'Dimensions, comma separated' })
  @ApiQuery({
    name: 'filter',
    required: false,
    isArray: true,
    type: String,
    description: '`dimension:value`',
  })
  @ApiQuery({ name: 'top', required: false, type: Number, description: 'Most series; the rest is `(other)`' })
  @ApiResponse({ status: 200, schema: openApi(valuesSchema) })
  @ApiResponse({ status: 400, schema: openApi(problemSchema) })
  @ApiResponse({ status: 404, schema: openApi(problemSchema) })
  @ApiResponse({ status: 503, schema: openApi(problemSchema) })
  async values(
    @Param('name') name: string,
    @Query() query: Record<string, unknown>,
    @Req() request: AuthorisedRequest,
  ): Promise<Values> {
    if (this.catalogue.metric(name) === undefined || !this.#mayRead(request, name)) throw this.#unknown(name);
    const parsed = parseValuesQuery(name, query, this.hub.nowMs());
    if (!parsed.ok) throw problem(400, parsed.detail, parsed.remedy);
    const { selection } = parsed;
    const before = this.#freshnessOf(name);
    const read = await this.#read(() => this.hub.read(selection));
    if (!read.ok && read.code === 'unavailable')
      throw problem(503, `${name} cannot be read yet: ${read.message}`, 'Try again when it is done.');
    if (!read.ok) throw problem(400, read.message, 'Ask for less, or look at the metric under /api/metrics.');
    const after = this.#freshnessOf(name);
    if (before === undefined || after === undefined || selection.range.kind !== 'fixed')
      throw this.#unknown(name);
    const { fromMs, toMs } = selection.range;
    const { version, revision, everyMs, calendar, groupBy, points } = read;
    const shape = { metric: name, revision, version, fromMs, toMs, everyMs, groupBy: [...groupBy] };
    const owner = this.catalogue.ownerOf(name, 'serve');
    const freshness = freshnessOfAnswer(before, after, this.hub.nowMs(), owner);
    return { ...shape, ...(calendar === undefined ? {} : { calendar }), freshness, points: [...points] };
  }

  #freshnessOf(name: string): Freshness | undefined {
    return this.watch.current().find(({ metric }) => metric === name);
  }

  async #read(read: () => Promise<ReadResult>): Promise<ReadResult> {
    if (this.#reads >= MAX_READS) {
      throw problem(
        429,
        `${MAX_READS} reads are under way.`,
        'Try again in a second, or subscribe at /live.',
      );
    }
    this.#reads += 1;
    try {
      return await read();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw problem(
        503,
        `The store did not answer: ${why}`,
        'Look at /api/health; try again when it is green.',
      );
    } finally {
      this.#reads -= 1;
    }
  }

  #mayRead(request: AuthorisedRequest, metric: string): boolean {
    return request.user !== undefined && this.access.mayRead(request.user, metric);
  }

  #unknown(name: string): Error {
    const nearest = nearestName(name, this.catalogue.names);
    const remedy = nearest === undefined ? 'GET /api/metrics lists them.' : `Did you mean ${nearest}?`;
    return problem(404, `There is no metric ${JSON.stringify(name)}.`, remedy);
  }
}
