/**
 * Task × arm: how often each task passed under each arm, and where the majority changed.
 */
import type { CampaignRecord } from '../../campaign/record/record.ts';
import type { Cell, Split } from '../../validation/cell.ts';
import { count } from '../figure.ts';
import { armLabel, armsOf } from './arms.ts';
import { type Html, html } from './html.ts';

const SPLITS = [
  ['held_in', 'held-in'],
  ['held_out', 'held-out'],
  ['sealed', 'sealed'],
] as const satisfies readonly (readonly [Split, string])[];

export function gridSection(record: CampaignRecord): Html {
  const arms = armsOf(record);
  const cells = Map.groupBy(record.cells, (cell) => `${cell.task}\n${cell.arm}`);
  const flips = flipsByArm(record);
  const rows = SPLITS.flatMap(([split, words]) =>
    [...record.splits[split]].sort().map((task) => {
      const parts = arms.map(({ id }) =>
        gridCell(cells.get(`${task}\n${id}`) ?? [], flips.get(id)?.get(task) ?? null),
      );
      const flipped = arms.some(({ id }) => flips.get(id)?.has(task));
      return html`<tr data-task="${task}" data-split="${words}" data-flip="${flipped ? 'yes' : 'no'}"><th scope="row">${task}</th><td>${words}</td>${parts}</tr>`;
    }),
  );
  const head = arms.map(({ id, name }) => html`<th scope="col" title="${name}">${armLabel(id, record)}</th>`);
  return html`<section id="grid"><h2>Task by task</h2>
<p>Passed / valid trials of each task under each arm. ▲ marks a task that mostly failed and now mostly passes, ▼ the other way round; measured against the baseline runs that the arm was judged with. A dash means the arm did not run the task.</p>
<form class="filters" id="grid-filters"><label>Task <input type="search" name="text"></label>
<label>Split <select name="split"><option value="">all</option><option>held-in</option><option>held-out</option><option>sealed</option></select></label>
<label><input type="checkbox" name="flips"> only tasks that changed</label> <output name="count">${count(rows.length)} tasks</output></form>
<div class="scroll" tabindex="0" role="region" aria-label="Task by task"><table class="grid"><caption>Passed of valid trials by task and arm</caption><thead><tr><th scope="col">Task</th><th scope="col">Split</th>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

type Flip = 'gained' | 'lost';

function flipsByArm(record: CampaignRecord): Map<string, Map<string, Flip>> {
  const verdicts = record.candidates.flatMap(({ id, verdict }) =>
    verdict === null ? [] : [[id, verdict] as const],
  );
  if (record.final !== null) verdicts.push([record.final.arm, record.final.verdict]);
  return new Map(
    verdicts.map(([arm, { flips }]) => [
      arm,
      new Map<string, Flip>([
        ...flips.gained.map((task) => [task, 'gained'] as const),
        ...flips.lost.map((task) => [task, 'lost'] as const),
      ]),
    ]),
  );
}

function gridCell(cells: readonly Cell[], flip: Flip | null): Html {
  const valid = cells.filter((cell) => cell.outcome === 'pass' || cell.outcome === 'fail');
  if (valid.length === 0) return html`<td class="none">${cells.length === 0 ? '–' : 'invalid'}</td>`;
  const passed = valid.filter((cell) => cell.outcome === 'pass').length;
  const shade = Math.round((4 * passed) / valid.length);
  const mark = flip === null ? '' : flip === 'gained' ? ' ▲' : ' ▼';
  const words = flip === null ? null : html`<span class="hidden"> ${flip}</span>`;
  return html`<td class="p${shade}${flip === null ? '' : ` ${flip}`}">${passed}/${valid.length}${mark}${words}</td>`;
}
