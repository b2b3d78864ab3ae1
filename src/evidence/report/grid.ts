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
  const byArm = arms.map(({ id, cells }) => ({ id, tasks: Map.groupBy(cells, (cell) => cell.task) }));
  const flips = flipsByArm(record);
  const rows = SPLITS.flatMap(([split, words]) =>
    [...record.splits[split]].sort().map((task) => {
      const parts = byArm.map(({ id, tasks }) =>
        gridCell(tasks.get(task) ?? [], flips.get(id)?.get(task) ?? null),
      );
      const flipped = arms.some(({ id }) => flips.get(id)?.has(task));
      return html`<tr data-task="${task}" data-split="${words}" data-flip="${flipped ? 'yes' : 'no'}"><th scope="row">${task}</th><td>${words}</td>${parts}</tr>`;
    }),
  );
  const head = arms.map(({ id, name }) => html`<th scope="col" title="${name}">${armLabel(id)}</th>`);
  return html`<section id="grid"><h2>Task by task</h2>
<p>Passed / valid runs of each task: before any edit, in the fresh runs at the end, and with each edit on (other edits were on half of the time). ▲ marks a task that mostly failed without the kept edits and mostly passes with them, ▼ the other way round. A dash means that it did not run.</p>
<form class="filters" id="grid-filters"><label>Task <input type="search" name="text"></label>
<label>Split <select name="split"><option value="">all</option><option>held-in</option><option>held-out</option><option>sealed</option></select></label>
<label><input type="checkbox" name="flips"> only tasks that changed</label> <output name="count">${count(rows.length)} tasks</output></form>
<div class="scroll" tabindex="0" role="region" aria-label="Task by task"><table class="grid"><caption>Passed of valid trials by task and arm</caption><thead><tr><th scope="col">Task</th><th scope="col">Split</th>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

type Flip = 'gained' | 'lost';

/** Marked in the fresh runs with the kept edits, against those without. */
function flipsByArm({ final }: CampaignRecord): Map<string, Map<string, Flip>> {
  if (final === null) return new Map();
  const { gained, lost } = final.figures.flips;
  const flips = new Map<string, Flip>([
    ...gained.map((task) => [task, 'gained'] as const),
    ...lost.map((task) => [task, 'lost'] as const),
  ]);
  return new Map([['final-after', flips]]);
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
