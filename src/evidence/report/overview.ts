/**
 * The top of the report: what changes, what it gained, how sure that is, what it cost; then every edit tried.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { change, count, counted, duration, effect, percent, rate, times, usd } from '../figure.ts';
import { mechanismWords } from '../pull-request/edits.ts';
import { marginWords } from '../pull-request/sureness.ts';
import { type Html, html, htmlTable } from './html.ts';

export function overviewSection(record: CampaignRecord): Html {
  const { final, ending } = record;
  return html`<section id="overview"><h2>Overview</h2>
<p class="lead"><strong>${ENDINGS[ending.kind]}</strong> ${ending.reason}</p>
${final === null ? null : cards(record)}
${record.candidates.length === 0 ? html`<p>No edit was tried.</p>` : editTable(record)}
</section>`;
}

const ENDINGS = {
  opened: 'A change is proposed.',
  nothing_to_fix: 'There is nothing to change.',
  nothing_accepted: 'No change is proposed.',
  not_confirmed: 'No change is proposed.',
  unresolved: 'Nothing could be proven yet.',
  cancelled: 'Cancelled.',
  failed: 'Failed.',
} as const;

type Card = readonly [name: string, value: string, note: string];

function cards({ final, spent, splits, settings }: CampaignRecord): Html | null {
  if (final === null) return null;
  const { pass, score, flips, cost, passes } = final.figures;
  const tasks = splits.held_in.length + splits.held_out.length + splits.sealed.length;
  const tokens = times(cost.tokens);
  const cells: readonly (Card | null)[] = [
    [
      'Pass rate',
      `${share(pass.overall.baseline)} → ${share(pass.overall.candidate)}`,
      `${change(pass.overall)} points, 95 % interval; ${counted(passes, 'fresh run')} of every task on both`,
    ],
    score === null
      ? null
      : [
          'Share of checks passed',
          `${share(score.overall.baseline)} → ${share(score.overall.candidate)}`,
          `${change(score.overall)} points`,
        ],
    settings.margin === null
      ? null
      : ['Loss ruled out', `> ${marginWords(settings.margin)}`, 'a deletion need not help'],
    [
      `Tasks changed, of ${tasks}`,
      `${flips.gained.length} ▲ ${flips.lost.length} ▼`,
      'mostly fails → mostly passes, and back',
    ],
    pass.sealed === null
      ? null
      : [
          `Sealed tasks, which no decision saw: ${splits.sealed.length}`,
          `${share(pass.sealed.baseline)} → ${share(pass.sealed.candidate)}`,
          `${change(pass.sealed)} points`,
        ],
    tokens === null ? null : ['Tokens of a run', tokens, 'with the change, of one without'],
    ['Spent to find out', counted(spent.agent.trials, 'trial'), duration(spent.duration_ms)],
  ];
  return html`<dl class="cards">${cells.map((card) => (card === null ? null : html`<div><dt>${card[0]}</dt><dd><b>${card[1]}</b><span>${card[2]}</span></dd></div>`))}</dl>`;
}

function share({ pass, n }: { pass: number; n: number }): string {
  return n === 0 ? 'no trials' : percent(pass / n);
}

function editTable(record: CampaignRecord): Html {
  const rows = record.candidates.map(({ id, proposal, verdict, decision, reason }) => [
    html`<b>${id}</b> ${proposal.title}`,
    mechanismWords(proposal.mechanism),
    html`<span class="decision ${decision}">${decision}</span>${record.final?.candidates.includes(id) ? html` <span class="note">kept</span>` : null}${record.final?.left_out.some((one) => one.candidate === id) ? html` <span class="note">left out</span>` : null}`,
    html`<span class="fig">${effect(verdict?.effect.held_in)}</span>`,
    html`<span class="fig">${effect(verdict?.effect.held_out)}</span>`,
    reason,
  ]);
  return htmlTable(
    'Edits tried',
    ['Edit', 'What it should fix', 'Decision', 'Effect, held-in', 'Effect, held-out', 'Why'],
    rows,
    'whole',
  );
}

/** Everything by which the campaign can be told apart and run again. */
export function figuresSection(record: CampaignRecord): Html {
  const { spent, settings, hashes, base, agent, proposer, splits, outcomes } = record;
  const rows: [string, string][] = [
    ['Trials', `${count(spent.agent.trials)} in ${counted(spent.agent.evaluations, 'evaluation')}`],
    [
      'Outcomes',
      `${count(outcomes.pass)} pass, ${count(outcomes.fail)} fail, ${count(outcomes.invalid)} invalid, ${count(outcomes.skipped)} skipped`,
    ],
    ['Agent tokens', spent.agent.tokens === null ? 'not measured' : count(spent.agent.tokens)],
    ['Agent cost', spent.agent.cost_usd === null ? 'not measured' : usd(spent.agent.cost_usd)],
    [
      'Proposer',
      `${proposer.label}${proposer.model === null ? '' : `, ${proposer.model}`}: ${counted(spent.proposer.calls, 'call')}`,
    ],
    ['Time', duration(spent.duration_ms)],
    [
      'Gate',
      `${settings.rule}, α ${settings.alpha}, at most ${counted(settings.passes + settings.extra_passes, 'pass', 'passes')}`,
    ],
    ['Seed', String(settings.seed)],
    [
      'Splits',
      `${splits.held_in.length} held-in, ${splits.held_out.length} held-out, ${splits.sealed.length} sealed tasks; this held-out set has gated ${counted(splits.held_out_uses, 'campaign')}`,
    ],
    ['Agent', `${agent.name ?? 'not named'}, model ${agent.model}`],
    ['Repository', record.repository],
    ['Base', `${base.branch} at ${base.commit}`],
    ['Harness hash', hashes.harness],
    ['Evaluator hash', hashes.evaluator],
    ['Started', `${record.started_at} by ${record.trigger}`],
    ...(record.bot === undefined ? [] : [['Made by', `self-harness-bot ${record.bot}`] as [string, string]]),
    ...record.notes.map((note): [string, string] => ['Note', note]),
    ...record.problems.slice(0, 20).map((one): [string, string] => [`Problem in ${one.path}`, one.message]),
  ];
  if (record.baseline !== null)
    rows.push([
      'Baseline',
      `held-in ${rate(record.baseline.held_in)}, held-out ${rate(record.baseline.held_out)}`,
    ]);
  return html`<section id="figures"><h2>Figures</h2>${htmlTable('Figures of the campaign', ['What', 'Value'], rows)}</section>`;
}
