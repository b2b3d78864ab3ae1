import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WORK } from '../../src/app/bot.ts';
import { dueMoment, startDue } from '../../src/app/clock/schedule.ts';
import { survey } from '../../src/app/clock/survey.ts';
import { AppEvent } from '../../src/app/webhooks/event.ts';
import { onSchedule } from '../../src/app/webhooks/on-schedule.ts';
import { AGENT_FILES, CONFIG } from '../e2e/agent-repository.ts';
import { createFixture, type Fixture } from '../github/fixture.ts';
import { botOn, campaigns } from './bot-on.ts';

let fixture: Fixture | undefined;
afterEach(async () => {
  fixture?.github.assertContract();
  await fixture?.github.stop();
  fixture = undefined;
});

const at = (text: string) => new Date(`2026-11-23T${text}Z`);

describe('the due moment of a schedule', () => {
  it.each([
    ['at the moment itself', '03:00:00', '03:00:00'],
    ['a little later', '03:04:59', '03:00:00'],
    ['at the end of the catch-up', '03:15:00', '03:00:00'],
  ])('is found %s', (_when, now, moment) => {
    expect(dueMoment('0 3 * * *', at(now))).toEqual(at(moment));
  });

  it.each([
    ['before it', '0 3 * * *', '02:59:59'],
    ['long after it', '0 3 * * *', '03:15:01'],
    ['where the expression is none', 'every day', '03:00:00'],
    ['where the expression has seconds', '* 0 3 * * *', '03:00:00'],
  ])('is none %s', (_when, schedule, now) => {
    expect(dueMoment(schedule, at(now))).toBeNull();
  });

  it('is one moment for every tick in between, and never in the future', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_399 }), fc.integer({ min: 1, max: 59 }), (second, step) => {
        const now = new Date(at('00:00:00').getTime() + second * 1000);
        const due = dueMoment(`*/${step} * * * *`, now, 3_600_000);
        expect(due).not.toBeNull();
        if (due === null) return;
        expect(due.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(due.getUTCMinutes() % step).toBe(0);
        const later = new Date(due.getTime() + 59_999);
        expect(dueMoment(`*/${step} * * * *`, later, 3_600_000)).toEqual(due);
      }),
    );
  });
});

describe('a scheduled repository', () => {
  async function scheduled(schedule: string | null) {
    const config = schedule === null ? CONFIG : `${CONFIG}triggers:\n  schedule: "${schedule}"\n`;
    fixture = await createFixture({ files: { ...AGENT_FILES, '.github/self-harness.yml': config } });
    return { desk: botOn(fixture), app: fixture.asApp };
  }

  it('starts one campaign a moment, whoever ticks and however often', async () => {
    const { desk, app } = await scheduled('* * * * *');
    const repositories = await survey(desk.bot, app);
    await startDue(desk.bot, repositories);
    await startDue(desk.bot, await survey(desk.bot, app));
    const due = desk.works.filter((work) => work.workflow === WORK.event);
    // A minute may turn between the two.
    expect(due.length).toBeLessThanOrEqual(2);
    const event = AppEvent.parse(due[0]?.input);
    if (event.kind !== 'schedule') throw new Error('no schedule');
    expect(await onSchedule(desk.reaction(event))).toMatch(/^Started campaign cron-\d+-\d{12}\.$/);
    await onSchedule(desk.reaction(event));
    expect(campaigns(desk)).toHaveLength(1);
  });

  it('does nothing without a schedule, or when the config dropped it meanwhile', async () => {
    const { desk, app } = await scheduled(null);
    await startDue(desk.bot, await survey(desk.bot, app));
    expect(desk.works).toEqual([]);
    const event = { kind: 'schedule', ...desk.place, installation: 1, repository: 1, moment: 'x' } as const;
    expect(await onSchedule(desk.reaction(event))).toBe('No longer scheduled.');
  });
});
