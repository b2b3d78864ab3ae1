/**
 * Pass by pass, candidates against fresh baseline cells, until each is decided or the budget ends.
 */
import type { Weakness } from '../../mining/weakness.ts';
import type { Cell } from '../../validation/cell.ts';
import { planPass } from '../../validation/schedule.ts';
import type { Verdict } from '../../validation/verdict.ts';
import type { CampaignContext, Prepared, SplitMap } from '../context.ts';
import { type ArmRequest, type Gathered, gatherInTime, settledCells } from '../evaluate/gather.ts';
import type { Candidate, GateSettings } from '../record/record.ts';
import { type Basis, judgeArm } from './judgement.ts';

/** An arm under test: a branch that differs from the base in the harness alone. */
export interface ArmUnderTest {
  readonly id: string;
  readonly branch: string;
  readonly commit: string;
  /** Tasks of the weaknesses that asked for it: they run first. */
  readonly targeted: readonly string[];
}

export interface Standing {
  readonly id: string;
  readonly verdict: Verdict;
  readonly basis: Basis;
}

export interface Validation {
  readonly gathered: readonly Gathered[];
  readonly standings: readonly Standing[];
  /** Why it ended before every arm was decided, or null. */
  readonly cutShort: string | null;
  /** It was time that ended it, not the budget. */
  readonly outOfTime: boolean;
}

export interface ValidationPlan {
  /** Names the steps: 'validate' or the combined arm. */
  readonly round: string;
  readonly arms: readonly ArmUnderTest[];
  readonly splits: SplitMap;
  readonly settings: GateSettings;
  /** Baseline cells gathered before, all valid for pairing (same harness hash, model and evaluator). */
  readonly history: readonly Cell[];
  /** Highest attempt number among `history`; fresh baseline cells are numbered after it. */
  readonly historyTo: number;
  /** Trials the campaign may still run. */
  readonly trialsLeft: number;
  /** Passes an accepted arm runs in any case, for an estimate a reader can use; 1 where absent. */
  readonly minPasses?: number;
  /** An ended validation that this one goes on with: the same arms, settings and history. */
  readonly before?: Before;
}

export interface Before {
  /** Cells of the arms and of the baseline that ran beside them. */
  readonly cells: readonly Cell[];
  /** Passes that were run. */
  readonly passes: number;
  /** Passes that may now be run in all. */
  readonly maxPasses: number;
}

/** Runs passes until every arm is accepted or rejected, or there is no budget or no time for another pass. */
export async function validate(
  context: CampaignContext,
  prepared: Prepared,
  plan: ValidationPlan,
): Promise<Validation> {
  const { settings } = plan;
  const tasks = gateTasks(plan.splits);
  const gathered: Gathered[] = [];
  const standings = new Map<string, Standing>();
  const perDispatch = prepared.config.gate.passes_per_dispatch;
  let spent = 0;
  let cutShort: string | null = null;
  let outOfTime = false;
  const { before } = plan;
  const maxPasses = before?.maxPasses ?? settings.max_passes;
  const judgeOn = (arm: ArmUnderTest, basis: Basis) => {
    const cells = [...plan.history, ...(before?.cells ?? []), ...settledCells(gathered)];
    const verdict = judgeArm({ arm: arm.id, cells, splits: plan.splits, settings, basis });
    standings.set(arm.id, { id: arm.id, verdict, basis });
    const pass = basis.baseline_to - basis.history_to;
    context.deps.report({ kind: 'verdict', candidate: arm.id, pass, verdict });
  };
  for (let pass = 1 + (before?.passes ?? 0); pass <= maxPasses; pass += perDispatch) {
    const open = plan.arms.filter((arm) => {
      const verdict = standings.get(arm.id)?.verdict;
      if (verdict === undefined || verdict.next === 'continue') return true;
      return verdict.verdict === 'accept' && pass <= (plan.minPasses ?? 1);
    });
    if (open.length === 0) break;
    const attempts = Math.min(perDispatch, maxPasses - pass + 1);
    const cost = tasks.length * attempts * (open.length + 1);
    if (cost > plan.trialsLeft - spent) {
      cutShort = `The budget of trials ends here: a further pass needs ${cost}, ${plan.trialsLeft - spent} are left.`;
      break;
    }
    context.deps.report({ kind: 'planned', cells: cost });
    const requests = passRequests(prepared, plan, open, { pass, attempts });
    const fresh = await gatherInTime(context, prepared, `${plan.round}-p${pass}`, requests);
    if (typeof fresh === 'string') {
      cutShort = fresh;
      outOfTime = true;
      // No trial is left to these: what the passes so far have shown is their verdict, and can be extended.
      for (const arm of open) {
        const standing = standings.get(arm.id);
        if (standing?.verdict.next === 'continue') judgeOn(arm, { ...standing.basis, trials_left: 0 });
      }
      break;
    }
    gathered.push(...fresh);
    spent = gathered.reduce((total, one) => total + one.evaluation.trials, 0);
    const share = Math.floor((plan.trialsLeft - spent) / (open.length + 1));
    const passes = pass + attempts - 1;
    for (const arm of open) {
      judgeOn(arm, {
        history_to: plan.historyTo,
        baseline_to: plan.historyTo + passes,
        trials_left: Math.max(0, share),
        ...(before === undefined ? {} : { max_passes: maxPasses }),
      });
    }
  }
  return { gathered, standings: [...standings.values()], cutShort, outOfTime };
}

function passRequests(
  prepared: Prepared,
  plan: ValidationPlan,
  open: readonly ArmUnderTest[],
  { pass, attempts }: { pass: number; attempts: number },
): ArmRequest[] {
  const targeted = open.flatMap((arm) => arm.targeted);
  // One order for all arms, fixed before any outcome is seen.
  const order = planPass({
    tasks: gateTasks(plan.splits),
    targeted,
    arms: ['baseline'],
    pass,
    seed: plan.settings.seed,
  });
  const tasks = order.map((cell) => cell.task);
  const baseline: ArmRequest = {
    key: `${plan.round}-p${pass}-baseline`,
    arm: 'baseline',
    ...prepared.baseline,
    tasks,
    attempts,
    firstAttempt: plan.historyTo + pass,
  };
  const candidates = open.map((arm) => ({
    key: `${plan.round}-p${pass}-${arm.id}`,
    arm: arm.id,
    branch: arm.branch,
    commit: arm.commit,
    tasks,
    attempts,
    firstAttempt: pass,
  }));
  return [baseline, ...candidates];
}

/** Tasks the gate looks at: all but the sealed ones. */
export function gateTasks(splits: SplitMap): string[] {
  return [...splits].filter(([, split]) => split !== 'sealed').map(([task]) => task);
}

/** Tasks of the weaknesses that asked for these candidates. */
export function targetedTasks(candidates: readonly Candidate[], weaknesses: readonly Weakness[]): string[] {
  const asked = new Set(candidates.flatMap((candidate) => candidate.proposal.weaknesses));
  const tasks = weaknesses.filter((weakness) => asked.has(weakness.id)).flatMap((weakness) => weakness.tasks);
  return [...new Set(tasks)].sort();
}
