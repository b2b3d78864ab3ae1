/**
 * Schedules of the repositories' configs. No process keeps a timer a repository: each tick asks which moment came
 * last, and names the work by that moment, so that several replicas, or a tick too many, start it once.
 */
import { Cron } from 'croner';
import { type Bot, WORK } from '../bot.ts';
import { cronProblem } from '../config-check/config-findings.ts';
import type { SurveyedRepository } from './survey.ts';

/** A moment missed while no server ran is still kept for so long (ms). */
const CATCH_UP_MS = 15 * 60_000;

/** The last moment of a schedule (UTC) at or before `now`, null where none came within `catchUpMs`. */
export function dueMoment(schedule: string, now: Date, catchUpMs: number = CATCH_UP_MS): Date | null {
  if (cronProblem(schedule) !== null) return null;
  // The moment of this very minute counts, and croner gives only those before its reference.
  const [last] = new Cron(schedule, { timezone: 'UTC', paused: true }).previousRuns(
    1,
    new Date(now.getTime() + 1),
  );
  if (last === undefined || last > now || now.getTime() - last.getTime() > catchUpMs) return null;
  return last;
}

/** Asks for the work of every moment that has come. Asking again changes nothing. */
export async function startDue(bot: Bot, repositories: readonly SurveyedRepository[]): Promise<void> {
  for (const { id, installation, owner, repo, config } of repositories) {
    const schedule = config?.triggers.schedule ?? null;
    const due = schedule === null ? null : dueMoment(schedule, bot.now());
    if (due === null) continue;
    const moment = due.toISOString();
    await bot.engine().start(WORK.event, `cron-${id}-${moment}`, {
      kind: 'schedule',
      installation,
      owner,
      repo,
      repository: id,
      moment,
    });
  }
}
