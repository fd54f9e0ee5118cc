import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { nearestName } from '@freshet/contracts';
import type { Access, User } from '@freshet/live-hub';
import {
  explainEventsSchema,
  explainSchema,
  numberSqlSchema,
  problemSchema,
  type ExplainedEvents,
  type Explanation,
} from '@freshet/live-protocol';
import { numberSql, SelectionError } from '@freshet/metrics';
import { ACCESS, type AuthorisedRequest } from '../access/access.guard.js';
import { Catalogue, type InCatalogue, type RatioInCatalogue } from '../catalogue/catalogue.js';
import { problem } from '../rest/problem.js';
import { openApi } from '../rest/schemas.js';
import { ROW_READER, type RowReader } from '../store/rows.js';
import { timeOf } from '../rest/values-query.js';
import { numberOf, parseWanted, type WantedNumber } from './explain-query.js';
import { explainRatio, ratioNumberSqlOf, type RatioParts } from './explain-ratio.js';
import { Explainer, sliceMs, type Place } from './explainer.js';

/** Explanations at a time: each is a dozen reads of the store, and the live page comes first. */
const MAX_AT_ONCE = 4;

const END = { name: 'end', description: 'End of the window, ISO 8601 or epoch ms' };
const EVERY = { name: 'every', required: false, description: 'Step of the window: `1m`, `1h`' };
const FILTER = {
  name: 'filter',
  required: false,
  isArray: true,
  type: String,
  description: '`dimension:value`',
};
type RawQuery = Readonly<Record<string, unknown>>;

/** From a number to the offsets behind it. */
@ApiTags('explain')
@ApiBearerAuth()
@Controller('api/metrics')
export class ExplainController {
  #running = 0;

  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(Explainer) private readonly explainer: Explainer,
    @Inject(ROW_READER) private readonly store: RowReader,
    @Inject(ACCESS) private readonly access: Access,
  ) {}

  @Get(':name/explain')
  @ApiOperation({
    summary: 'Where one number comes from',
    description:
      'Its slices, the chunks of the log that they are sums of, the SQL over the facts that gives it again with ' +
      'both results, and what late events changed.',
  })
  @ApiParam({ name: 'name', example: 'orders' })
  @ApiQuery(END)
  @ApiQuery(EVERY)
  @ApiQuery(FILTER)
  @ApiQuery({ name: 'pane', required: false, description: 'Start of the slice whose chunks are wanted' })
  @ApiResponse({ status: 200, schema: openApi(explainSchema) })
  @ApiResponse({ status: 400, schema: openApi(problemSchema) })
  @ApiResponse({ status: 404, schema: openApi(problemSchema) })
  async explain(
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: AuthorisedRequest,
  ): Promise<Explanation> {
    const { metric, number, user } = this.#wanted(name, query, request);
    if (!('contract' in metric)) {
      const parts = this.#partsOf(metric, user);
      return this.#run(() => explainRatio(this.store, metric, parts, number));
    }
    const pane = query['pane'] === undefined ? undefined : timeOf(query['pane']);
    return this.#run(() => this.explainer.explain(metric, number, user, pane));
  }

  @Get(':name/explain/events')
  @ApiOperation({
    summary: 'The events behind a number, a page at a time',
    description: 'Values that the role may not see are masked, by the classification of their field.',
  })
  @ApiParam({ name: 'name', example: 'orders' })
  @ApiQuery(END)
  @ApiQuery(EVERY)
  @ApiQuery(FILTER)
  @ApiQuery({ name: 'pane', required: false, description: 'Only of the slice that starts then' })
  @ApiQuery({ name: 'partition', required: false, description: '`incarnation.partition`' })
  @ApiQuery({ name: 'after', required: false, description: '`next` of the page before' })
  @ApiResponse({ status: 200, schema: openApi(explainEventsSchema) })
  @ApiResponse({ status: 400, schema: openApi(problemSchema) })
  async events(
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: AuthorisedRequest,
  ): Promise<ExplainedEvents> {
    const { metric, number, user } = this.#wanted(name, query, request);
    if (!('contract' in metric)) {
      const { numerator, denominator } = metric.definition;
      const parts = `${numerator.name} and ${denominator.name}`;
      throw problem(400, `${name} divides ${parts}, which have the events.`, `Ask for those of ${parts}.`);
    }
    const pane = query['pane'] === undefined ? undefined : timeOf(query['pane']);
    const whole = numberOf(number);
    const wanted =
      pane === undefined
        ? whole
        : { ...whole, startMs: pane, endMs: pane + sliceMs(metric.definition, number) };
    const after = placeOf(query['after']);
    const partition = placeOf(
      query['partition'] === undefined ? undefined : `${String(query['partition'])}.0`,
    );
    return this.#run(() => this.explainer.events(metric, wanted, user, after, partition));
  }

  @Get(':name/sql')
  @ApiOperation({ summary: 'SQL over the facts that gives one number again, to run in any tool' })
  @ApiParam({ name: 'name', example: 'orders' })
  @ApiQuery(END)
  @ApiQuery(EVERY)
  @ApiQuery(FILTER)
  @ApiResponse({ status: 200, schema: openApi(numberSqlSchema) })
  sql(
    @Param('name') name: string,
    @Query() query: RawQuery,
    @Req() request: AuthorisedRequest,
  ): { sql: string } {
    const { metric, number, user } = this.#wanted(name, query, request);
    if (!('contract' in metric))
      return { sql: ratioNumberSqlOf(metric, this.#partsOf(metric, user), number) };
    return { sql: numberSql(metric.definition, metric.contract, numberOf(number)) };
  }

  #wanted(
    name: string,
    query: RawQuery,
    { user }: AuthorisedRequest,
  ): { metric: InCatalogue | RatioInCatalogue; number: WantedNumber; user: User } {
    const metric = this.catalogue.metric(name);
    if (metric === undefined || user === undefined || !this.access.mayRead(user, name)) {
      const nearest = nearestName(name, this.catalogue.names);
      throw problem(
        404,
        `There is no metric ${JSON.stringify(name)}.`,
        nearest === undefined ? 'GET /api/metrics lists them.' : `Did you mean ${nearest}?`,
      );
    }
    if (metric.unavailable !== undefined)
      throw problem(503, `${name} cannot be read yet: ${metric.unavailable}`, 'Try again when it is done.');
    const wanted = parseWanted(metric.definition, query, this.catalogue);
    if (!wanted.ok) throw problem(400, wanted.detail, wanted.remedy);
    return { metric, number: wanted.number, user };
  }

  /** What a ratio divides, as it is served now, for somebody who may read both. */
  #partsOf({ definition }: RatioInCatalogue, user: User): RatioParts {
    const part = (name: string): InCatalogue => {
      const served = this.catalogue.metric(name);
      if (served === undefined || !('contract' in served) || !this.access.mayRead(user, name))
        throw problem(404, `${definition.name} divides ${name}, which cannot be read.`);
      return served;
    };
    return { numerator: part(definition.numerator.name), denominator: part(definition.denominator.name) };
  }

  async #run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_AT_ONCE)
      throw problem(429, `${MAX_AT_ONCE} numbers are being explained.`, 'Try again in a second.');
    this.#running += 1;
    try {
      return await read();
    } catch (error) {
      if (error instanceof SelectionError) throw problem(400, error.message);
      const why = error instanceof Error ? error.message : String(error);
      throw problem(503, `The store did not answer: ${why}`, 'Look at /api/health; try again.');
    } finally {
      this.#running -= 1;
    }
  }
}

/** `incarnation.partition.offset`; undefined for anything else. */
function placeOf(value: unknown): Place | undefined {
  const found = typeof value === 'string' ? /^(\d{1,9})\.(\d{1,9})\.(\d{1,15})$/.exec(value) : null;
  if (found === null) return undefined;
  return { incarnation: Number(found[1]), partition: Number(found[2]), offset: Number(found[3]) };
}
