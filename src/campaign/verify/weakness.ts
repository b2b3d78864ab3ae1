/**
 * Weaknesses against the cells: held-in failures of the baseline, of at least two tasks, each counted once, cited from
 * their own trials. What was set apart stands on held-in trials of the baseline as well.
 */
import type { Weakness } from '../../mining/weakness.ts';
import type { Cell } from '../../validation/cell.ts';
import type { CampaignRecord } from '../record/record.ts';
import { differences, type Findings } from './finding.ts';

export function weaknessFindings(record: CampaignRecord): Findings {
  const heldIn = new Set(record.splits.held_in);
  const byTrial = new Map([...record.superseded, ...record.cells].map((cell) => [cell.trial, cell]));
  const counted = new Map<string, string>();
  const findings = record.weaknesses.flatMap((weakness) => [
    ...ownFindings(weakness, byTrial, heldIn),
    ...onceFindings(weakness, counted),
  ]);
  for (const { kind, task, trials } of record.set_apart) {
    const claim = `set_apart.${kind}.${task}`;
    for (const trial of trials) {
      const cell = byTrial.get(trial);
      if (cell?.task !== task || cell.arm !== 'baseline' || !heldIn.has(task))
        findings.push({ claim, message: `${trial} is no held-in trial of the baseline at this task` });
    }
  }
  return findings;
}

function ownFindings(
  weakness: Weakness,
  byTrial: ReadonlyMap<string, Cell>,
  heldIn: ReadonlySet<string>,
): Findings {
  const claim = `weaknesses.${weakness.id}`;
  const { mechanism, cause, status } = weakness.signature;
  const findings = differences(
    `${claim}.id`,
    weakness.id,
    `${mechanism}.${cause}.${status}`,
    'its signature gives',
  );
  const tasks = new Set<string>();
  for (const trial of weakness.trials) {
    const cell = byTrial.get(trial);
    if (cell === undefined)
      findings.push({ claim: `${claim}.trials`, message: `no cell has the trial ${trial}` });
    else {
      tasks.add(cell.task);
      if (cell.outcome !== 'fail' || cell.arm !== 'baseline' || !heldIn.has(cell.task))
        findings.push({
          claim: `${claim}.trials`,
          message: `${trial} is no held-in failure of the baseline (${cell.arm}, ${cell.task}, ${cell.outcome})`,
        });
    }
  }
  findings.push(...differences(`${claim}.tasks`, weakness.tasks, [...tasks].sort()));
  const cited = [...weakness.evidence, ...(weakness.ends ?? [])].map(({ trial }) => trial);
  for (const trial of new Set(cited)) {
    if (!weakness.trials.includes(trial))
      findings.push({ claim: `${claim}.evidence`, message: `${trial} is cited and is none of its trials` });
  }
  return findings;
}

/** A failing trial has one signature. */
function onceFindings({ id, trials }: Weakness, counted: Map<string, string>): Findings {
  return trials.flatMap((trial) => {
    const before = counted.get(trial);
    counted.set(trial, id);
    return before === undefined
      ? []
      : [{ claim: `weaknesses.${id}.trials`, message: `${trial} is counted in ${before} already` }];
  });
}
