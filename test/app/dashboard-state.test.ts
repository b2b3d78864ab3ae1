import { describe, expect, it } from 'vitest';
import { type DashboardFacts, dashboardState, lastMined } from '../../src/app/dashboard/dashboard-state.ts';
import { type LedgerLine, ledgerLines, parseLedger } from '../../src/campaign/ledger/ledger.ts';
import { Memory } from '../../src/campaign/ledger/memory.ts';
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG } from '../e2e/agent-repository.ts';
import { CASES } from '../evidence/cases.ts';

const NOW = new Date('2026-01-03T00:00:00Z');

function config(text = '') {
  const loaded = loadConfig(`${CONFIG}${text}`);
  if (!loaded.ok) throw new Error('the config does not load');
  return loaded.config;
}

/** Facts of a repository in which these campaigns have ended, the last one last. */
function facts(records: readonly CampaignRecord[], change: Partial<DashboardFacts> = {}): DashboardFacts {
  return {
    config: config(),
    ledger: { lines: records.flatMap((record) => ledgerLines(record)), unreadable: 0 },
    memory: Memory.parse({ version: 1 }),
    mined: records.at(-1) ?? null,
    running: [],
    pulls: new Map(),
    now: NOW,
    ...change,
  };
}

const named = (record: CampaignRecord, id: string, change: Partial<CampaignRecord> = {}) => ({
  ...record,
  id,
  ...change,
});
const FAILED = { kind: 'failed', reason: 'The eval workflow is gone.' } as const;

describe('what the dashboard tells', () => {
  it('is nothing of a repository in which nothing happened', () => {
    expect(dashboardState(facts([]))).toMatchObject({
      running: [],
      ended: [],
      waiting: [],
      pausedBy: null,
      idleReason: null,
      obeys: true,
    });
  });

  it('is each campaign, the newest first, with its edits and its pull request', () => {
    const pulls = new Map([['a', { url: 'https://github.com/o/r/pull/1', state: 'merged' } as const]]);
    const records = [named(CASES['one-edit'], 'a'), named(CASES.rejected, 'b')];
    const { ended } = dashboardState(facts(records, { pulls }));
    expect(ended).toMatchObject([
      { id: 'b', ending: { kind: 'nothing_accepted' }, accepted: 0, tried: 3, pull: null },
      { id: 'a', ending: { kind: 'opened' }, accepted: 1, tried: 2, pull: { state: 'merged' } },
    ]);
    expect(ended[1]?.trials).toBe(CASES['one-edit'].spent.agent.trials);
  });

  it('is what is left of the week, and never less than nothing', () => {
    const left = (records: readonly CampaignRecord[], now = NOW) =>
      dashboardState(facts(records, { config: config('budget:\n  campaigns_per_week: 2\n'), now })).budget
        .campaignsLeft;
    const ended = ['a', 'b', 'c'].map((id) => named(CASES.rejected, id));
    expect([0, 1, 2, 3].map((count) => left(ended.slice(0, count)))).toEqual([2, 1, 0, 0]);
    expect(left(ended, new Date('2026-01-20T00:00:00Z'))).toBe(2);
  });

  it('is who paused, and whether commands are obeyed', () => {
    const memory = Memory.parse({ version: 1, pausedBy: 'ada' });
    const deaf = config('triggers:\n  comments: false\n');
    expect(dashboardState(facts([], { memory, config: deaf }))).toMatchObject({
      pausedBy: 'ada',
      obeys: false,
    });
  });
});

describe('a weakness', () => {
  const record = CASES['one-edit'];
  const acted = record.candidates.find((one) => one.id === 'c1')?.proposal;
  const titles = (memory: Partial<Memory> = {}) =>
    dashboardState(facts([record], { memory: Memory.parse({ version: 1, ...memory }) })).waiting.map(
      (one) => one.title,
    );

  it('waits unless an edit of the pull request acts on it', () => {
    expect(acted?.weaknesses.length).toBeGreaterThan(0);
    const open = record.weaknesses.filter((one) => acted?.weaknesses.includes(one.id) !== true);
    expect(titles()).toEqual(open.map((one) => one.title));
    expect(titles().length).toBeLessThan(record.weaknesses.length);
  });

  it('waits again when a person refused the edit', () => {
    expect(titles({ refused: [acted?.id ?? ''] })).toHaveLength(record.weaknesses.length);
  });

  it('is looked for where a campaign mined, and a failed one did not', () => {
    const lines = (records: readonly CampaignRecord[]) => ({
      lines: records.flatMap((record) => ledgerLines(record)),
      unreadable: 0,
    });
    expect(lastMined(lines([]))).toBeNull();
    const failed = named(record, 'b', { ending: FAILED });
    expect(lastMined(lines([named(record, 'a'), failed]))).toBe('a');
    expect(lastMined(lines([failed]))).toBeNull();
  });
});

describe('why nothing was run', () => {
  const why = (records: readonly CampaignRecord[], after: string | null) => {
    const memory = Memory.parse({ version: 1, idle: { reason: 'The week is used.', after } });
    return dashboardState(facts(records, { memory })).idleReason;
  };

  it('is told until a campaign has ended since', () => {
    expect(why([], null)).toBe('The week is used.');
    expect(why([named(CASES.rejected, 'a')], 'a')).toBe('The week is used.');
    expect(why([named(CASES.rejected, 'a')], null)).toBeNull();
    expect(why([named(CASES.rejected, 'a'), named(CASES.rejected, 'b')], 'a')).toBeNull();
  });
});

it('a ledger line of a later version changes nothing of it', () => {
  const lines: LedgerLine[] = ledgerLines(CASES.rejected);
  const text = [...lines.map((line) => JSON.stringify(line)), '{"version":2,"kind":"campaign"}'].join('\n');
  expect(dashboardState(facts([], { ledger: parseLedger(text) })).ended).toHaveLength(1);
});
