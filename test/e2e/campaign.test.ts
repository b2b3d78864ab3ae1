import { afterEach, expect, it } from 'vitest';
import { answered, askForCampaign, type Stage, stage } from './stage.ts';

let on: Stage | undefined;
afterEach(async () => {
  await on?.close();
  on = undefined;
});

it.each([
  ['with the runner, in few dispatches', true],
  ['without it, one arm a dispatch', false],
])(
  'answers /harness improve with a pull request that raises the step budget, at the pace of github.com: %s',
  {
    timeout: 240_000,
  },
  async (_, plans) => {
    on = await stage({ candidates: 2, pace: 'github', plans });
    const { github, repo } = on.fixture;
    const command = askForCampaign(on);
    await answered(on, command, 200_000);
    const [pull] = repo.pulls('open');
    if (pull === undefined) throw new Error('no pull request');
    expect(pull.pull.head.ref).toMatch(/^self-harness\/improve-/);
    expect(await repo.file('agent/harness.yaml', pull.pull.head.ref)).toMatch(
      /^max_steps: (1[4-9]|[2-9]\d) # turns\n$/,
    );
    const answers = repo.comments(command.issue.number).filter((one) => one.user.type === 'Bot');
    expect(answers).toHaveLength(1);
    expect(answers[0]?.body).toContain('Pull request: ');
    expect(command.reactions.map((one) => one.content).sort()).toEqual(['eyes', 'rocket']);
    expect((await repo.branches()).sort()).toEqual(
      ['main', pull.pull.head.ref, 'self-harness/ledger'].sort(),
    );
    const dispatched = repo.runs().filter((run) => run.event === 'workflow_dispatch').length;
    if (plans) expect(dispatched).toBeLessThanOrEqual(6);
    else expect(dispatched).toBeGreaterThan(10);
    github.assertContract();
  },
);
