/**
 * The dashboard issue: what runs, what waits, why nothing happened, what is left to spend, and the common commands.
 */
import { z } from 'zod';
import type { Ending } from '../campaign/record/record.ts';
import { count, counted } from './figure.ts';
import { linked } from './links.ts';
import { cellCode, inlineCode } from './markdown/code.ts';
import { cellProse, prose } from './markdown/prose.ts';
import { table } from './markdown/table.ts';
import { clipped } from './markdown/visible.ts';

/** A campaign's pull request, as it stands on GitHub. */
export interface DashboardPull {
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
}

interface DashboardCampaign {
  readonly id: string;
  /** RFC 3339. */
  readonly finishedAt: string;
  readonly ending: Ending;
  readonly trials: number;
  readonly accepted: number;
  readonly tried: number;
  readonly pull: DashboardPull | null;
}

interface WaitingWeakness {
  readonly title: string;
  readonly trials: number;
  readonly tasks: number;
  /** Whether a declared surface could act on it. */
  readonly addressable: boolean;
}

export interface DashboardState {
  /** Campaigns and reviews that have not ended, oldest first. */
  readonly running: readonly { readonly id: string; readonly trigger: string }[];
  /** Newest first. */
  readonly ended: readonly DashboardCampaign[];
  /** Weaknesses seen last that no accepted edit acts on. */
  readonly waiting: readonly WaitingWeakness[];
  readonly budget: {
    readonly campaignsLeft: number;
    readonly campaignsPerWeek: number;
    readonly trialsPerCampaign: number;
  };
  readonly pausedBy: string | null;
  /** Why nothing was run when last something could have been, or null. */
  readonly idleReason: string | null;
  /** Whether commands are obeyed at all: `triggers.comments`. */
  readonly obeys: boolean;
}

/** The commands that have a box. Ticking it is the command; the bot unticks it when it has heard. */
export const DashboardCommand = z.enum(['improve', 'extend', 'prune', 'pause', 'resume']);
export type DashboardCommand = z.infer<typeof DashboardCommand>;

const SAYS: Readonly<Record<DashboardCommand, string>> = {
  improve: 'run a campaign now',
  extend: 'give the unresolved edits of the last campaign more trials',
  prune: 'look for harness text that no longer earns its place',
  pause: 'start no campaign by itself',
  resume: 'start campaigns by itself again',
};

/** How the issue is found again among those of the App: anybody else can copy it into theirs. */
const MARKER = '<!-- self-harness:dashboard 1 -->';

/** Whether a body is one of a dashboard, also of a later version. */
export function hasDashboardMarker(body: string): boolean {
  return /<!-- self-harness:dashboard \d+ -->/.test(body);
}

/** The body of a dashboard that the bot has closed: the config no longer asks for it, or an older issue is the one. */
export const DASHBOARD_CLOSED = `Closed by the bot: \`pull_request.dashboard\` is off, or an older issue is the dashboard.\n\n${MARKER}`;

// GitHub takes 65,536 characters. With these, text that grows eightfold when it is made visible still fits.
const MAX_RUNNING = 5;
const MAX_CAMPAIGNS = 10;
const MAX_WEAKNESSES = 10;
const MAX_TEXT = 200;
const MAX_NAME = 60;

export function renderDashboard(state: DashboardState): string {
  return [
    'What [self-harness-bot](https://arxiv.org/abs/2606.09498) does in this repository. This text is written anew when something happens; only the boxes are yours.',
    runningText(state),
    endedText(state.ended),
    waitingText(state.waiting),
    budgetText(state),
    commandsText(state),
    MARKER,
  ].join('\n\n');
}

function runningText({ running, idleReason, pausedBy }: DashboardState): string {
  const lines = running
    .slice(0, MAX_RUNNING)
    .map(
      ({ id, trigger }) =>
        `- ${inlineCode(clipped(id, MAX_NAME))}, started by ${prose(clipped(trigger, MAX_TEXT))}`,
    );
  const more = running.length - lines.length;
  if (more > 0) lines.push(`- and ${count(more)} more`);
  if (running.length === 0) lines.push('Nothing runs.');
  if (pausedBy !== null)
    lines.push('', `Paused by ${inlineCode(clipped(pausedBy, MAX_NAME))}: no campaign starts by itself.`);
  else if (running.length === 0 && idleReason !== null)
    lines.push('', `Why nothing happened last time: ${prose(clipped(idleReason, 600))}`);
  return `### Now\n\n${lines.join('\n')}`;
}

function endedText(ended: readonly DashboardCampaign[]): string {
  if (ended.length === 0) return '### Campaigns\n\nNone has ended yet.';
  const rows = ended
    .slice(0, MAX_CAMPAIGNS)
    .map((one) => [
      cellCode(clipped(one.id, MAX_NAME)),
      cellProse(one.finishedAt.slice(0, 10)),
      one.pull === null ? one.ending.kind.replaceAll('_', ' ') : linked(one.pull.state, one.pull.url),
      `${count(one.accepted)} of ${count(one.tried)}`,
      count(one.trials),
      cellProse(clipped(one.ending.reason, MAX_TEXT)),
    ]);
  const more = ended.length - rows.length;
  const rest = more > 0 ? `\n\n${counted(more, 'older campaign')} in the ledger.` : '';
  return `### Campaigns\n\n${table(['Campaign', 'Ended', 'How', 'Edits kept', 'Trials', 'Why'], rows)}${rest}`;
}

function waitingText(waiting: DashboardState['waiting']): string {
  if (waiting.length === 0) return '### Weaknesses waiting\n\nNone.';
  const lines = waiting.slice(0, MAX_WEAKNESSES).map(({ title, trials, tasks, addressable }) => {
    const beyond = addressable ? '' : '; no declared surface could act on it';
    return `- ${prose(clipped(title, MAX_TEXT))} (${counted(trials, 'trial')} of ${counted(tasks, 'task')}${beyond})`;
  });
  const more = waiting.length - lines.length;
  return `### Weaknesses waiting\n\n${lines.join('\n')}${more > 0 ? `\n- and ${count(more)} more` : ''}`;
}

function budgetText({ budget }: DashboardState): string {
  return `### Budget\n\n${count(budget.campaignsLeft)} of ${counted(budget.campaignsPerWeek, 'campaign')} may still start by themselves within seven days, with at most ${counted(budget.trialsPerCampaign, 'trial')} each.`;
}

function commandsText({ pausedBy, ended, obeys }: DashboardState): string {
  if (!obeys) return '### Commands\n\nNone is obeyed: `triggers.comments` is off.';
  const offered = DashboardCommand.options.filter((command) => {
    if (command === 'pause') return pausedBy === null;
    if (command === 'resume') return pausedBy !== null;
    return command !== 'extend' || ended[0]?.ending.kind === 'unresolved';
  });
  const boxes = offered.map(
    (command) => `- [ ] <!-- command:${command} -->\`/harness ${command}\`: ${SAYS[command]}`,
  );
  return `### Commands\n\nTick a box, or write the command in a comment. Both need write permission.\n\n${boxes.join('\n')}`;
}

/** The commands whose boxes are ticked in a body and were not in the body before it. */
export function tickedCommands(body: string, before = ''): DashboardCommand[] {
  const known = new Set(boxesTicked(before));
  return boxesTicked(body).filter((command) => !known.has(command));
}

function boxesTicked(body: string): DashboardCommand[] {
  return [...body.matchAll(/^- \[[xX]\] <!-- command:([a-z]+) -->/gm)].flatMap(([, name]) => {
    const command = DashboardCommand.safeParse(name);
    return command.success ? [command.data] : [];
  });
}
