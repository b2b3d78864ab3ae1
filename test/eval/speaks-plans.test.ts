import { describe, expect, it } from 'vitest';
import { speaksPlans } from '../../src/eval/speaks-plans.ts';

const workflow = (step: string) =>
  `on: workflow_dispatch\njobs:\n  eval:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v5\n      - ${step}\n`;

describe('a workflow that carries out plans', () => {
  it.each([
    'run: npx self-harness-bot eval -- npm test',
    'run: npx --yes self-harness-bot@0.2.0 eval --jobs 2 -- pytest evals',
    'run: self-harness eval -- "make evals"',
    'run: npm ci && npx self-harness eval -- node eval/run.js',
    'run: node_modules/.bin/self-harness eval -- make',
    'run: |\n          npm ci\n          npx self-harness-bot \\\n            eval -- npm test',
    'run: node ./self-harness-bot/src/cli.ts eval -- node eval/run.js',
    'uses: someone/self-harness-bot/eval@0123abc',
  ])('is one with `%s`', (step) => expect(speaksPlans(workflow(step))).toBe(true));

  it.each([
    'run: node eval/run.js',
    'run: npx self-harness-bot improve',
    'run: npx self-harness-bot evaluate',
    'run: node eval/run.js # later: npx self-harness-bot eval -- node eval/run.js',
    'run: echo my-self-harness eval',
    'name: self-harness eval',
    'uses: someone/self-harness-bot@v1',
  ])('is none with `%s`', (step) => expect(speaksPlans(workflow(step))).toBe(false));

  it('is none where it is no workflow', () => {
    for (const text of ['', '[', 'a: &a [*a]', 'jobs: 3', '# self-harness eval'])
      expect(speaksPlans(text)).toBe(false);
  });
});
