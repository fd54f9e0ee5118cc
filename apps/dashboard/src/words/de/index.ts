import { type Words } from '../words.js';
import { explain } from './explain.js';
import { frame, keyList, stageMeanings, stages } from './frame.js';
import { metric } from './metric.js';
import { alerts, catalogue, freshness, preview, runbook, wall } from './operations.js';
import { compare, legend, rail, sentence, team, tile } from './pulse.js';

/** German. */
export const de: Words = {
  stages,
  stageMeanings,
  frame,
  keyList,
  compare,
  sentence,
  tile,
  team,
  rail,
  legend,
  metric,
  explain,
  freshness,
  alerts,
  catalogue,
  runbook,
  preview,
  wall,
};
