/**
 * What every edit changes and why it was tried: the diffs, folded.
 */
import type { CampaignRecord, Candidate } from '../../campaign/record/record.ts';
import { type Html, html } from './html.ts';

export function editsSection({ candidates }: CampaignRecord): Html | null {
  if (candidates.length === 0) return null;
  return html`<section id="edits"><h2>Edits</h2>
<p>What each of them changes, and what it was hoped to do.</p>
${candidates.map(editItem)}</section>`;
}

function editItem({ id, proposal, decision, diff }: Candidate): Html {
  const { title, hypothesis, expected_effect: effect, risks } = proposal;
  return html`<details class="item"><summary><b>${id}</b> ${title} <span class="decision ${decision}">${decision}</span></summary>
<p>${hypothesis}</p>
${effect === '' ? null : html`<p><b>Expected:</b> ${effect}</p>`}
${risks.length === 0 ? null : html`<p><b>Risks:</b> ${risks.join(' ')}</p>`}
${diff === '' ? html`<p>It was not applied.</p>` : html`<pre>${diff.trimEnd().split('\n').map(diffLine)}</pre>`}</details>`;
}

function diffLine(line: string): Html {
  const kind = /^(?:\+\+\+|---)/.test(line)
    ? ''
    : line.startsWith('+')
      ? 'added'
      : line.startsWith('-')
        ? 'removed'
        : '';
  return kind === '' ? html`${line}\n` : html`<span class="${kind}">${line}</span>\n`;
}
