import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { runbookSchema, type Runbook } from '@freshet/live-protocol';
import { problem } from './problem.js';
import { openApi } from './schemas.js';

/** Folders of runbooks, the nearest first; injected. */
export const RUNBOOK_FOLDERS = Symbol('runbook folders');

const SHIPPED = fileURLToPath(new URL('../../../../docs/runbooks', import.meta.url));

/** Beside the catalogue, as its metrics name them; then those that come with Freshet, one a kind of alert. */
export function runbookFolders(catalogueDir: string): readonly string[] {
  return [resolve(catalogueDir, '..', 'docs', 'runbooks'), SHIPPED];
}

/** A file's name and nothing more: no way out of the folder. */
const PAGE = /^[a-z0-9][a-z0-9_-]*$/i;

/** What to do, for whoever is told of an alert. */
@ApiTags('alerts')
@Controller('api/runbooks')
export class RunbooksController {
  constructor(@Inject(RUNBOOK_FOLDERS) private readonly folders: readonly string[]) {}

  @Get(':page')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'A page of the runbook as Markdown, by its file name without ".md"' })
  @ApiResponse({ status: 200, schema: openApi(runbookSchema) })
  async page(@Param('page') page: string): Promise<Runbook> {
    for (const folder of PAGE.test(page) ? this.folders : []) {
      const text = await readFile(join(folder, `${page}.md`), 'utf8').catch(() => undefined);
      if (text !== undefined) return { page, text };
    }
    throw problem(
      404,
      `There is no page "${page}" in the runbook.`,
      `Put ${page}.md into docs/runbooks beside the folder of the catalogue.`,
    );
  }
}
