/**
 * The experiment, dispatch by dispatch: some passes over the tasks, then a look at what they say of every edit.
 */
import type { CellGroup } from '../../eval/plan.ts';
import type { Cell } from '../../validation/cell.ts';
import { armName, type Block, editsOn, type Side } from '../../validation/experiment/block.ts';
import { type Examination, nextPasses, passesOfDispatch } from '../../validation/experiment/experiment.ts';
import type { CampaignContext, Prepared } from '../context.ts';
import { type ArmVersion, dispatchInTime } from '../evaluate/dispatch.ts';
import { type ExperimentBasis, examineCells, experimentSettings } from './settings.ts';
import { verdictOf } from './words.ts';

export interface ExperimentEnd {
  readonly examination: Examination;
  /** Why it ended before every edit was decided; null where none was cut off. */
  readonly cutShort: string | null;
  /** It was the time that ended, or somebody's word. */
  readonly outOfTime: boolean;
}

/** What an experiment works on; blocks are added as they are run. */
export interface Experimenting {
  readonly basis: ExperimentBasis;
  readonly blocks: Block[];
  /** Everything gathered so far. */
  cells(): readonly Cell[];
  /** Trials that the experiment may still run. */
  trialsLeft(): number;
  /** The arm with these edits on. */
  versionOf(edits: readonly string[]): ArmVersion;
  /** Told after every dispatch, and at the end. */
  looked(examination: Examination, ended: boolean): void;
}

/** Runs until every edit is decided, or the budget or the time ends. */
export async function runExperiment(
  context: CampaignContext,
  prepared: Prepared,
  on: Experimenting,
): Promise<ExperimentEnd> {
  const { basis } = on;
  const settings = experimentSettings(basis);
  const order = settings.edits.map(({ id }) => id);
  const look = () => examineCells(basis, on.blocks, on.cells());
  let examination = look();
  let end: Pick<ExperimentEnd, 'cutShort' | 'outOfTime'> = { cutShort: null, outOfTime: false };
  while (!examination.over) {
    const dealt = nextPasses(settings, examination, passesOfDispatch(settings, examination));
    const blocks = affordable(dealt, on.trialsLeft());
    if (blocks.length === 0) {
      end = { cutShort: budgetWords(prepared.config.budget.trials), outOfTime: false };
      break;
    }
    const key = `experiment-${examination.dispatches + 1}`;
    context.deps.report({ kind: 'planned', cells: trialsOf(blocks) });
    const { arms, groups } = armsAndGroups(blocks, basis.settings.history_to, (block, side) => {
      const edits = editsOn(block, side, order);
      return [armName(edits), on.versionOf(edits)];
    });
    const gathered = await dispatchInTime(context, prepared, { key, arms, groups });
    if (typeof gathered === 'string') {
      end = { cutShort: gathered, outOfTime: true };
      break;
    }
    if (gathered.every(({ failure }) => failure !== null)) {
      end = { cutShort: gathered[0]?.failure ?? 'the evaluation brought nothing', outOfTime: false };
      break;
    }
    on.blocks.push(...blocks);
    examination = look();
    on.looked(examination, false);
    for (const standing of examination.standings) {
      const verdict = verdictOf(standing, { settings: basis.settings, ended: false });
      context.deps.report({ kind: 'verdict', candidate: standing.id, pass: examination.passes, verdict });
    }
  }
  on.looked(examination, true);
  return { examination, ...end };
}

/** The passes that the trials left can pay, whole ones. */
function affordable(blocks: readonly Block[], left: number): Block[] {
  const kept: Block[] = [];
  for (const [, pass] of Map.groupBy(blocks, (block) => block.pass)) {
    if (trialsOf([...kept, ...pass]) > left) break;
    kept.push(...pass);
  }
  return kept;
}

export function trialsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { tasks }) => sum + 2 * tasks.length, 0);
}

/** Two groups a block, in the order of its coin. */
export function armsAndGroups(
  blocks: readonly Block[],
  historyTo: number,
  armOf: (block: Block, side: Side) => readonly [name: string, version: ArmVersion],
): { arms: Record<string, ArmVersion>; groups: CellGroup[] } {
  const arms: Record<string, ArmVersion> = {};
  const groups = blocks.flatMap((block) => {
    const sides = block.swapped ? (['second', 'first'] as const) : (['first', 'second'] as const);
    return sides.map((side): CellGroup => {
      const [arm, version] = armOf(block, side);
      arms[arm] ??= version;
      return { block: block.block, arm, tasks: [...block.tasks], attempt: historyTo + block.pass };
    });
  });
  return { arms, groups };
}

function budgetWords(trials: number): string {
  return `The budget of ${trials} trials has no room for another pass.`;
}
