import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readAllTraces, type Source } from '../../src/traces/read/read.ts';
import { makeZip } from './zip-writer.ts';

const line = (task: string) => `${JSON.stringify({ task_id: task, attempt: 1, outcome: 'pass' })}\n`;

/** What a server says to one request: bytes of the file by range, or a bare status. */
type Answer = 'ranges' | 'whole' | number;

interface Host {
  readonly url: string;
  readonly sent: () => number;
  readonly requests: () => number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves one file. `answer` decides for each request by its path and number. */
async function host(
  file: Buffer,
  answer: (path: string, request: number) => Answer = () => 'ranges',
): Promise<Host> {
  let sent = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    const decided = answer(request.url ?? '', requests++);
    if (typeof decided === 'number') return response.writeHead(decided).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (decided === 'whole') return response.writeHead(200).end(file);
    const part = file.subarray(Number(from), Number(to) + 1);
    sent += part.length;
    return response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${file.length}` }).end(part);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/traces.zip`,
    sent: () => sent,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function read(source: Source) {
  const { trials, problems } = await readAllTraces([source]);
  return { tasks: trials.map(({ task }) => task), messages: problems.map(({ message }) => message) };
}

const noise = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => (i * 2654435761) >>> 24));
const zip = makeZip([
  { name: 'screen.png', data: noise, method: 0 },
  { name: 'trials.jsonl', data: line('a') + line('b') },
  { name: 'recording.cast', data: noise, method: 0 },
]);

describe('an archive on a server', () => {
  test('is read without fetching what no format asks for', async () => {
    await using server = await host(zip);
    expect(await read({ location: server.url })).toEqual({ tasks: ['a', 'b'], messages: [] });
    expect(server.sent()).toBeLessThan(1 << 18);
  });

  test('is read on at a fresh address when the one in use expires', async () => {
    await using server = await host(zip, (path, request) =>
      path.includes('fresh') || request < 2 ? 'ranges' : 403,
    );
    const resolve = async () => `${server.url}?fresh`;
    expect(await read({ location: server.url, resolve })).toEqual({ tasks: ['a', 'b'], messages: [] });
  });

  test('that stays forbidden is a problem, after a few attempts', async () => {
    await using server = await host(zip, () => 403);
    const resolve = async () => server.url;
    expect(await read({ location: server.url, resolve })).toEqual({
      tasks: [],
      messages: ['the server answered 403'],
    });
    expect(server.requests()).toBeLessThan(10);
  });

  test('is asked again when the server stumbles', async () => {
    await using server = await host(zip, (_, request) => (request === 1 ? 503 : 'ranges'));
    expect(await read({ location: server.url })).toEqual({ tasks: ['a', 'b'], messages: [] });
  });

  test.each<[string, Answer, RegExp]>([
    ['that answers no ranges', 'whole', /does not answer range requests: download/],
    ['that is not there', 404, /answered 404/],
  ])('%s is a problem with a mend', async (_, answer, message) => {
    await using server = await host(zip, () => answer);
    expect(await read({ location: server.url })).toEqual({
      tasks: [],
      messages: [expect.stringMatching(message)],
    });
  });

  test('whose digest is another is refused', async () => {
    await using server = await host(zip);
    const { tasks, messages } = await read({ location: server.url, digest: `sha256:${'0'.repeat(64)}` });
    expect(tasks).toEqual([]);
    expect(messages).toEqual([expect.stringContaining('was announced')]);
  });

  test('that cannot be reached is a problem', async () => {
    const server = await host(zip);
    await server[Symbol.asyncDispose]();
    expect(await read({ location: server.url })).toEqual({
      tasks: [],
      messages: [expect.stringContaining('cannot be reached')],
    });
  });
});
