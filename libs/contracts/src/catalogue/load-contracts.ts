import { type Contract } from '../contract.js';
import { readCatalogueFolder } from './files.js';
import { parseContract, type ParseContractOptions } from './parse-contract.js';
import { type CatalogueProblem } from './problem.js';

export interface LoadedContracts {
  /** Of the files without a problem, by name. */
  readonly contracts: readonly Contract[];
  /** Refuse to run when there is any. */
  readonly problems: readonly CatalogueProblem[];
}

/** Loads every contract of a folder (`catalog/contracts`). Names and topics are unique in it. */
export function loadContracts(folder: string, options: ParseContractOptions = {}): LoadedContracts {
  const { files, problems } = readCatalogueFolder(folder);
  const contracts: Contract[] = [];
  for (const { file, text } of files) {
    const parsed = parseContract(text, file, options);
    problems.push(...parsed.problems);
    const contract = parsed.contract;
    if (contract === undefined) continue;
    const twin = contracts.find(({ name, topic }) => name === contract.name || topic === contract.topic);
    if (twin === undefined) {
      contracts.push(contract);
      continue;
    }
    const what = twin.name === contract.name ? `name "${contract.name}"` : `topic "${contract.topic}"`;
    problems.push({
      file,
      line: 1,
      column: 1,
      message: `the ${what} is already that of ${twin.file}`,
      remedy: 'One contract a topic: merge the two files, or rename this one.',
    });
  }
  contracts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { contracts, problems };
}
