import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server as HttpServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Probot, Server } from 'probot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admit, type BodyLimits } from '../../src/app/webhooks/delivery-body.ts';
import { app } from '../../src/app.ts';
import { serverPlace } from '../e2e/server.ts';
import { until } from '../github/fixture.ts';
import { type RecordingEngine, recordingEngine } from './recording-engine.ts';

const MB = 1024 * 1024;
const SECRET = 'a secret of these tests';
const sign = (body: string) => `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

/** Sends pieces without a word on how many there will be; resolves with the status. */
function post(url: string, pieces: readonly string[]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });
}

/** Writes text as it is; resolves with everything that is answered until `count` answers are here. */
function exchange(url: string, texts: Iterable<string>, count: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    let said = '';
    socket.on('error', reject);
    socket.on('data', (data) => {
      said += data;
      if (said.split('HTTP/1.1 ').length <= count) return;
      socket.destroy();
      resolve(said);
    });
    const iterator = texts[Symbol.iterator]();
    const go = () => {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        if (!socket.write(next.value)) return void socket.once('drain', go);
      }
    };
    go();
  });
}

const head = (headers: Readonly<Record<string, string | number>>) =>
  `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

function* inPieces(body: string, size: number): Generator<string> {
  for (let at = 0; at < body.length; at += size) {
    const piece = body.slice(at, at + size);
    yield `${piece.length.toString(16)}\r\n${piece}\r\n`;
  }
  yield '0\r\n\r\n';
}

describe('Probot’s own server', () => {
  let server: Server;
  let http: HttpServer;
  let url: string;
  let engine: RecordingEngine;

  beforeEach(async () => {
    engine = recordingEngine();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const options = {
      appId: 1,
      privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      secret: SECRET,
      logLevel: 'fatal',
    } as const;
    const place = await serverPlace();
    await place.remove();
    const { log } = await new Probot(options).ready();
    server = new Server({
      Probot: Probot.defaults({ ...options, log }),
      log,
      port: place.port,
      host: '127.0.0.1',
    });
    await server.load((probot) => app(probot, () => engine));
    http = await server.start();
    url = place.hookUrl;
  });

  afterEach(async () => {
    http.closeAllConnections();
    await server.stop();
  });

  const comment = JSON.stringify({
    action: 'created',
    installation: { id: 7 },
    repository: { name: 'agent', full_name: 'octo/agent', owner: { login: 'octo' } },
    sender: { login: 'maintainer', type: 'User' },
    issue: { number: 1 },
    comment: { id: 2, body: '/harness help', user: { login: 'maintainer', type: 'User' } },
  });
  const headersOf = (body: string) => ({
    'content-type': 'application/json',
    'x-github-event': 'issue_comment',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': sign(body),
  });
  const chunked = { 'transfer-encoding': 'chunked' };

  it('takes a delivery in pieces', async () => {
    const texts = [head({ ...headersOf(comment), ...chunked }), ...inPieces(comment, 50)];
    expect(await exchange(url, texts, 1)).toMatch(/^HTTP\/1\.1 200 /);
    expect(engine.works).toHaveLength(1);
  });

  it('refuses a body in pieces that are too many, and serves the connection on', async () => {
    const long = 'x'.repeat(40 * MB);
    function* both() {
      yield head({ ...headersOf(long), ...chunked });
      yield* inPieces(long, MB);
      yield head({ ...headersOf(comment), 'content-length': comment.length });
      yield comment;
    }
    const said = await exchange(url, both(), 2);
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(said).toContain('{"error":"the body is larger than any that GitHub sends."}');
    expect(engine.works).toHaveLength(1);
  });

  it('refuses too many pieces before they have all come', async () => {
    const texts = [head({ ...headersOf(''), ...chunked }), ...inPieces('x'.repeat(26 * MB), MB)];
    // The last piece never comes.
    expect(await exchange(url, texts.slice(0, -1), 1)).toMatch(/^HTTP\/1\.1 413 /);
    expect(engine.works).toEqual([]);
  });

  it('refuses a body that says it is too large before it has come', async () => {
    const texts = [head({ ...headersOf('{'), 'content-length': 25 * MB + 1 }), '{'];
    expect(await exchange(url, texts, 1)).toMatch(/^HTTP\/1\.1 413 /);
    expect(engine.works).toEqual([]);
  });

  it('is patient with nobody for ever', () => {
    // Node's own defaults, which nothing here may switch off: headers within a minute, a request within five.
    expect(http.headersTimeout).toBe(60_000);
    expect(http.requestTimeout).toBe(300_000);
    expect(http.keepAliveTimeout).toBeLessThanOrEqual(10_000);
  });
});

describe('the bounds of bodies', () => {
  let http: HttpServer;
  let url: string;
  let received: string[];
  let refused: string[];

  async function open(limits: BodyLimits): Promise<void> {
    received = [];
    refused = [];
    const handler = admit(
      async (incoming, response) => {
        received.push(String(Reflect.get(incoming, 'body')));
        response.writeHead(200).end();
        return true;
      },
      async (body, signature) => signature === sign(body),
      (message) => refused.push(message),
      limits,
    );
    http = createServer((incoming, response) => void handler(incoming, response));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  afterEach(() => {
    http.closeAllConnections();
    http.close();
  });

  /** A sender that sends a little and then nothing. */
  function stalled(bytes: number) {
    const sent = request(url, { method: 'POST' });
    const answer = new Promise<number | undefined>((resolve) => {
      sent.on('response', (response) => resolve(response.statusCode));
      sent.on('error', () => resolve(undefined));
    });
    sent.write('x'.repeat(bytes));
    return { answer, leave: () => sent.destroy() };
  }

  it('let a body of exactly the limit through and none of a byte more, told or untold', async () => {
    await open({ one: 10, all: 100, ms: 5_000 });
    expect(await post(url, ['x'.repeat(10)])).toBe(200);
    expect(await post(url, ['x'.repeat(11)])).toBe(413);
    expect(await post(url, ['x'.repeat(6), 'x'.repeat(6)])).toBe(413);
    expect((await fetch(url, { method: 'POST', body: 'x'.repeat(11) })).status).toBe(413);
    expect(received).toEqual(['x'.repeat(10)]);
  });

  it('hold no more than they may at once, and let go of what was answered', async () => {
    await open({ one: 10, all: 15, ms: 5_000 });
    const [first, second] = [stalled(8), stalled(4)];
    await until(async () => ((await post(url, ['x'.repeat(4)])) === 503 ? true : undefined));
    expect(refused[0]).toContain('too many large deliveries at once');
    first.leave();
    second.leave();
    await until(async () => ((await post(url, ['x'.repeat(10)])) === 200 ? true : undefined));
    for (let i = 0; i < 5; i++) expect(await post(url, ['x'.repeat(10)])).toBe(200);
  });

  it('wait for a slow sender as long as GitHub would, and not longer', async () => {
    await open({ one: 10, all: 100, ms: 100 });
    expect(await stalled(5).answer).toBe(408);
    expect(received).toEqual([]);
  });

  it('forget a sender that went away, without a word', async () => {
    await open({ one: 10, all: 100, ms: 5_000 });
    const gone = stalled(5);
    await until(async () => ((await post(url, ['y'])) === 200 ? true : undefined));
    gone.leave();
    await gone.answer;
    expect(refused).toEqual([]);
    expect(received).toEqual(['y']);
  });

  it('leave requests without a body alone', async () => {
    await open({ one: 0, all: 0, ms: 100 });
    expect((await fetch(url)).status).toBe(200);
  });
});
