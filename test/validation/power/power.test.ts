import { describe, expect, it } from 'vitest';
import { planPower, renderPower } from '../../../src/validation/power/power.ts';
import { arm, cell, tasksOf } from '../cells.ts';

const baseline = arm('baseline', { ...tasksOf(20, 'FFF', 'hard'), ...tasksOf(20, 'PFP', 'some') });

describe('the power of a campaign', () => {
  const power = planPower({ baseline, simulations: 480 });
  if (power === null) throw new Error('the baseline has attempts');

  it('is told for one to eight edits, with what a campaign takes', () => {
    expect(power.rows.map(({ edits }) => edits)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const { found, trials, dispatches, usd } of power.rows) {
      for (const share of Object.values(found)) expect(share >= 0 && share <= 1).toBe(true);
      expect(found.plus_20).toBeGreaterThanOrEqual(found.plus_10 - 0.2);
      expect(trials).toBeGreaterThan(120);
      expect(dispatches).toBeGreaterThan(2);
      expect(usd).toBeNull();
    }
    expect(power.rate).toBeCloseTo(1 / 3);
    expect(power.simulations).toBe(480);
  });

  it('finds a large gain nearly always, and says so', () => {
    expect(power.rows[3]?.found.plus_20).toBeGreaterThan(0.8);
    expect(power.words).toMatch(/^On these 40 tasks /);
    expect(renderPower(power)).toContain('480 simulated campaigns');
    expect(renderPower(power)).toContain('20 tasks flip by themselves');
  });

  it('says where nothing can be found', () => {
    const few = planPower({ baseline: arm('baseline', tasksOf(3, 'FP')), simulations: 240 });
    expect(few?.words).toMatch(/Add tasks, or run each more often/);
  });

  it('tells money where the traces carry it', () => {
    const priced = planPower({
      baseline: baseline.map((one) => ({ ...one, costUsd: 0.5 })),
      simulations: 48,
    });
    for (const { trials, usd } of priced?.rows ?? []) expect(usd).toBeCloseTo(0.5 * trials, 6);
  });

  it('has nothing to say without a valid attempt', () => {
    expect(planPower({ baseline: [cell({ outcome: 'invalid' })] })).toBeNull();
  });
});
