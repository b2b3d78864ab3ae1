/** The bodies a reviewer may meet. */
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import type { TrajectoryLines } from '../../src/evidence/links.ts';
import { aRecord } from './records.ts';

export const HOSTILE =
  '@admin fixes #1 GH-2 owner/repo#3 <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](http://evil.example/p.png)\n```\n</details>\n| a | b |\n~~~\n\u202egnp.exe <!-- --> www.evil.example 0123abcdef0123abcdef0123abcdef0123abcdef $x$ :tada:';

/** Each fixes the tasks that one weakness in six is of. */
const good = Array.from({ length: 6 }, (_, edit) => ({
  rate: 0.97,
  on: (place: number) => place % 6 === edit,
}));

export const CASES = {
  'one-edit': aRecord({
    edits: [{ rate: 0.9 }, { rate: 0.1 }],
    sealed: 6,
    runUrl: 'https://github.com/acme/agent/actions/runs/7',
  }),
  'six-edits': aRecord({ edits: good, sealed: 6 }),
  rejected: aRecord({
    edits: [
      { rate: 0.05 },
      { rate: 0.1 },
      { rate: 1, refused: 'guard "size": the edit adds 2,100 characters; at most 1,200 are allowed' },
    ],
  }),
  unresolved: aRecord({ edits: [{ rate: 0.42 }, { rate: 0.4 }], passes: 3 }),
  stale: aRecord({ edits: [{ rate: 0.9 }], sealed: 6 }),
  shrunk: aRecord({
    edits: good.map((one) => ({ ...one, diff: longDiff() })),
    excerpts: 9,
    quote: 'x'.repeat(2900),
    sealed: 6,
  }),
  pruned: aRecord({
    edits: [
      {
        rate: 0.36,
        title: 'Take back: Raise knob 1 to 20',
        hypothesis:
          'The mechanism it was meant for is not mined any more; it may have become unnecessary. Without it no task should do worse, and a run should cost less.',
      },
    ],
    margin: 0.3,
  }),
  alternatives: aRecord({
    edits: [{ rate: 0.95 }, { rate: 0.9, title: 'Raise knob 1 to 30' }],
    leftOut: {
      candidate: 'c2',
      reason: 'Accepted alone, but c1 turns the same value, and only one of them can be had.',
    },
  }),
  hostile: aRecord({
    edits: [
      { rate: 0.9, title: HOSTILE, hypothesis: HOSTILE, origin: 'model' },
      { rate: 0.1, title: HOSTILE },
      { rate: 1, refused: HOSTILE },
    ],
    tasks: Array.from({ length: 36 }, (_, i) => `${i} ${HOSTILE}`),
    quote: HOSTILE,
    message: HOSTILE,
    reason: `${HOSTILE} and another text`,
    tool: HOSTILE,
    sealed: 6,
  }),
} satisfies Record<string, CampaignRecord>;

export const STALE = { head: 'c'.repeat(40), changed: ['agent/harness.yaml', 'eval/run.js'] };

/** Lines as if every trial had been kept, ten lines each. */
export const LINKS_LINES: TrajectoryLines = new Map(
  Object.values(CASES)
    .flatMap((record) => record.weaknesses.flatMap((weakness) => weakness.evidence.map((one) => one.trial)))
    .map((trial, index) => [
      trial,
      { first: 10 * index + 1, last: 10 * index + 9, steps: new Map([[3, 10 * index + 5]]) },
    ]),
);

function longDiff(): string {
  const lines = Array.from(
    { length: 90 },
    (_, i) => `+line ${i} of a long change to the prompt of the agent`,
  );
  return `--- a/agent/prompt.md\n+++ b/agent/prompt.md\n@@ -1,1 +1,91 @@\n # Agent\n${lines.join('\n')}\n`;
}
