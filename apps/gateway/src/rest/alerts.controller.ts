import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { User } from '@freshet/live-hub';
import {
  acknowledgeSchema,
  alertSchema,
  alertsSchema,
  evaluationsSchema,
  exclusionSchema,
  exclusionsSchema,
  maintenanceSchema,
  silenceSchema,
  type Alert,
  type Evaluation,
  type Exclusion,
} from '@freshet/live-protocol';
import type { z } from 'zod';
import type { AuthorisedRequest } from '../access/access.guard.js';
import { AlertDesk } from '../alerts/alert-desk.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { problem } from './problem.js';
import { openApi } from './schemas.js';

const DAY_MS = 86_400_000;

/** Alerts, and what people decide about them. */
@ApiTags('alerts')
@ApiBearerAuth()
@Controller('api')
export class AlertsController {
  constructor(
    @Inject(AlertDesk) private readonly desk: AlertDesk,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
  ) {}

  @Get('alerts')
  @ApiOperation({ summary: 'Open alerts, and those of the last day' })
  @ApiResponse({ status: 200, schema: openApi(alertsSchema) })
  alerts(): { atMs: number; alerts: readonly Alert[] } {
    return { atMs: Date.now(), alerts: this.desk.alerts() };
  }

  @Get('alerts/history')
  @ApiOperation({ summary: 'Evaluations of an alert, newest first' })
  @ApiQuery({ name: 'key', description: 'Key of the alert, e.g. stale/broker' })
  @ApiResponse({ status: 200, schema: openApi(evaluationsSchema) })
  async history(@Query('key') key: unknown): Promise<{ key: string; evaluations: Evaluation[] }> {
    if (typeof key !== 'string' || key === '') throw problem(400, 'The parameter "key" is missing.');
    return { key, evaluations: await this.desk.history(key) };
  }

  @Post('alerts/acknowledge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say that you act; role operator' })
  @ApiBody({ schema: openApi(acknowledgeSchema) })
  @ApiResponse({ status: 200, schema: openApi(alertSchema) })
  acknowledge(@Body() body: unknown, @Req() request: AuthorisedRequest): Promise<Alert> {
    const { id, note } = checked(acknowledgeSchema, body);
    return this.desk.acknowledge(id, userOf(request), note);
  }

  @Post('alerts/silence')
  @HttpCode(200)
  @ApiOperation({ summary: 'Silence a cause until a time, with a reason; role operator' })
  @ApiBody({ schema: openApi(silenceSchema) })
  async silence(
    @Body() body: unknown,
    @Req() request: AuthorisedRequest,
  ): Promise<{ key: string; untilMs: number; alert: Alert | null }> {
    const { key, untilMs, reason } = checked(silenceSchema, body);
    const alert = await this.desk.silence(key, untilMs, userOf(request), reason);
    return { key, untilMs, alert: alert ?? null };
  }

  @Get('maintenance')
  @ApiOperation({ summary: 'Times of the last month that count neither as good nor as bad' })
  @ApiResponse({ status: 200, schema: openApi(exclusionsSchema) })
  async exclusions(): Promise<{ atMs: number; exclusions: Exclusion[] }> {
    return { atMs: Date.now(), exclusions: await this.desk.exclusions() };
  }

  @Post('maintenance')
  @HttpCode(200)
  @ApiOperation({ summary: 'Declare maintenance, from now or later; role operator' })
  @ApiBody({ schema: openApi(maintenanceSchema) })
  @ApiResponse({ status: 200, schema: openApi(exclusionSchema) })
  declare(@Body() body: unknown, @Req() request: AuthorisedRequest): Promise<Exclusion> {
    const { metrics, fromMs = Date.now(), untilMs, reason } = checked(maintenanceSchema, body);
    const nowMs = Date.now();
    if (fromMs < nowMs - 5_000) throw problem(400, 'What has passed cannot be declared away.', 'Begin now.');
    if (untilMs <= fromMs || untilMs > fromMs + 30 * DAY_MS) {
      throw problem(400, 'Maintenance ends after it begins, within 30 days.', 'Give another untilMs.');
    }
    const unknown = metrics.find((metric) => !this.catalogue.names.includes(metric));
    if (unknown !== undefined) throw problem(400, `There is no metric ${unknown}.`);
    const by = userOf(request);
    const id = `maintenance/${randomUUID()}`;
    return this.desk.declare({ id, kind: 'maintenance', metrics, fromMs, untilMs, reason, by: by.name }, by);
  }
}

function userOf({ user }: AuthorisedRequest): User {
  if (user === undefined) throw problem(401, 'A token is needed.');
  return user;
}

function checked<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw problem(400, `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is wrong'}`);
}
