/**
 * The improvement e-process: evidence that an edit makes some task better, valid at every look.
 *
 * **The null and why a bet is fair.** A block (block.ts) holds n scores of one task, one of them alone on its side.
 * Take the n scores as given. When the edit changes nothing, each of them is equally likely to be the one that stands
 * alone, because equal attempts are exchangeable. Let u_j be candidate mean − baseline mean (up to a factor) if score
 * j stood alone. For any function g ≥ 0 chosen from the past and from the n scores, but not from which one is alone,
 *   g(u_observed) / mean_j g(u_j)
 * has expectation 1; and at most 1 for a non-decreasing g when the edit makes the task worse (for pass and fail: an
 * odds ratio below 1; for graded scores: worse in likelihood-ratio order; then low u_j are likelier than even, and
 * Chebyshev's association inequality gives the bound). The product over blocks is a test supermartingale, a mixture of
 * such products is one too, and by Ville's inequality the chance that it EVER reaches K/α is at most α/K. With pass
 * and fail and g(u) = ψ^u this is the conditional likelihood ratio of the 2×2 table at odds ratio ψ.
 *
 * **The bets.** The mixture has three parts.
 * 1. *Planned* (weight 0.38): g is the chance, under no effect, that the score reaches a stopping boundary before the
 *    plan ends (boundary.ts). This is the classical sequential test written as a martingale: its value is the
 *    conditional error probability (Müller and Schäfer, "Adaptive group sequential designs", Biometrics 2001) over
 *    the level, so it wastes nothing on overshoot or on a future past the plan. The normal approximation only chooses
 *    g; the normalisation above is exact. The position is read back from the wealth itself, so that bets grow after
 *    losses and shrink after gains as the plan demands.
 * 2. *Open* (weight 0.52): g(u) = exp(θ·w·u), a fixed mixture over θ from 0.005 to 0.9. It never runs out, so an
 *    unresolved comparison can be continued past the plan, at will.
 * 3. *Sparse* (weight 0.1): the product over tasks of 0.9 + 0.1·(likelihood ratio of the task at odds ratios 10 and
 *    40). It learns which tasks an edit has mended outright and bets on those. As an edit that mends some tasks and
 *    breaks as many is no improvement, this part is damped: divided by the cube of 8 times the same product for tasks
 *    broken outright, where that exceeds 1. Damping only lowers the value, so the bound stands.
 *
 * The score of a task is weighted by w = 1/(2·noise), the noise estimated from the scores of its blocks up to and
 * including this one: ten points on a task that never passed say more than on a coin flip. When the total reaches
 * the target, betting stops: what has been proven stays proven. The harm e-process is the same with the arms exchanged.
 *
 * **What the bets must not see.** History cells of blocks still to come. Tasks are often targeted because their history
 * failed, and a bet that knew this would profit from regression to the mean. So neither the order of pairs nor any bet
 * depends on which tasks are targeted.
 *
 * Sources: Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-valid inference" (2023);
 * Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (2024).
 */
import type { ScheduledBlock } from './block.ts';
import { boundary } from './boundary.ts';

export interface EState {
  /** Improvement e-value. */
  readonly e: number;
  /** Harm e-value: the same process with the arms exchanged. */
  readonly harm: number;
  /** The test martingale that `e` never exceeds: the mixture without damping. */
  readonly bound: number;
  /** Wealth of the sparse bets on tasks broken outright: above 1 where more broke than chance would have it. */
  readonly broken: number;
  /** Information used so far: the null variance of the weighted score. */
  readonly information: number;
  /** Information a pair brings per unit of `share` (see block.ts), as estimated so far. */
  readonly rate: number;
}

export interface Targets {
  /** E-value at which the candidate counts as better, K/α. */
  readonly better: number;
  /** E-value at which it counts as worse, 1/α of harm. */
  readonly worse: number;
}

export const START: EState = { e: 1, harm: 1, bound: 1, broken: 1, information: 0, rate: 0.15 };

const WEIGHT = { planned: 0.38, open: 0.52, sparse: 0.1 };
const THETAS = [0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9];
/** Odds ratios of a task mended outright, and the share of tasks the sparse part expects to be so. */
const OUTRIGHT = { oddsRatios: [10, 40], share: 0.1 };
const DAMPING = { factor: 8, power: 3 };
/** Prior guesses, in pseudo-observations: only the size of early bets depends on them. */
const PRIOR_NOISE = { variance: 0.12, blocks: 10 };
const PRIOR_RATE = { rate: 0.15, blocks: 20 };
/** The planned part aims this much past the target, so that it gets there in spite of interpolation. */
const AIM = 1.002;

/** States of the process after each block, in order. */
export function* eProcess(blocks: Iterable<ScheduledBlock>, targets: Targets): Generator<EState> {
  const mended = sparseBets(1);
  const broken = sparseBets(-1);
  const better = bettor(targets.better, 1);
  const worse = bettor(targets.worse, -1);
  const tasks = new Map<string, TaskScores>();
  let information = 0;
  let brokenWealth = 1;
  const noise = { sum: PRIOR_NOISE.variance * PRIOR_NOISE.blocks, blocks: PRIOR_NOISE.blocks };
  const rates = { sum: PRIOR_RATE.rate * PRIOR_RATE.blocks, blocks: PRIOR_RATE.blocks };
  for (const block of blocks) {
    const { n, moves, own, variance } = movesOf(block);
    const share = (n - 1) / n;
    noise.sum += variance / share;
    noise.blocks += 1;
    const weight = 0.5 / Math.sqrt(noiseOf(block, tasks, noise.sum / noise.blocks));
    const gain = weight * weight * variance;
    rates.sum += gain / share;
    rates.blocks += 1;
    const rate = rates.sum / rates.blocks;
    if (variance > 0) {
      const after = information + gain;
      const end = block.ahead === null ? null : after + block.ahead * rate;
      const stake = { moves: moves.map((move) => weight * move), own: weight * own, information, after, end };
      const [up, down] = [mended(block.task, moves, own), broken(block.task, moves, own)];
      brokenWealth = down;
      better.bet(stake, up, down);
      worse.bet(stake, down, up);
      information = after;
    }
    yield {
      e: better.total(),
      harm: worse.total(),
      bound: better.bound(),
      broken: brokenWealth,
      information,
      rate,
    };
  }
}

/** One block as both bettors see it: weighted moves, and the information before it, after it and at the plan's end. */
interface Stake {
  readonly moves: readonly number[];
  readonly own: number;
  readonly information: number;
  readonly after: number;
  /** null past the plan. */
  readonly end: number | null;
}

interface Bettor {
  /** `own` and `opposite` are the wealths of the sparse bets in this direction and in the other. */
  bet(stake: Stake, own: number, opposite: number): void;
  total(): number;
  bound(): number;
}

/** All bets on one direction: sign 1 for better, −1 for worse. Stops betting at the target. */
function bettor(target: number, sign: 1 | -1): Bettor {
  const plan = plannedBets(target, sign);
  const open = openBets(sign);
  let total = 1;
  let bound = 1;
  return {
    bet(stake, own, opposite) {
      if (total >= target) return;
      const steady = WEIGHT.planned * plan(stake) + WEIGHT.open * open(stake);
      const damping = Math.max(1, DAMPING.factor * opposite) ** DAMPING.power;
      total = Math.min(LARGEST, steady + (WEIGHT.sparse * own) / damping);
      bound = Math.min(LARGEST, steady + WEIGHT.sparse * own);
    },
    total: () => total,
    bound: () => bound,
  };
}

/** Past any bar; keeps sums and documents free of Infinity. */
const LARGEST = 1e100;

function plannedBets(target: number, sign: 1 | -1): (stake: Stake) => number {
  const aim = (target / WEIGHT.planned) * AIM;
  const curve = boundary(1 / aim);
  let wealth = 1;
  return ({ moves, own, information, after, end }) => {
    if (end === null) return wealth;
    const scale = sign / Math.sqrt(end);
    const before = curve.position(Math.min(0.999, wealth / aim), information / end);
    const chance = (move: number): number => curve.chance(before + scale * move, after / end);
    const fair = moves.reduce((sum, move) => sum + chance(move), 0) / moves.length;
    if (fair > 1e-12) wealth *= chance(own) / fair;
    return wealth;
  };
}

function openBets(sign: 1 | -1): (stake: Stake) => number {
  const logs = new Float64Array(THETAS.length);
  return ({ moves, own }) => {
    for (const [index, theta] of THETAS.entries()) {
      logs[index] = (logs[index] ?? 0) + logTilted(sign * theta, moves, own);
    }
    return meanExp(logs);
  };
}

/** Wealth of the sparse bets after a block of a task: the product over tasks of 1 − share + share·ratio. */
function sparseBets(sign: 1 | -1): (task: string, moves: readonly number[], own: number) => number {
  const ratios = new Map<string, Float64Array>();
  const factor = (logs: Float64Array): number => 1 - OUTRIGHT.share + OUTRIGHT.share * meanExp(logs);
  let log = 0;
  return (task, moves, own) => {
    const logs = ratios.get(task) ?? new Float64Array(OUTRIGHT.oddsRatios.length);
    const before = factor(logs);
    for (const [index, ratio] of OUTRIGHT.oddsRatios.entries()) {
      logs[index] = (logs[index] ?? 0) + logTilted(sign * Math.log(ratio), moves, own);
    }
    ratios.set(task, logs);
    log += Math.log(factor(logs)) - Math.log(before);
    return Math.min(LARGEST, Math.exp(log));
  };
}

/** log of exp(bet·own) over its mean over the moves. */
function logTilted(bet: number, moves: readonly number[], own: number): number {
  const fair = moves.reduce((sum, move) => sum + Math.exp(bet * move), 0) / moves.length;
  return bet * own - Math.log(fair);
}

function meanExp(logs: Float64Array): number {
  return logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length;
}

interface TaskScores {
  n: number;
  sum: number;
  squares: number;
}

interface Moves {
  readonly n: number;
  /** u_j for every score that could have stood alone. */
  readonly moves: readonly number[];
  /** u of the score that did. */
  readonly own: number;
  /** Mean of u_j²: their mean is 0. */
  readonly variance: number;
}

function movesOf({ candidate, baseline }: ScheduledBlock): Moves {
  const scores = [...candidate, ...baseline];
  const n = scores.length;
  const middle = scores.reduce((sum, score) => sum + score, 0) / n;
  const alone = candidate.length === 1;
  const moves = scores.map((score) => (alone ? score - middle : middle - score));
  const own = (alone ? moves[0] : moves[n - 1]) ?? 0;
  const variance = moves.reduce((sum, move) => sum + move * move, 0) / n;
  // Equal scores leave rounding dust, and dust must not be bet on.
  return variance < 1e-18 ? { n, moves, own: 0, variance: 0 } : { n, moves, own, variance };
}

/** Variance of a task's scores so far, this block included, with one pseudo-observation at the common noise. */
function noiseOf(block: ScheduledBlock, tasks: Map<string, TaskScores>, common: number): number {
  const seen = tasks.get(block.task) ?? { n: 0, sum: 0, squares: 0 };
  for (const scores of [block.candidate, block.baseline]) {
    for (const score of scores) {
      seen.n += 1;
      seen.sum += score;
      seen.squares += score * score;
    }
  }
  tasks.set(block.task, seen);
  return (Math.max(0, seen.squares - (seen.sum * seen.sum) / seen.n) + common) / (seen.n + 1);
}
