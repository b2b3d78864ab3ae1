/**
 * Worlds that edits are tried in: base rates of tasks, what each edit does to each task, which edits are good and
 * which tasks mining would aim each at. What the bench knows of a world no rule ever sees.
 */
import { betaDraw, type Random, shuffled } from '../../src/validation/random.ts';

export const TASKS = 60;

export interface World {
  /** Chance to pass, 0..1 before clipping, of a task with these edits on. */
  rate(on: readonly boolean[], task: number): number;
  /** Chance that a run of the task ends without a verdict where it would have failed. */
  invalidShare(on: readonly boolean[]): number;
  readonly good: readonly boolean[];
  readonly aims: readonly (readonly number[])[];
  /** Tasks that only gate; mining never sees them. */
  readonly heldOut: ReadonlySet<number>;
}

export const WORLDS = {
  none: 'no edit does anything',
  'zero-sum': 'each edit brings half of the tasks 8 points and costs the other half 8',
  harm: 'each edit costs 10 points everywhere',
  breaking: 'each edit turns half of its failures into invalid runs and does nothing else',
  overfit: 'one edit brings 70 points on six mined tasks and nothing elsewhere',
  clusters: 'each edit fixes a cluster of 10 % of the tasks',
  half: 'half of the edits fix a cluster, half cost 8 points everywhere',
  'one cluster': 'one edit fixes a cluster, the rest do nothing',
  'one +15': 'one edit helps by 15 points everywhere',
  'one +10': 'one edit helps by 10 points everywhere',
  pairs: 'every task needs 2 edits together',
  triples: 'every task needs 3 edits together',
  'same cluster': 'all edits fix the same cluster',
  'all +10': 'every edit helps by 10 points everywhere',
} as const;
export type WorldName = keyof typeof WORLDS;

export function drawWorld(name: WorldName, edits: number, random: Random, seed: number): World {
  const rates = Array.from({ length: TASKS }, () => baseRate(random));
  const effects = Array.from({ length: edits }, () => new Float64Array(TASKS));
  const good: boolean[] = Array.from({ length: edits }, () => false);
  const hard = rates.map((rate, task) => ({ task, key: rate + 0.15 * random.next() }));
  const failing = hard
    .sort((a, b) => a.key - b.key)
    .slice(0, Math.floor(TASKS * 0.6))
    .map(({ task }) => task);
  const size = Math.floor(TASKS * 0.1);
  let step = 0;
  const shuffle = (items: readonly number[]): number[] => {
    step += 1;
    return shuffled(items, [seed, 77, step]);
  };
  const everyTask = Array.from({ length: TASKS }, (_, task) => task);
  let needs: boolean[][] | null = null;
  const put = (edit: number, tasks: readonly number[], gain: number): void => {
    for (const task of tasks) effects[edit]?.fill(gain, task, task + 1);
  };
  const parts = split(shuffle(failing), edits);
  switch (name) {
    case 'none':
    case 'breaking':
      break;
    case 'zero-sum':
      effects.forEach((_, edit) => {
        const order = shuffle(everyTask);
        put(edit, order.slice(0, TASKS / 2), 0.08);
        put(edit, order.slice(TASKS / 2), -0.08);
      });
      break;
    case 'harm':
      for (const effect of effects) effect.fill(-0.1);
      break;
    case 'one +10':
    case 'one +15':
      effects[0]?.fill(name === 'one +10' ? 0.1 : 0.15);
      good[0] = true;
      break;
    case 'all +10':
      for (const effect of effects) effect.fill(0.1);
      good.fill(true);
      break;
    case 'one cluster':
    case 'overfit':
      put(0, parts[0]?.slice(0, size) ?? [], 0.7);
      good[0] = true;
      break;
    case 'clusters':
    case 'half':
      effects.forEach((effect, edit) => {
        if (name === 'half' && edit % 2 === 1) effect.fill(-0.08);
        else {
          put(edit, parts[edit]?.slice(0, size) ?? [], 0.7);
          good[edit] = true;
        }
      });
      break;
    case 'same cluster': {
      const shared = shuffle(failing).slice(0, Math.floor(TASKS * 0.15));
      effects.forEach((_, edit) => {
        put(edit, shared, 0.7);
        good[edit] = true;
      });
      break;
    }
    case 'pairs':
    case 'triples': {
      good.fill(true);
      const together = name === 'pairs' ? 2 : 3;
      needs = everyTask.map(() => {
        const chosen = shuffle(Array.from({ length: edits }, (_, edit) => edit)).slice(0, together);
        return Array.from({ length: edits }, (_, edit) => chosen.includes(edit));
      });
    }
  }
  const few = Math.max(3, Math.floor(0.12 * TASKS));
  // The overfit edit helps what was mined, by construction.
  const kept =
    name === 'overfit' ? new Set(everyTask.filter((task) => effects[0]?.[task])) : new Set<number>();
  const heldOut = new Set(
    shuffle(everyTask)
      .filter((task) => !kept.has(task))
      .slice(0, TASKS / 4),
  );
  const mined = (tasks: readonly number[]): number[] => tasks.filter((task) => !heldOut.has(task));
  const aims = effects.map((effect, edit) => {
    const helped = everyTask.filter((task) => (effect[task] ?? 0) > 0.3);
    if (needs !== null) return mined(shuffle(everyTask.filter((task) => needs[task]?.[edit]))).slice(0, few);
    if (helped.length === 0) return mined(shuffle(failing)).slice(0, few);
    if (name === 'overfit') return helped;
    // Mining names the held-in tasks that an edit helps, and some that it doesn't.
    const wrong = mined(shuffle(failing)).slice(0, Math.max(1, Math.floor(helped.length / 3)));
    return [...new Set([...mined(helped), ...wrong])];
  });
  return {
    rate: (on, task) => {
      if (needs !== null) return needs[task]?.every((need, edit) => !need || on[edit] === true) ? 0.85 : 0.03;
      return effects.reduce(
        (sum, effect, edit) => sum + (on[edit] === true ? (effect[task] ?? 0) : 0),
        rates[task] ?? 0,
      );
    },
    invalidShare: (on) => (name === 'breaking' ? 1 - 0.5 ** on.filter(Boolean).length : 0),
    good,
    aims,
    heldOut,
  };
}

/** 30 % of the tasks nearly hopeless, 25 % nearly certain, the rest between. */
function baseRate(random: Random): number {
  const kind = random.next();
  if (kind < 0.3) return betaDraw(0.5, 8, random);
  return kind < 0.55 ? betaDraw(8, 0.6, random) : betaDraw(2, 2, random);
}

function split(items: readonly number[], parts: number): number[][] {
  const [least, more] = [Math.floor(items.length / parts), items.length % parts];
  return Array.from({ length: parts }, (_, part) => {
    const from = part * least + Math.min(part, more);
    return items.slice(from, from + least + (part < more ? 1 : 0));
  });
}
