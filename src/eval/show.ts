/**
 * What the runner says: the plan as a table, one line a group, and the summary at the end.
 */
import type { CarriedOut } from './carry-out.ts';
import type { CellGroup, EvalPlan, GroupEcho } from './plan.ts';
import { groupName } from './plan.ts';
import type { EndedGroup } from './run-group.ts';

/** The groups of a plan as a table, and what each arm changes. */
export function showPlan(plan: EvalPlan, groups: readonly CellGroup[]): string {
  const rows = groups.map((group) => [
    String(group.block),
    group.arm,
    String(group.attempt),
    group.tasks === 'all' ? 'all' : String(group.tasks.length),
    group.tasks === 'all' ? '' : someOf(group.tasks),
  ]);
  const used = new Set(groups.map(({ arm }) => arm));
  const arms = Object.entries(plan.arms)
    .filter(([arm]) => used.has(arm))
    .map(([arm, { files }]) => {
      const paths = Object.keys(files);
      return [arm, paths.length === 0 ? 'nothing: the checkout as it is' : paths.join(', ')];
    });
  const blocks = new Set(groups.map(({ block }) => block)).size;
  return [
    `Plan ${plan.key} of campaign ${plan.campaign}: ${counted(groups.length, 'group')} in ${counted(blocks, 'block')}. Each group is one run of the command.`,
    '',
    ...table(['arm', 'changes'], arms),
    '',
    ...table(['block', 'arm', 'attempt', 'tasks', ''], rows),
    '',
  ].join('\n');
}

/** One line about a group that has ended. */
export function showEnded({ echo, left }: EndedGroup, done: number, of: number): string {
  const seconds = (echo.duration_ms / 1000).toFixed(1);
  const failed = left.trials - left.passed - left.invalid;
  const counts =
    left.trials === 0
      ? `${counted(left.files, 'file')}`
      : `${counted(left.trials, 'trial')}: ${left.passed} pass, ${failed} fail, ${left.invalid} invalid`;
  const problem = echo.problem === null ? '' : `\n  ${echo.problem}`;
  return `${done}/${of} ${groupName(echo.group)} ${WORDS[echo.status]} in ${seconds} s (${counts})${problem}`;
}

/** What came of all groups: one line, and one a group that did not run as it should. */
export function showSummary({ echoes, left }: CarriedOut, traces: string): string {
  const bad = echoes.filter(({ status }) => status !== 'ran');
  const ran = echoes.length - bad.length;
  const never = left === 0 ? '' : ` ${counted(left, 'group')} never started.`;
  return [
    `${counted(ran, 'group')} of ${echoes.length + left} ran; traces are in ${traces}.${never}`,
    ...bad.map((echo) => `  ${groupName(echo.group)} ${WORDS[echo.status]}. ${echo.problem ?? ''}`.trimEnd()),
  ].join('\n');
}

const WORDS: Readonly<Record<GroupEcho['status'], string>> = {
  ran: 'ran',
  no_traces: 'left no traces',
  mixed: 'was mixed up with another group',
  failed_to_start: 'did not start',
  timed_out: 'took too long',
  interrupted: 'was interrupted',
};

function someOf(tasks: readonly string[]): string {
  const shown = tasks.slice(0, 4).map((task) => (task.length > 40 ? `${task.slice(0, 39)}…` : task));
  return `${shown.join(', ')}${tasks.length > shown.length ? ', …' : ''}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
