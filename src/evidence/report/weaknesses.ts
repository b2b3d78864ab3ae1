/**
 * Weaknesses with their trials, and failing tasks set apart.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Evidence, Weakness } from '../../mining/weakness.ts';
import { counted } from '../figure.ts';
import type { Trajectory } from '../trajectory.ts';
import { citedEnd, endText } from '../trial-end.ts';
import { type Html, html, htmlTable } from './html.ts';

export function weaknessSection(record: CampaignRecord, trajectories: readonly Trajectory[]): Html {
  const places = new Map(trajectories.map((one, index) => [one.trial, index]));
  const items = record.weaknesses.map((weakness) => weaknessItem(record, weakness, places));
  return html`<section id="weaknesses"><h2>Weaknesses</h2>
<p>What recurs in the failing held-in trials of the baseline. Each quote stands in its trace word for word.</p>
${items.length === 0 ? html`<p>None was found.</p>` : items}
${apartTable(record)}</section>`;
}

function weaknessItem(record: CampaignRecord, weakness: Weakness, places: ReadonlyMap<string, number>): Html {
  const asked = record.candidates.filter((candidate) => candidate.proposal.weaknesses.includes(weakness.id));
  const byTrial = Map.groupBy(weakness.evidence, (one) => one.trial);
  const trials = [...byTrial].map(([trial, evidence]) =>
    trialItem(record, trial, evidence, places.get(trial)),
  );
  const edits = asked.map(({ id, decision }) => `${id} (${decision})`).join(', ');
  return html`<details class="item"><summary>${weakness.title} <span class="note">${counted(weakness.trials.length, 'trial')} of ${counted(weakness.tasks.length, 'task')}</span></summary>
<p><code>${weakness.id}</code>. ${edits === '' ? 'No edit was tried for it' : `Edits tried for it: ${edits}`}${weakness.addressable ? '.' : '; no declared surface acts on it.'} Tasks: ${weakness.tasks.join(', ')}.</p>
<ul class="quotes">${trials}</ul></details>`;
}

/** What is cited of one trial, and how it ended. */
function trialItem(
  record: CampaignRecord,
  trial: string,
  evidence: readonly Evidence[],
  place: number | undefined,
): Html {
  const cell = record.cells.find((one) => one.trial === trial);
  const quotes = evidence
    .toSorted((a, b) => a.step - b.step)
    .map((one) => {
      const where = `Step ${one.step}`;
      const jump =
        place === undefined
          ? where
          : html`<a class="jump" href="#read" data-place="${place}" data-step="${one.step}">${where}<span class="hidden"> of ${cell?.task ?? 'the trial'}, attempt ${cell?.attempt ?? 1}</span></a>`;
      return html`<p class="note">${jump}, ${citationWords(one)}:</p><pre>${one.quote}</pre>`;
    });
  const end = endText(citedEnd(record, trial));
  return html`<li>${cell?.task ?? 'unknown task'}, attempt ${String(cell?.attempt ?? '?')}${quotes}${end === '' ? null : html`<p class="note">${end}</p>`}</li>`;
}

function citationWords({ field, tool }: Evidence): string {
  return {
    text: 'the agent said',
    arguments: `the agent called ${tool ?? 'a tool'} with`,
    observation: tool === undefined ? 'the agent got back' : `${tool} answered`,
    error: tool === undefined ? 'the agent was told of an error' : `${tool} failed with`,
  }[field];
}

const KINDS = {
  environment: 'the machine failed, not the agent',
  verifier_suspect: 'the verifier looks broken',
  beyond_model: 'always fails, and nothing a harness does explains it',
  too_few: 'too few failures to be a pattern',
  unexplained: 'fails for no reason the traces show',
} as const;

function apartTable({ set_apart: apart }: CampaignRecord): Html | null {
  if (apart.length === 0) return null;
  const rows = apart.map(({ task, kind, reason, trials }) => [
    task,
    KINDS[kind],
    reason,
    String(trials.length),
  ]);
  return html`<h3>Set apart</h3><p>No edit was proposed for these, and none claims to fix them.</p>
${htmlTable('Tasks set apart', ['Task', 'Why', 'What was seen', 'Trials'], rows)}`;
}
