/**
 * All trials with search and filters, and the reader. Both are filled by the page's script from the data it holds.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import { count } from '../figure.ts';
import { visible } from '../markdown/visible.ts';
import { splitMap } from '../split-map.ts';
import type { Trajectory } from '../trajectory.ts';
import { armsOf } from './arms.ts';
import { type Html, html } from './html.ts';
import { type TrajectoryView, trajectoryViews } from './reader.ts';

/** arm, task, split, attempt, outcome, score, tokens, USD, ms, message, index of its trajectory or −1. */
type TrialRow = readonly [
  string,
  string,
  string,
  number,
  string,
  number | null,
  number | null,
  number | null,
  number | null,
  string,
  number,
];

export interface PageData {
  readonly trials: readonly TrialRow[];
  readonly trajectories: readonly TrajectoryView[];
}

const MAX_MESSAGE = 160;

export function pageData(record: CampaignRecord, trajectories: readonly Trajectory[]): PageData {
  const splits = splitMap(record.splits);
  const places = new Map(trajectories.map((one, index) => [one.trial, index]));
  return {
    trials: record.cells.map((cell) => [
      cell.arm,
      visible(cell.task),
      (splits.get(cell.task) ?? '').replace('_', '-'),
      cell.attempt,
      cell.outcome,
      cell.score,
      cell.tokens,
      cell.costUsd,
      cell.durationMs,
      visible(cell.message ?? '').slice(0, MAX_MESSAGE),
      places.get(cell.trial) ?? -1,
    ]),
    trajectories: trajectoryViews(record, trajectories),
  };
}

export function trialsSection(record: CampaignRecord): Html {
  const arms = armsOf(record).map(({ id, name }) => html`<option value="${id}">${name}</option>`);
  return html`<section id="trials"><h2>Trials</h2>
<p class="paper">${count(record.cells.length)} trials are listed in the file itself, and in campaign.json; on paper they are left out.</p>
<form class="filters" id="trial-filters"><label>Search <input type="search" name="text" placeholder="task or message"></label>
<label>Arm <select name="arm"><option value="">all</option>${arms}</select></label>
<label>Split <select name="split"><option value="">all</option><option>held-in</option><option>held-out</option><option>sealed</option></select></label>
<label>Outcome <select name="outcome"><option value="">all</option><option>pass</option><option>fail</option><option>invalid</option><option>skipped</option></select></label>
<label><input type="checkbox" name="kept"> only with a trajectory</label> <output name="count"></output></form>
<div class="scroll" tabindex="0" role="region" aria-label="Trials"><table id="trial-table"><caption>Trials</caption><thead><tr><th scope="col">Task</th><th scope="col">Arm</th><th scope="col">Split</th><th scope="col">Attempt</th><th scope="col">Outcome</th><th scope="col">Tokens</th><th scope="col">USD</th><th scope="col">Seconds</th><th scope="col">Message</th><th scope="col">Trajectory</th></tr></thead><tbody></tbody></table></div>
<button type="button" id="more">Show more</button></section>`;
}

export function readerSection(): Html {
  return html`<section id="read"><h2>Read a trajectory</h2>
<p>Kept are the trials that are cited, and both sides of tasks whose outcome changed. Steps are trimmed to what is cited plus context; what is left out is said. Cited places are marked.</p>
<form class="filters" id="reader-filters"><label>Search <input type="search" name="text" placeholder="task, arm or outcome"></label>
<label>Trial <select name="trial"></select></label> <button type="button" name="cited">Next cited step</button> <output name="shown" class="hidden"></output></form>
<div id="reader"></div></section>`;
}
