import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import databaseClient from 'postgres';
import { afterEach, expect, it } from 'vitest';
import { startPostgres } from '../campaign/postgres.ts';
import { createFixture, until } from '../github/fixture.ts';
import { AGENT_FILES, CONFIG } from './agent-repository.ts';
import { serverPlace, UNPACED } from './server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Passes every webhook on to all servers at once, and answers as the first of them: worse than any balancer. */
async function toAll(ports: () => readonly number[]): Promise<string> {
  const server: Server = createServer(async (incoming, outgoing) => {
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    const statuses = await Promise.all(
      ports().map(
        (port) =>
          new Promise<number>((resolve) => {
            const { method, url: path, headers } = incoming;
            const passed = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
              answer.resume();
              resolve(answer.statusCode ?? 502);
            });
            passed.on('error', () => resolve(502));
            passed.end(Buffer.concat(body));
          }),
      ),
    );
    outgoing.writeHead(statuses[0] ?? 502).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`;
}

it('two servers on one Postgres, both told everything, do everything once', { timeout: 180_000 }, async ({
  skip,
}) => {
  const postgres = await startPostgres();
  if (typeof postgres === 'string') return skip(postgres);
  closing.push(() => postgres.stop());
  const places = [await serverPlace(), await serverPlace()];
  const hookUrl = await toAll(() => places.map((place) => place.port));
  const config = `${CONFIG}pull_request:\n  dashboard: true\nproposer:\n  candidates: 2\ntriggers:\n  schedule: "* * * * *"\n`;
  const unlimited = { perHour: 1e6, contentPerMinute: 1e6, contentPerHour: 1e6, pointsPerMinute: 1e6 };
  const fixture = await createFixture({
    hookUrl,
    limits: unlimited,
    files: { ...AGENT_FILES, '.github/self-harness.yml': config },
  });
  closing.push(() => fixture.github.stop());
  const { github, repo, app } = fixture;
  repo.setRole('maintainer', 'write');
  await github.settled();
  const databaseUrl = await postgres.database('replicas');
  const env = {
    ...UNPACED,
    DATABASE_URL: databaseUrl,
    SELF_HARNESS_TICK_SECONDS: '0.5',
    SELF_HARNESS_RECONCILE_SECONDS: '1',
  };
  const servers = await Promise.all(places.map((place) => place.start(github, app, env)));
  for (const [index, server] of servers.entries()) {
    closing.push(async () => {
      await server.kill('SIGTERM');
      await places[index]?.remove();
    });
  }

  // A command, and an eval run that starts campaigns by itself, at once.
  const issue = repo.openIssue({ title: 'Better', by: 'maintainer' });
  const commands = [1, 2].map(() => repo.comment(issue.number, '/harness improve', 'maintainer'));
  await repo.pushCommit({ files: { 'README.md': 'More words.\n' }, by: 'maintainer' });
  await until(() => repo.pulls('open')[0], 60_000).catch((error) => {
    throw new Error(`${error}\n${servers.map((server) => server.log()).join('\n---\n')}`);
  });
  await until(() => commands.every((one) => one.reactions.length === 2) || undefined, 30_000);
  await github.settled();
  // Longer than a look by the clock: what could be done twice would be by now.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(repo.pulls('all')).toHaveLength(1);
  const own = repo.comments(issue.number).filter((one) => one.user.type === 'Bot');
  expect(new Set(own.map((one) => one.body.split('\n')[0])).size).toBe(own.length);
  const issues = [...repo.repository.issues.values()].filter((one) => one.pull === undefined);
  expect(issues.filter((one) => one.user.type === 'Bot' && one.state === 'open')).toHaveLength(1);
  const [pull] = repo.pulls('open');
  const checks = repo.checks(await repo.head(pull?.pull.head.ref));
  expect(checks.map((one) => one.name)).toEqual(['self-harness']);
  expect((await repo.branches()).filter((name) => /\/(baseline|c\d+)$/.test(name))).toEqual([]);

  // Both look at the clock: the schedule's moments are kept once, and so is the reminder.
  if (pull === undefined) throw new Error('no pull request');
  const reminders = () => repo.comments(pull.number).filter((one) => one.body.includes('the only reminder'));
  pull.updatedAt = new Date(Date.now() - 15 * 24 * 3_600_000);
  await until(() => reminders()[0], 30_000);
  pull.updatedAt = new Date(Date.now() - 30 * 24 * 3_600_000);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(reminders()).toHaveLength(1);
  const sql = databaseClient(databaseUrl, { max: 1, onnotice: () => {} });
  const works = await sql<{ id: string; times: string }[]>`
    SELECT input->>'id' AS id, count(*) AS times FROM openworkflow.workflow_runs GROUP BY 1`;
  await sql.end();
  expect(works.filter((work) => work.id.startsWith('cron-')).length).toBeGreaterThanOrEqual(1);
  expect(works.filter((work) => work.times !== '1')).toEqual([]);
  github.assertContract();
});
