/**
 * What the campaign spent and by what it can be told apart from another.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { count, counted, duration, rate, usd } from '../figure.ts';
import { cellCode } from '../markdown/code.ts';
import { cellProse } from '../markdown/prose.ts';
import { fold, table } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import type { Section, Telling } from './section.ts';

export function figuresSection({ record }: Telling): Section {
  const text = (rows: (record: CampaignRecord) => string[][]) => () =>
    fold('<b>Figures</b>: what was spent, seed, hashes, model', table(['What', 'Value'], rows(record)));
  return {
    rank: 60,
    forms: [
      text((one) => [...spentRows(one), ...identityRows(one), ...noteRows(one)]),
      text((one) => [...spentRows(one), ...identityRows(one)]),
    ],
  };
}

function spentRows(record: CampaignRecord): string[][] {
  const { agent, proposer, duration_ms: took } = record.spent;
  const { outcomes } = record;
  const tokens = agent.tokens === null ? 'tokens not measured' : `${count(agent.tokens)} tokens`;
  const money = agent.cost_usd === null ? 'cost not measured' : usd(agent.cost_usd);
  const own =
    proposer.calls === 0
      ? 'no model was asked'
      : `${counted(proposer.calls, 'call')}, ${count(proposer.input_tokens)} tokens in, ${count(proposer.output_tokens)} out, ${proposer.cost_usd === null ? 'cost not known' : usd(proposer.cost_usd)}`;
  return [
    [
      'Trials of the agent',
      `${count(agent.trials)} in ${counted(agent.evaluations, 'evaluation')}, ${tokens}, ${money}`,
    ],
    [
      'Outcomes',
      `${count(outcomes.pass)} pass, ${count(outcomes.fail)} fail, ${count(outcomes.invalid)} invalid, ${count(outcomes.skipped)} skipped. Invalid ones (the machine, the network, the verifier) are not counted.`,
    ],
    ['Proposing', own],
    ['Time', duration(took)],
  ];
}

function identityRows(record: CampaignRecord): string[][] {
  const { settings, splits, hashes, base } = record;
  const rule =
    settings.rule === 'paper'
      ? 'the published rule'
      : `one experiment for all edits, α ${settings.alpha}, at most ${counted(settings.passes + settings.extra_passes, 'pass', 'passes')} in blocks of ${count(Math.max(1, settings.blocks))} a pass`;
  const rows = [
    ['Test', rule],
    [
      'Tasks',
      `${counted(splits.held_in.length, 'held-in task')}, ${count(splits.held_out.length)} held-out, ${count(splits.sealed.length)} sealed. This held-out set has gated ${counted(splits.held_out_uses, 'campaign')}.`,
    ],
    ['Seed', String(settings.seed)],
    [
      'Agent',
      `${record.agent.name === null ? '' : `${cellCode(clipped(record.agent.name, 80))}, `}model ${cellCode(clipped(record.agent.model, 120))}`,
    ],
    ['Proposer', proposerWords(record)],
    ['Campaign', `${cellCode(record.id)}, started by ${cellProse(clipped(record.trigger, 200))}`],
    ['Base', `${cellCode(clipped(base.branch, 120))} at ${cellCode(base.commit)}`],
    ['Harness hash', cellCode(hashes.harness)],
    ...(record.final === null ? [] : [['Harness hash with the edits', cellCode(record.final.harness_hash)]]),
    ['Evaluator hash', cellCode(hashes.evaluator)],
    ...(record.bot === undefined ? [] : [['Made by', `self-harness-bot ${cellProse(record.bot)}`]]),
  ];
  if (record.baseline !== null) {
    rows.push([
      'Baseline',
      `held-in ${rate(record.baseline.held_in)}, held-out ${rate(record.baseline.held_out)}`,
    ]);
  }
  return rows;
}

function proposerWords({ proposer }: CampaignRecord): string {
  const model = proposer.model === null ? '' : ` (${cellCode(clipped(proposer.model, 120))})`;
  return {
    catalog: 'catalog: vetted edits, no model',
    self: `self: the agent's own model${model}`,
    external: `external: another model than the agent's${model}`,
  }[proposer.label];
}

function noteRows(record: CampaignRecord): string[][] {
  const notes = [...new Set(record.notes)].slice(0, 12);
  return notes.map((note) => ['Note', cellProse(clipped(note, 400))]);
}
