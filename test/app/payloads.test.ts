import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { createNodeMiddleware, Probot } from 'probot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppEvent, eventsOf } from '../../src/app/webhooks/event.ts';
import { app } from '../../src/app.ts';
import type { Engine } from '../../src/campaign/engine/engine.ts';
import { type RecordingEngine, recordingEngine } from './recording-engine.ts';

const SECRET = 'a secret of these tests';
const PATH = '/api/github/webhooks';
const MB = 1024 * 1024;

let server: Server;
let address: string;
let engine: RecordingEngine;
/** What stands in the place of the engine; tests put a broken one here. */
let current: () => Engine;
let errors: unknown[];
let warnings: unknown[];

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const log = {
    fatal: (said: unknown) => errors.push(said),
    error: (said: unknown) => errors.push(said),
    warn: (said: unknown) => warnings.push(said),
    info: () => {},
    debug: () => {},
    trace: () => {},
    child: () => log,
  };
  const probot = new Probot({
    appId: 1,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    secret: SECRET,
    // Probot asks for the whole of pino and uses these.
    log: log as never,
  });
  const middleware = await createNodeMiddleware((one) => app(one, () => current(), 300), {
    probot,
    webhooksPath: PATH,
  });
  server = createServer((request, response) => {
    void middleware(request, response, () => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}${PATH}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  engine = recordingEngine();
  current = () => engine;
  errors = [];
  warnings = [];
});

const sign = (body: string, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Posts as GitHub does; `headers` replaces some, and a null takes one away. */
function deliver(
  event: string,
  body: string,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<Response> {
  const all: Record<string, string | null> = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  const sent = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const],
  );
  return fetch(address, { method: 'POST', headers: Object.fromEntries(sent), body });
}

/** Read as a file: the package's own types are of a later shape than its data. */
const definitions: { readonly name: string; readonly examples: readonly Record<string, unknown>[] }[] =
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-examples'), 'utf8'));
const examples = definitions.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload) => ({ name, payload })),
);

/** Every payload's stand-in for what an App is sent: a hook of a repository carries no installation. */
const installed = (payload: object) => ({ installation: { id: 7, node_id: 'x' }, ...payload });

function comment(text: string): string {
  const found = examples.find(
    ({ name, payload }) => name === 'issue_comment' && payload.action === 'created',
  );
  if (found === undefined) throw new Error('there is no example of a comment');
  const { comment: said, ...rest } = found.payload;
  return JSON.stringify(installed({ ...rest, comment: { ...(said as object), body: text } }));
}

describe('example payloads of @octokit/webhooks-examples', () => {
  it('are as many as the package had when this was written', () => {
    expect(examples.length).toBeGreaterThanOrEqual(329);
  });

  it.each(['as they are', 'as an installed App gets them'])(
    'are all answered 2xx and log no error, %s',
    async (how) => {
      const refused: string[] = [];
      for (const { name, payload } of examples) {
        const sent = how === 'as they are' ? payload : installed(payload);
        const answer = await deliver(name, JSON.stringify(sent));
        if (!answer.ok) refused.push(`${name}: ${answer.status} ${await answer.text()}`);
      }
      expect(refused).toEqual([]);
      expect(errors).toEqual([]);
      // Whatever was stored can be read again by the reaction.
      for (const work of engine.works) expect(AppEvent.safeParse(work.input).success).toBe(true);
    },
  );

  it('give work for every kind of event that the bot reacts to', () => {
    const kinds = examples.flatMap(({ name, payload }) =>
      eventsOf(name, installed(payload)).map((event) => event.kind),
    );
    expect([...new Set(kinds)].sort()).toEqual(
      AppEvent.options
        .map((option) => option.shape.kind.value)
        // The bot’s own, and a box of a dashboard: no example holds one.
        .filter((kind) => !['schedule', 'silent', 'box_ticked'].includes(kind))
        .sort(),
    );
  });

  it('are read only as far as they are well-formed', () => {
    for (const name of [...new Set(examples.map((one) => one.name))]) {
      for (const broken of [null, [], {}, 'text', { action: 'created' }, { action: 7, repository: null }]) {
        expect(eventsOf(name, broken)).toEqual([]);
      }
    }
  });
});

describe('a delivery', () => {
  it('that comes twice under one id is stored once', async () => {
    const id = randomUUID();
    const body = comment('/harness help');
    for (let i = 0; i < 2; i++) {
      expect((await deliver('issue_comment', body, { 'x-github-delivery': id })).status).toBe(200);
    }
    expect(engine.works).toHaveLength(1);
    expect(engine.works[0]?.input).toMatchObject({ kind: 'comment', text: '/harness help', installation: 7 });
  });

  it('that could not be stored is answered with an error, so that GitHub lists it as failed', async () => {
    current = () => {
      throw new Error('starting: the database is not open yet');
    };
    const answer = await deliver('issue_comment', comment('/harness help, says a private repository'));
    expect(answer.status).toBe(500);
    // The log says it once, and nothing of what was delivered.
    expect(errors).toHaveLength(1);
    expect(inspect(errors, { depth: null, showHidden: true })).toContain('the database is not open yet');
    expect(inspect(errors, { depth: null, showHidden: true })).not.toMatch(/private repository|payload/);
  });

  it('that is not stored in time is answered with an error, not as if all were well', async () => {
    current = () => ({ ...engine, start: () => new Promise(() => {}) });
    expect((await deliver('issue_comment', comment('/harness help'))).status).toBe(500);
    expect(inspect(errors, { depth: null })).toContain('the database has not answered for 300 ms');
  });

  it.each([
    ['another secret', sign(comment('/harness help'), 'guess')],
    ['another body', sign('{}')],
    ['no signature at all', 'sha256='],
    ['an empty word', ''],
    [
      'an older algorithm',
      `sha1=${createHmac('sha1', SECRET).update(comment('/harness help')).digest('hex')}`,
    ],
    ['a word', 'trust me'],
  ])('signed with %s is refused, and the log says so without its body', async (_, signature) => {
    const body = comment('/harness help, says who is nobody');
    const answer = await deliver('issue_comment', body, { 'x-hub-signature-256': signature });
    // GitHub shows the status to whoever looks at the App's deliveries.
    expect(answer.status).toBe(400);
    expect(engine.works).toEqual([]);
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      'A delivery was refused with 400: the signature is not one by WEBHOOK_SECRET.',
    ]);
  });

  it.each(['x-hub-signature-256', 'x-github-event', 'x-github-delivery'])(
    'without %s is refused',
    async (header) => {
      const answer = await deliver('issue_comment', comment('/harness help'), { [header]: null });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(header);
      expect(engine.works).toEqual([]);
      expect(errors).toEqual([]);
    },
  );

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/jsonp', 'application/json-seq'])(
    'of type %s is refused',
    async (type) => {
      const answer = await deliver('issue_comment', comment('/harness help'), { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(engine.works).toEqual([]);
      expect(errors).toEqual([]);
    },
  );

  it('of JSON that names its characters is taken', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await deliver('issue_comment', comment('/harness help, “quoted”'), headers);
    expect(answer.status).toBe(200);
    expect(engine.works[0]?.input).toMatchObject({ text: '/harness help, “quoted”' });
  });

  it.each(['{"action":', ''])('that is no JSON (%j) is refused though it is signed', async (body) => {
    const answer = await deliver('issue_comment', body);
    expect(answer.status).toBe(400);
    expect(engine.works).toEqual([]);
  });

  it('of an event that nobody knows is answered and ignored', async () => {
    const answer = await deliver('a_new_event_of_2031', JSON.stringify(installed({ action: 'created' })));
    expect(answer.status).toBe(200);
    expect(engine.works).toEqual([]);
    expect(errors).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE'])('sent by %s is nothing that is known here', async (method) => {
    expect((await fetch(address, { method })).status).toBe(404);
    expect(errors).toEqual([]);
  });

  it('sent to another path is nothing that is known here', async () => {
    const answer = await fetch(`${address}/deeper`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(404);
    expect(errors).toEqual([]);
  });

  /** A comment's delivery of so many bytes. */
  const large = (bytes: number): string => {
    const bare = JSON.stringify({ ...JSON.parse(comment('/harness help')), padding: '' });
    return bare.replace('"padding":""', `"padding":"${'x'.repeat(bytes - bare.length)}"`);
  };

  it('of 25 MB, GitHub’s largest, is taken when it is signed', async () => {
    const body = large(25 * MB);
    expect(Buffer.byteLength(body)).toBe(25 * MB);
    expect((await deliver('issue_comment', body)).status).toBe(200);
    expect(engine.works).toHaveLength(1);
    // The database keeps the event, not the megabytes around it.
    expect(JSON.stringify(engine.works[0]?.input).length).toBeLessThan(1000);
    expect(errors).toEqual([]);
  });

  it('of 25 MB is refused without a signature, and none of it is logged', async () => {
    const body = large(25 * MB);
    const forged = await deliver('issue_comment', body, { 'x-hub-signature-256': sign(body, 'guess') });
    expect(forged.status).toBe(400);
    expect(engine.works).toEqual([]);
    expect(errors).toEqual([]);
    expect(JSON.stringify(warnings).length).toBeLessThan(200);
  });

  it('of more than 25 MB is refused though it is signed', async () => {
    expect((await deliver('issue_comment', large(25 * MB + 1))).status).toBe(413);
    expect(engine.works).toEqual([]);
    expect(errors).toEqual([]);
  });
});
