import { expect, test } from 'vitest';
import { applyEdits } from '../../src/harness/apply.ts';
import type { Surface } from '../../src/harness/surface.ts';
import type { Weakness } from '../../src/mining/weakness.ts';
import { catalogProposals } from '../../src/proposing/catalog/catalog.ts';
import { pruneProposals } from '../../src/proposing/catalog/prune.ts';
import type { Proposal } from '../../src/proposing/proposal.ts';
import { prompt, proposal, rule, runtime, turn, weakness } from './builders.ts';

const PROMPT = '# Agent\n\n## Rules\n\n- Be brief.\n- Be exact.\n';
const STEPS = 'max_steps: 12 # per run\n';
const steps = runtime({ pointer: '/max_steps', role: 'step_budget' });
const surfaces = [prompt(), steps];

function apply(surface: Surface, content: string, one: Proposal): string {
  const result = applyEdits(surface, content, one.edits);
  if (!result.ok) throw new Error(result.failure.message);
  return result.content;
}

/** What pruning proposes once `accepted` stands in the contents. */
function prune(
  contents: [string, string],
  accepted: Proposal[],
  weaknesses: Weakness[] = [],
  refused: string[] = [],
) {
  const [text, knobs] = contents;
  return pruneProposals({
    surfaces,
    contents: new Map([
      ['prompt', text],
      ['runtime', knobs],
    ]),
    accepted,
    weaknesses,
    refused: new Set(refused),
  });
}

const [addedRule, raisedSteps] = ['stopped_early', 'step_budget_exhausted'].map((mechanism) => {
  const [first] = catalogProposals({
    weaknesses: [weakness(mechanism as 'stopped_early')],
    surfaces,
    contents: new Map([
      ['prompt', PROMPT],
      ['runtime', STEPS],
    ]),
    refused: new Set(),
  });
  if (first === undefined) throw new Error(`no proposal for ${mechanism}`);
  return first;
}) as [Proposal, Proposal];

const edited: [string, string] = [apply(prompt(), PROMPT, addedRule), apply(steps, STEPS, raisedSteps)];

test('an accepted rule and an accepted turn are proposed to be taken back, and that restores every byte', () => {
  const [first, second, ...rest] = prune(edited, [addedRule, raisedSteps]);
  expect(rest).toEqual([]);
  if (first === undefined || second === undefined) throw new Error('nothing to prune');
  expect(apply(prompt(), edited[0], first)).toBe(PROMPT);
  expect(apply(steps, edited[1], second)).toBe(STEPS);
  expect(first).toMatchObject({ operator: 'prune_edit', weaknesses: [], mechanism: 'stopped_early' });
});

test('an edit whose mechanism is still mined comes first: it does not seem to work', () => {
  const [first] = prune(edited, [addedRule, raisedSteps], [weakness('step_budget_exhausted')]);
  expect(first?.surface).toBe('runtime');
  expect(first?.hypothesis).toContain('still mined');
});

test('what was changed since, or is gone, is left alone', () => {
  expect(prune([PROMPT, STEPS], [addedRule, raisedSteps])).toEqual([]);
  expect(
    prune([edited[0].replace('the task once more', 'it'), 'max_steps: 30\n'], [addedRule, raisedSteps]),
  ).toEqual([]);
});

test('a pruning that did not hold is not proposed again', () => {
  const ids = prune(edited, [addedRule, raisedSteps]).map((one) => one.id);
  expect(prune(edited, [addedRule, raisedSteps], [], ids)).toEqual([]);
});

test('a turn whose earlier value is unknown cannot be taken back', () => {
  const model = proposal([turn('/max_steps', 24)], { surface: 'runtime', origin: 'model' });
  expect(prune([PROMPT, 'max_steps: 24\n'], [model])).toEqual([]);
});

test('a replaced wording is put back', () => {
  const reworded = proposal([{ op: 'replace', anchor: 'Be brief.', text: 'Use at most five sentences.' }]);
  const [first] = prune([apply(prompt(), PROMPT, reworded), STEPS], [reworded]);
  expect(first && apply(prompt(), apply(prompt(), PROMPT, reworded), first)).toBe(PROMPT);
});

test('a rule that says again what an earlier one says is proposed for deletion, other rules of people are not', () => {
  const twice = apply(
    prompt(),
    PROMPT,
    proposal([
      rule('Verify the result against every requirement before you finish.'),
      rule('Before finishing, verify results against each of the requirements.'),
    ]),
  );
  const proposals = prune([twice, STEPS], []);
  expect(proposals.map((one) => one.operator)).toEqual(['prune_repeated_rule']);
  const [first] = proposals;
  expect(first && apply(prompt(), twice, first)).toBe(
    `${PROMPT}- Verify the result against every requirement before you finish.\n`,
  );
});
