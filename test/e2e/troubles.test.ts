import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule } from '../github/server/faults.ts';
import {
  answered,
  askForCampaign,
  endState,
  eventually,
  type Stage,
  type StageOptions,
  stage,
} from './stage.ts';

// What GitHub does on a bad day, and what other GitHubs do: a campaign ends as it does on a good one.

let open: Stage[] = [];
afterEach(async () => {
  for (const one of open) await one.close();
  open = [];
});

async function opened(options: StageOptions = {}): Promise<Stage> {
  const on = await stage({ candidates: 2, ...options });
  open.push(on);
  return on;
}

let clean: unknown;
beforeAll(async () => {
  const on = await stage({ candidates: 2 });
  const command = askForCampaign(on);
  await answered(on, command);
  clean = await endState(on, command);
  await on.close();
}, 120_000);

describe('a campaign ends as on a good day', { timeout: 180_000 }, () => {
  it('on an Enterprise Server that does not name the run it started', async () => {
    const on = await opened({ github: { dispatch: 'ghes-3.20' } });
    const command = askForCampaign(on);
    await answered(on, command, 120_000);
    expect(await endState(on, command)).toEqual(clean);
    on.fixture.github.assertContract();
  });

  it('where somebody cancels runs of its evaluation', async () => {
    const on = await opened({ env: { EVAL_MS: '300' } });
    const { repo } = on.fixture;
    const command = askForCampaign(on);
    const cancelled = new Set<string>();
    for (const arm of ['baseline-1', 'experiment-1']) {
      const run = await eventually(on, () =>
        repo.runs().find((one) => one.branch?.endsWith(`/${arm}`) && one.status === 'in_progress'),
      );
      repo.cancelRun(run.id);
      cancelled.add(arm);
    }
    await answered(on, command, 120_000);
    expect(repo.runs().filter((run) => run.conclusion === 'cancelled')).toHaveLength(cancelled.size);
    expect(repo.pulls('open')).toHaveLength(1);
    const record = JSON.parse((await campaignFile(on, command.id)) ?? '{}');
    expect(record.ending.kind).toBe('opened');
    expect(record.final.figures.invalid).toEqual({ baseline: 0, candidate: 0 });
    on.fixture.github.assertContract();
  });

  it.each<[string, FaultRule[]]>([
    [
      'every tenth request answered 502',
      [{ chance: 0.1, times: 12, fault: { kind: 'status', status: 502 } }],
    ],
    [
      'connections that break after the request took effect',
      [
        { operations: ['pulls/create'], times: 1, fault: { kind: 'reset', when: 'after' } },
        { operations: ['git/create-ref'], times: 3, fault: { kind: 'reset', when: 'after' } },
        {
          operations: ['actions/create-workflow-dispatch'],
          times: 2,
          fault: { kind: 'reset', when: 'after' },
        },
        { operations: ['issues/create-comment'], times: 1, fault: { kind: 'reset', when: 'after' } },
        { operations: ['checks/create'], times: 1, fault: { kind: 'reset', when: 'after' } },
      ],
    ],
    [
      'secondary limits and slow answers',
      [
        { operations: ['git/create-commit'], times: 1, fault: { kind: 'secondary', retryAfter: 1 } },
        { chance: 0.2, fault: { kind: 'slow', delay: 200 } },
      ],
    ],
  ])('with %s', async (_name, rules) => {
    const on = await opened();
    const command = askForCampaign(on);
    await eventually(on, () => command.reactions[0]);
    on.fixture.github.setFaults(rules);
    await answered(on, command, 150_000);
    on.fixture.github.setFaults([]);
    expect(await endState(on, command)).toEqual(clean);
    on.fixture.github.assertContract();
  });
});

function campaignFile(on: Stage, comment: number): Promise<string | undefined> {
  return on.fixture.repo.file(`campaigns/c${comment}/campaign.json`, 'self-harness/ledger');
}
