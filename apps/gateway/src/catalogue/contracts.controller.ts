import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { contractsSchema, problemSchema, type ContractInfo, type Contracts } from '@freshet/live-protocol';
import { problem } from '../rest/problem.js';
import { openApi } from '../rest/schemas.js';
import { ROW_READER, type RowReader } from '../store/rows.js';
import { Catalogue } from './catalogue.js';

interface OutcomeRow {
  readonly topic: string;
  readonly outcome: string;
  readonly reason: string;
  readonly records: number | string;
}

const OUTCOMES_SQL = `SELECT topic, outcome, reason, sum(count) AS records FROM freshet.outcomes_log FINAL
WHERE at > now64(3) - INTERVAL 24 HOUR GROUP BY topic, outcome, reason ORDER BY records DESC LIMIT 1000`;
const MOST_REASONS = 10;

/** What topics promise, and what became of what they sent. */
@ApiTags('catalogue')
@ApiBearerAuth()
@Controller('api/contracts')
export class ContractsController {
  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(ROW_READER) private readonly store: RowReader,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All contracts with their fields and the quality of their events' })
  @ApiResponse({ status: 200, schema: openApi(contractsSchema) })
  @ApiResponse({ status: 503, schema: openApi(problemSchema) })
  async list(): Promise<Contracts> {
    let rows: OutcomeRow[];
    try {
      rows = await this.store.rows<OutcomeRow>(OUTCOMES_SQL);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw problem(503, `The store did not answer: ${why}`, 'Look at /api/health; try again.');
    }
    const contracts = this.catalogue.contracts.map((contract): ContractInfo => {
      const own = rows.filter(({ topic }) => topic === contract.topic);
      const of = (outcome: string): number =>
        own.reduce((sum, row) => (row.outcome === outcome ? sum + Number(row.records) : sum), 0);
      return {
        name: contract.name,
        topic: contract.topic,
        title: contract.title,
        description: contract.description,
        owner: contract.owner,
        version: contract.version,
        maxSilenceMs: contract.maxSilenceMs,
        metrics: this.catalogue.metricsOf(contract.topic),
        fields: contract.fields.map(({ name, type, each, required, classification, description }) => ({
          name,
          type: each === undefined ? type : `list of ${type}`,
          required,
          classification,
          description,
        })),
        quality: {
          counted: of('ok'),
          duplicate: of('duplicate'),
          invalid: of('invalid'),
          ignored: of('ignored'),
          reasons: own
            .filter(({ reason }) => reason !== '')
            .slice(0, MOST_REASONS)
            .map(({ outcome, reason, records }) => ({ outcome, reason, count: Number(records) })),
        },
      };
    });
    return { atMs: Date.now(), contracts };
  }
}
