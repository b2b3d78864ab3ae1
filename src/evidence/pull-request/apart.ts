/**
 * Failing tasks that no edit was proposed for, named with the reason. They are not fixed, and nobody says so.
 */
import type { SetApart } from '../../mining/weakness.ts';
import { count, counted } from '../figure.ts';
import { cellCode } from '../markdown/code.ts';
import { cellProse } from '../markdown/prose.ts';
import { table } from '../markdown/table.ts';
import { clipped } from '../markdown/visible.ts';
import type { Section, Telling } from './section.ts';

const WORDS: Readonly<Record<SetApart['kind'], string>> = {
  environment: 'The machine failed, not the agent',
  verifier_suspect: 'The verifier looks broken; look at the task',
  beyond_model: 'Always fails, and nothing a harness does explains it',
  too_few: 'Too few failures to be a pattern',
  unexplained: 'Fails for no reason the traces show',
};

/** Forms: forty tasks a kind with a reason, eight, and counts. */
export function apartSection({ record }: Telling): Section {
  const groups = Map.groupBy(record.set_apart, (one) => one.kind);
  const onNoSurface = record.weaknesses.filter((weakness) => !weakness.addressable);
  const text = (most: number) => () => {
    if (groups.size === 0 && onNoSurface.length === 0) return '';
    const rows = [...groups].map(([kind, group]) => [WORDS[kind], tasksText(group, most), reasonText(group)]);
    for (const weakness of onNoSurface.slice(0, 10)) {
      const tasks = weakness.tasks.map((task) => ({ task }));
      rows.push([
        'A weakness that no declared surface acts on',
        tasksText(tasks, most),
        cellProse(clipped(weakness.title, 300)),
      ]);
    }
    return [
      '### Left alone',
      '',
      'Failing held-in tasks that no edit was proposed for. Nothing here claims to fix them.',
      '',
      table(['Why', 'Tasks', 'What was seen'], rows),
    ].join('\n');
  };
  return { rank: 50, forms: [text(40), text(8), text(0)] };
}

function tasksText(group: readonly { readonly task: string }[], most: number): string {
  const tasks = [...new Set(group.map((one) => one.task))].sort();
  if (most === 0) return counted(tasks.length, 'task');
  const shown = tasks.slice(0, most).map((task) => cellCode(clipped(task, 80)));
  return (
    shown.join(', ') + (tasks.length > shown.length ? ` and ${count(tasks.length - shown.length)} more` : '')
  );
}

function reasonText(group: readonly SetApart[]): string {
  const reasons = [...new Set(group.map((one) => one.reason))];
  const [first = ''] = reasons;
  const more = reasons.length - 1;
  return (
    cellProse(clipped(first, 300)) +
    (more > 0 ? ` (and ${count(more)} other ${more === 1 ? 'reason' : 'reasons'})` : '')
  );
}
