/**
 * Preloaded into ingest (`node --import`): a few hundred offsets a chunk instead of 50,000, so that chunks open and
 * end every few seconds under a load that a laptop bears, or small buffers, so that a small load fills them. No
 * setting of the product: every process that writes one store has to have the same.
 */
import { DEFAULT_LIMITS } from '@freshet/ingestion';

Object.assign(DEFAULT_LIMITS, JSON.parse(process.env.PROVE_LIMITS));
