/**
 * Evaluations against the cells they brought: a cell's trial begins with the key of its evaluation.
 */
import { evaluationKey } from '../experiment/extension.ts';
import type { CampaignRecord } from '../record/record.ts';
import { differences, type Findings } from './finding.ts';

export function evaluationFindings(record: CampaignRecord): Findings {
  const byKey = Map.groupBy([...record.cells, ...record.superseded], ({ trial }) => evaluationKey(trial));
  const findings = record.evaluations.flatMap(({ key, groups, tasks, trials, invalid, exit }): Findings => {
    const own = byKey.get(key) ?? [];
    const claim = `evaluations.${key}`;
    const runs = new Set(own.map(({ trial }) => trial.split(/[:/]/)[0]));
    const found: Findings = [];
    if (runs.size > groups)
      found.push({ claim: `${claim}.groups`, message: `says ${groups}; its cells are of ${runs.size}` });
    // A broken evaluation has no trial to count; the cells it should have brought are all invalid.
    if (exit.startsWith('broken')) return found;
    // Cells that an evaluation left out are named by a slash.
    const read = own.filter(({ trial }) => /^[^:/]*:/.test(trial)).length;
    if (trials < read)
      found.push({ claim: `${claim}.trials`, message: `says ${trials}; ${read} cells were read from it` });
    const counted = own.filter((cell) => cell.outcome === 'invalid').length;
    return [
      ...found,
      ...differences(`${claim}.tasks`, tasks, new Set(own.map((cell) => cell.task)).size),
      ...differences(`${claim}.invalid`, invalid, counted),
    ];
  });
  const known = new Set(record.evaluations.map(({ key }) => key));
  for (const key of byKey.keys())
    if (!known.has(key)) findings.push({ claim: 'cells', message: `no evaluation has the key ${key}` });
  return findings;
}
