/**
 * A config in words: what holds, what it lets the bot do, and what is wrong with it.
 */
import { type ConfigProblem, formatProblem } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import type { ConfigFinding } from './config-findings.ts';

/** What a valid config means, for the summary of a check run. */
export function configMeaning(config: Config): string {
  const surfaces = config.surfaces.map((surface) => {
    const pointers = [...surface.knobs.map((knob) => knob.pointer), ...surface.pointers];
    const what = pointers.length === 0 ? 'its text' : pointers.map(inlineCode).join(', ');
    return `- ${inlineCode(surface.id)}: ${inlineCode(surface.path)}, ${what}`;
  });
  const { eval: evaluation, gate, budget, proposer } = config;
  return [
    '**It may edit**',
    surfaces.join('\n'),
    '**It evaluates by**',
    `- dispatching ${evaluation.workflow === undefined ? 'nothing: `eval.workflow` is not set' : inlineCode(evaluation.workflow)}, and reading artifacts named ${inlineCode(evaluation.artifacts)}`,
    '**It starts**',
    startLines(config).join('\n'),
    '**It spends at most**',
    `- ${budget.trials.toLocaleString('en-GB')} trials a campaign: ${gate.baseline_passes} baseline passes, then up to ${gate.max_passes} passes for ${proposer.candidates} edits`,
    `- ${proposer.model === null ? 'no model calls: `proposer.model` is not set, so edits come from the catalog' : `${budget.tokens.toLocaleString('en-GB')} tokens of ${inlineCode(proposer.model)}`}`,
    '**It accepts an edit by**',
    `- the rule ${inlineCode(gate.rule)}, with alpha ${gate.alpha}`,
  ].join('\n\n');
}

function startLines({ triggers, budget }: Config): string[] {
  const lines = [
    triggers.workflow_run ? '- when the eval workflow ends on the default branch' : null,
    triggers.schedule === null ? null : `- at ${inlineCode(triggers.schedule)} (UTC)`,
    triggers.comments ? '- on `/harness improve` of a person with write permission' : null,
  ].filter((line) => line !== null);
  if (lines.length === 0) return ['- never: every trigger is off'];
  return [...lines, `- by itself at most ${budget.campaigns_per_week} times in seven days`];
}

/** Findings as a list. */
export function findingLines(findings: readonly ConfigFinding[]): string {
  return findings.map(({ message, mend }) => `- ${prose(message)} ${mend}`).join('\n');
}

/** Problems of a config that does not load, as a list with places. */
export function problemLines(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `- ${inlineCode(formatProblem(problem))}`).join('\n');
}
