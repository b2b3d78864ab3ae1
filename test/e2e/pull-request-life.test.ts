import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMarker } from '../../src/evidence/pull-request/marker.ts';
import { eventually, type Stage, said, stage } from './stage.ts';

let on: Stage;

beforeEach(async () => {
  on = await stage({ candidates: 2 });
});

afterEach(async () => {
  on.fixture.github.assertContract();
  await on.close();
});

async function improved() {
  const { repo } = on.fixture;
  const issue = repo.openIssue({ title: 'Make it better', by: 'maintainer' });
  repo.comment(issue.number, '/harness improve', 'maintainer');
  const pull = await eventually(on, () => repo.pulls('open')[0]);
  await said(on, issue.number, 'Pull request: ');
  return { issue, pull, branch: pull.pull.head.ref };
}

const memory = async () => {
  const text = await on.fixture.repo.file('memory.json', 'self-harness/ledger');
  return text === undefined ? undefined : JSON.parse(text);
};

describe('the life of the bot’s pull request', { timeout: 240_000 }, () => {
  it('follows its base, keeps one at a time, and remembers what was closed until it is reopened', async () => {
    const { repo } = on.fixture;
    const { issue, pull, branch } = await improved();
    const before = await repo.head(branch);
    const edits = (await repo.repository.git.log(before, { base: await repo.head() })).length;

    repo.comment(issue.number, '/harness improve', 'maintainer');
    await said(on, issue.number, 'one at a time');

    const moved = await repo.pushCommit({ files: { 'README.md': 'More words.\n' } });
    const head = await eventually(on, async () => {
      const now = await repo.head(branch);
      return now === before ? undefined : now;
    });
    expect(await repo.repository.git.log(head, { base: moved })).toHaveLength(edits);
    expect(pull.state).toBe('open');
    expect(pull.body).not.toContain('stale');
    const checkOf = (commit: string) =>
      repo.checks(commit).find((one) => one.name === 'self-harness' && one.conclusion !== null);
    const check = await eventually(on, () => checkOf(head));
    expect(check.conclusion).toBe('success');

    // Its button measures the branch as it is, once, for those who may.
    repo.pressCheckButton(check, 'revalidate', 'reader');
    repo.pressCheckButton(check, 'revalidate', 'maintainer');
    repo.pressCheckButton(check, 'revalidate', 'maintainer');
    const review = await eventually(on, () =>
      repo.checks(head).find((one) => one.name === 'self-harness review' && one.conclusion !== null),
    );
    expect(review.conclusion).toBe('success');
    await on.fixture.github.settled();
    expect(repo.checks(head)).toHaveLength(2);

    await repo.pushCommit({ files: { 'eval/note.md': 'The evaluator moved.\n' } });
    await eventually(on, () => (pull.body?.includes('These figures are stale') ? true : undefined));
    expect(pull.state).toBe('open');
    await eventually(on, async () => checkOf(await repo.head(branch))?.conclusion === 'neutral' || undefined);

    await repo.close(pull.number, 'maintainer');
    await said(on, pull.number, 'shall not propose');
    const closed = await eventually(on, async () =>
      (await memory())?.refused.length > 0 ? memory() : undefined,
    );
    expect(closed.refused).toHaveLength(edits);

    repo.reopen(pull.number, 'maintainer');
    await eventually(on, async () => ((await memory())?.refused.length === 0 ? true : undefined));
  });

  it('never moves a branch that a person works on, and says so once', async () => {
    const { repo } = on.fixture;
    const { pull, branch } = await improved();
    const theirs = await repo.pushCommit({ branch, files: { 'NOTES.md': 'Mine.\n' }, by: 'maintainer' });
    await said(on, pull.number, 'the branch is yours');
    await repo.pushCommit({ files: { 'README.md': 'More words.\n' } });
    await repo.pushCommit({ files: { 'README.md': 'Even more words.\n' } });
    await on.fixture.github.settled();
    const found = parseMarker(pull.body ?? '');
    const [edit] = found.kind === 'found' ? found.marker.edits : [];
    repo.comment(pull.number, `/harness drop ${edit?.candidate}`, 'maintainer');
    await said(on, pull.number, 'holds a commit that is not mine');
    expect(await repo.head(branch)).toBe(theirs);
    const notes = repo.comments(pull.number).filter((one) => one.body.includes('the branch is yours'));
    expect(notes).toHaveLength(1);
  });

  it('overwrites no commit that a person pushes while the branch is being made again', async () => {
    const { repo, github } = on.fixture;
    const { branch } = await improved();
    await github.settled();
    const mark = github.log.mark();
    github.setFaults([{ operations: ['git/create-commit'], fault: { kind: 'slow', delay: 1_500 } }]);
    await repo.pushCommit({ files: { 'README.md': 'More words.\n' } });
    // The tree of the first commit is made: the branch was looked at, and is moved in a moment.
    await eventually(on, () =>
      github.log.entries.slice(mark).find((one) => one.operation === 'git/create-tree'),
    );
    const theirs = await repo.pushCommit({ branch, files: { 'NOTES.md': 'Mine.\n' }, by: 'maintainer' });
    await eventually(
      on,
      () => /A person works on the branch|Refreshed/.exec(on.log().slice(-100_000)) ?? undefined,
    );
    github.setFaults([]);
    await github.settled();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await repo.head(branch)).toBe(theirs);
    expect(github.log.entries.slice(mark).filter((one) => one.operation === 'git/create-commit')).not.toEqual(
      [],
    );
  });

  it('is not put on the default branch where a person gave it another base', async () => {
    const { repo, github } = on.fixture;
    const { pull, branch } = await improved();
    await repo.pushCommit({ branch: 'release', files: { 'RELEASE.md': 'Soon.\n' } });
    await github.settled();
    pull.pull.base.ref = 'release';
    await repo.pushCommit({ files: { 'MAIN.md': 'Not for the release.\n' } });
    await github.settled();
    await repo.pushCommit({ branch: 'release', files: { 'RELEASE.md': 'Now.\n' } });
    await eventually(on, () => (/"Refreshed/.test(on.log()) ? true : undefined), 15_000);
    await github.settled();
    expect(await repo.file('MAIN.md', branch)).toBeUndefined();
    expect(pull.state).toBe('open');
  });

  it('drops an edit for a writer and for nobody else; the last one closes the pull request', async () => {
    const { repo } = on.fixture;
    const { pull } = await improved();
    const found = parseMarker(pull.body ?? '');
    const edits = found.kind === 'found' ? found.marker.edits.map((one) => one.candidate) : [];
    const [edit = '', ...others] = edits;
    const branch = pull.pull.head.ref;
    repo.comment(pull.number, `/harness drop ${edit}`, 'reader');
    await said(on, pull.number, 'This needs write permission');
    expect(pull.state).toBe('open');
    repo.comment(pull.number, '/harness drop c99', 'maintainer');
    await said(on, pull.number, 'no such edit');
    if (others.length > 0) {
      repo.comment(pull.number, `/harness drop ${edit}`, 'maintainer');
      await said(on, pull.number, `\`${edit}\` is out of`);
      expect(pull.state).toBe('open');
      const commits = await repo.repository.git.log(await repo.head(branch), { base: await repo.head() });
      expect(commits).toHaveLength(others.length);
      expect(pull.body).toContain(`**${edit}** was taken out`);
    }
    const rest = others.length > 0 ? others : [edit];
    for (const one of rest) {
      repo.comment(pull.number, `/harness drop ${one}`, 'maintainer');
      await said(on, pull.number, one === rest.at(-1) ? 'was the only edit' : `\`${one}\` is out of`);
    }
    expect(pull.state).toBe('closed');
    expect((await memory()).refused).toHaveLength(edits.length);
  });
});

describe('/harness validate', { timeout: 240_000 }, () => {
  it('runs the gate on a person’s pull request and reports in a check run with buttons', async () => {
    const { repo, github } = on.fixture;
    const head = await repo.pushCommit({
      branch: 'topic',
      files: { 'agent/harness.yaml': 'max_steps: 20 # turns\n' },
      by: 'maintainer',
    });
    const pull = await repo.openPullRequest({ title: 'More steps', head: 'topic', by: 'maintainer' });
    repo.comment(pull.number, '/harness validate', 'reader');
    await said(on, pull.number, 'This needs write permission');
    expect(repo.checks(head)).toEqual([]);

    const comment = repo.comment(pull.number, '/harness validate', 'maintainer');
    await eventually(on, () => comment.reactions.find((one) => one.content === 'rocket'));
    const [check] = repo.checks(head);
    expect([check?.status, check?.conclusion]).toEqual(['completed', 'success']);
    expect(check?.annotations.map(({ path, start_line }) => [path, start_line])).toEqual([
      ['agent/harness.yaml', 1],
    ]);
    for (const { label, description, identifier } of check?.actions ?? []) {
      expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([
        true,
        true,
        true,
      ]);
    }
    await github.settled();
    expect((await repo.branches()).filter((name) => name.startsWith('self-harness/v'))).toEqual([]);

    if (check === undefined) throw new Error('no check');
    repo.pressCheckButton(check, 'revalidate', 'reader');
    await github.settled();
    expect(repo.checks(head)).toHaveLength(1);
    repo.pressCheckButton(check, 'revalidate', 'maintainer');
    const again = await eventually(on, () =>
      repo.checks(head).find((one) => one !== check && one.conclusion !== null),
    );
    expect(again.conclusion).toBe('success');
    expect(repo.comments(pull.number).filter((one) => one.body.includes('self-harness:review'))).toHaveLength(
      1,
    );
  });

  it('refuses a fork, a changed evaluator and a change of no surface, and spends nothing', async () => {
    const { repo } = on.fixture;
    const runs = repo.runs().length;
    await repo.pushCommit({
      branch: 'cheat',
      files: { 'agent/harness.yaml': 'max_steps: 20\n', 'eval/run.js': '' },
    });
    await repo.pushCommit({ branch: 'docs', files: { 'README.md': 'Words.\n' } });
    const fork = await repo.fork('stranger');
    await fork.pushCommit({ branch: 'theirs', files: { 'agent/harness.yaml': 'max_steps: 20\n' } });
    for (const [head, words] of [
      ['cheat', 'changes what judges it'],
      ['docs', 'changes no declared surface'],
      ['stranger:theirs', 'comes from a fork'],
    ] as const) {
      const pull = await repo.openPullRequest({
        title: head,
        head,
        by: head.includes(':') ? 'stranger' : 'maintainer',
      });
      repo.comment(pull.number, '/harness validate', 'maintainer');
      await said(on, pull.number, words);
    }
    expect(repo.runs()).toHaveLength(runs);
    expect((await repo.branches()).filter((name) => name.startsWith('self-harness/'))).toEqual([]);
  });
});
