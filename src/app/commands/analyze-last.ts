/**
 * `/harness analyze`: the weaknesses in the traces of the last evaluation of the default branch. Runs nothing.
 */
import { cellCode, inlineCode } from '../../evidence/markdown/code.ts';
import { cellProse } from '../../evidence/markdown/prose.ts';
import { table } from '../../evidence/markdown/table.ts';
import { examine } from '../../mining/examine.ts';
import { mine } from '../../mining/mine.ts';
import { readTraces } from '../../traces/read/read.ts';
import { readConfig } from '../campaigns/start-campaign.ts';
import type { Answer, Obedience } from './run-command.ts';

export async function analyzeLast({ bot, forge, durable }: Obedience): Promise<Answer> {
  return durable.step('analyze', async (): Promise<Answer> => {
    const config = await readConfig(forge);
    if (config === null)
      return { kind: 'refused', text: 'The default branch has no valid `.github/self-harness.yml`.' };
    const [last] = await forge.pastEvaluations(config.eval.workflow ?? '', config.eval.artifacts, 1);
    if (last === undefined) {
      return {
        kind: 'refused',
        text: `No ended run of ${inlineCode(config.eval.workflow ?? '')} on the default branch has traces.`,
      };
    }
    const diagnoses = [];
    const reading = readTraces(await forge.evaluationTraces(last), {
      passThreshold: config.eval.pass_threshold,
    });
    for await (const trial of reading) diagnoses.push(examine(trial));
    const { weaknesses, setApart } = mine(diagnoses, { surfaces: config.surfaces });
    const failed = diagnoses.filter((diagnosis) => diagnosis.outcome === 'fail').length;
    const rows = weaknesses.map(({ title, trials, tasks, addressable, surfaces }) => [
      cellProse(title),
      String(trials.length),
      String(tasks.length),
      addressable ? surfaces.map(cellCode).join(', ') : 'none',
    ]);
    const found = table(['weakness', 'trials', 'tasks', 'surfaces that could act'], rows);
    const text = [
      `${diagnoses.length} trials of ${last.url ?? 'the last evaluation'}: ${failed} failed.`,
      weaknesses.length === 0 ? 'No recurring weakness was found.' : found,
      setApart.length === 0
        ? ''
        : `${setApart.length} tasks are set apart (environment, verifier, beyond the model, unexplained).`,
    ];
    return { kind: 'done', text: await bot.redact(text.filter((part) => part !== '').join('\n\n')) };
  });
}
