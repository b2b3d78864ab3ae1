import { expect, it } from 'vitest';
import type { CampaignContext, Prepared } from '../../src/campaign/context.ts';
import { pastBaseline } from '../../src/campaign/evaluate/history.ts';
import { prepare } from '../../src/campaign/evaluate/prepare.ts';
import type { EvaluationHandle, Forge } from '../../src/forge/forge.ts';
import { memoryForge } from './memory-forge.ts';
import { CONFIG, depsOf, FILES, input, straight, TASKS, worked } from './scenario.ts';

const SURFACE = 'app/[slug]/harness.yaml';
const files = {
  ...FILES,
  '.github/self-harness.yml': CONFIG.replace('agent/harness.yaml', SURFACE).replace(
    'eval:\n',
    'eval:\n  workflow: eval.yml\n',
  ),
  [SURFACE]: 'max_steps: 10\n',
};

/** Evaluations that are read as baseline, of one that ran where the given files were different. */
async function readOf(different: Readonly<Record<string, string>>): Promise<string[]> {
  const forge = await memoryForge({ files, tasks: TASKS, draw: () => worked(1, 1) });
  const { commits } = await forge.putBranch('other', 'base', [
    { message: 'x', files: new Map(Object.entries(different)) },
  ]);
  const read: string[] = [];
  const past = { key: 'run-1', id: '1', url: null, order: { commit: commits[0], request: { tasks: 'all' } } };
  const host: Forge = {
    ...forge,
    pastEvaluations: async () => [past as EvaluationHandle],
    evaluationTraces: async ({ key }) => {
      read.push(key);
      return [];
    },
  };
  const preparation = await prepare(host, new Date(0));
  if (!preparation.ok) throw new Error(preparation.reason);
  const context: CampaignContext = {
    input: input(),
    forge: host,
    deps: depsOf(host),
    durable: straight,
    ordered: new Map(),
    gathered: [],
    open: new Map(),
  };
  const prepared: Prepared = { ...preparation.foundation, plans: false };
  await pastBaseline(context, prepared);
  await forge.remove();
  return read;
}

it('a past evaluation counts where neither harness nor evaluator differ', async () => {
  expect(await readOf({ 'README.md': 'words' })).toEqual(['run-1']);
});

it.each([
  ['a surface whose path looks like a glob', SURFACE],
  ['a file of the evaluator with a line break in its name', 'eval/task\n1.json'],
])('a past evaluation does not count where it differs in %s', async (_, path) => {
  expect(await readOf({ [path]: 'max_steps: 50\n' })).toEqual([]);
});
