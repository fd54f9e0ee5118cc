import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { previewSql } from '@freshet/clickhouse';
import type { Access } from '@freshet/live-hub';
import { previewSchema, problemSchema, type Preview } from '@freshet/live-protocol';
import { ACCESS, type AuthorisedRequest } from '../access/access.guard.js';
import { problem } from '../rest/problem.js';
import { openApi } from '../rest/schemas.js';
import { ROW_READER, type RowReader } from '../store/rows.js';

/** Definitions that were tried over the facts of the last hours, and do not count yet. */
@ApiTags('catalogue')
@ApiBearerAuth()
@Controller('api/previews')
export class PreviewsController {
  constructor(
    @Inject(ROW_READER) private readonly store: RowReader,
    @Inject(ACCESS) private readonly access: Access,
  ) {}

  @Get(':id')
  @ApiOperation({
    summary: 'A definition over the facts of the last hours, before it counts',
    description: 'Made by `freshet catalog preview`, kept for a day.',
  })
  @ApiParam({ name: 'id' })
  @ApiResponse({ status: 200, schema: openApi(previewSchema) })
  @ApiResponse({ status: 404, schema: openApi(problemSchema) })
  @ApiResponse({ status: 503, schema: openApi(problemSchema) })
  async one(@Param('id') id: string, @Req() request: AuthorisedRequest): Promise<Preview> {
    let rows: { preview: string }[];
    try {
      rows = await this.store.rows<{ preview: string }>(previewSql(id));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw problem(503, `The store did not answer: ${why}`, 'Look at /api/health; try again.');
    }
    const [row] = rows;
    const preview = row && previewSchema.parse(JSON.parse(row.preview));
    const { user } = request;
    if (preview === undefined || user === undefined || !this.access.mayRead(user, preview.metric))
      throw problem(
        404,
        `There is no preview ${JSON.stringify(id)}: they are kept for a day.`,
        'Make it again by `freshet catalog preview`.',
      );
    return preview;
  }
}
