/**
 * How fast traces are read, beside a floor measured in the same run: the same zip library opening the same
 * entries and only parsing them. Each measurement is a process of its own, so that memory counts for one.
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPromise } from 'yauzl';
import { readTraces } from '../src/traces/read/read.ts';
import { writeHarborZip } from './harbor-zip.ts';

/** What one measured process reports. */
interface Measured {
  readonly trials: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** From the start of the process to the first trial. */
  readonly firstSeconds: number;
  readonly peakMiB: number;
  readonly problems: number;
}

const WORKERS: Readonly<Record<string, (target: string) => Promise<Pick<Measured, 'trials' | 'problems'>>>> =
  {
    reader: readAll,
    floorZip,
    floorFolder,
  };

let firstAt = 0;

async function readAll(target: string) {
  const reading = readTraces([target]);
  let trials = 0;
  for await (const _ of reading) {
    if (trials++ === 0) firstAt = performance.now();
  }
  for (const { path, message } of reading.problems.slice(0, 3)) console.error(`problem: ${path}: ${message}`);
  return { trials, problems: reading.problems.length };
}

/** The entries that the reader needs: results and trajectories, and what the verifier said of failures. */
async function floorZip(target: string) {
  const zip = await openPromise(target, { autoClose: false });
  const entries = [];
  for await (const entry of zip.eachEntry()) if (isNeeded(entry.fileName)) entries.push(entry);
  let trials = 0;
  for (const entry of entries) {
    const parts: Buffer[] = [];
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part);
    JSON.parse(Buffer.concat(parts).toString());
    if (entry.fileName.endsWith('/result.json') && trials++ === 0) firstAt = performance.now();
  }
  return { trials, problems: 0 };
}

function isNeeded(name: string): boolean {
  return name.endsWith('/result.json') || name.endsWith('/trajectory.json');
}

/** Every JSON file of a folder. */
async function floorFolder(target: string) {
  let trials = 0;
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('results.json')) continue;
    const value: unknown = JSON.parse(readFileSync(join(target, name), 'utf8'));
    if (trials++ === 0) firstAt = performance.now();
    if (typeof value !== 'object') throw new Error(`${name} is no record`);
  }
  return { trials, problems: 0 };
}

async function work(name: string, target: string): Promise<void> {
  const worker = WORKERS[name];
  if (worker === undefined) throw new Error(`no measurement is called ${name}`);
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const done = await worker(target);
  const cpu = process.cpuUsage(cpuBefore);
  const measured: Measured = {
    ...done,
    seconds: (performance.now() - started) / 1000,
    firstSeconds: firstAt / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakMiB: peakMiB(),
  };
  process.send?.(measured);
}

/** Linux keeps a forked process's `maxRSS` from its parent; VmHWM starts afresh. */
function peakMiB(): number {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) / 1024;
  } catch {
    // No /proc on this system.
  }
  return process.resourceUsage().maxRSS / 1024;
}

function measure(worker: string, target: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--worker', worker, target]);
    let measured: Measured | undefined;
    child.on('message', (message) => {
      measured = message as Measured;
    });
    child.on('exit', (code) => {
      if (measured !== undefined) resolve(measured);
      else reject(new Error(`${worker} ended with ${code}`));
    });
  });
}

/** Serves one file by ranges and counts what leaves. */
async function serve(
  path: string,
): Promise<{ server: Server; url: string; sent: () => number; requests: () => number }> {
  const size = statSync(path).size;
  const file = await open(path);
  let sent = 0;
  let requests = 0;
  const server = createServer(async (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined || to === undefined) return response.writeHead(416).end();
    const start = Number(from);
    const length = Math.min(Number(to), size - 1) - start + 1;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
    sent += length;
    requests++;
    response.writeHead(206, {
      'content-range': `bytes ${start}-${start + length - 1}/${size}`,
      'content-length': length,
    });
    return response.end(buffer);
  });
  server.on('close', () => void file.close());
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, url: `http://127.0.0.1:${port}/traces.zip`, sent: () => sent, requests: () => requests };
}

async function neededBytes(path: string): Promise<number> {
  const zip = await openPromise(path);
  let bytes = 0;
  for await (const entry of zip.eachEntry()) if (isNeeded(entry.fileName)) bytes += entry.compressedSize;
  return bytes;
}

const LEADERBOARD = fileURLToPath(
  new URL('../../shared/traces/terminal-bench-v1/leaderboard', import.meta.url),
);

async function main(): Promise<void> {
  const path = join(tmpdir(), `self-harness-bench-${process.pid}.zip`);
  try {
    await writeHarborZip(path, { trials: 10_000, largeEvery: 10, largeBytes: 5 * 1024 * 1024 });
    const size = statSync(path).size;
    console.log(
      `Harbor job: 10,000 trials, 1,000 of them with 5 MiB trajectories, ${mb(size)} MB as a zip\n`,
    );
    const floor = await measure('floorZip', path);
    const reader = await measure('reader', path);
    print('floor: yauzl and JSON.parse', floor);
    print('reader', reader, floor);
    const needed = await neededBytes(path);
    const { server, url, sent, requests } = await serve(path);
    print('reader over HTTP ranges', await measure('reader', url), floor);
    const bar = needed * 1.1 + 2 ** 20;
    console.log(
      `  ${mb(sent())} MB sent in ${requests()} requests; needed entries are ${mb(needed)} MB, the bar is ${mb(bar)} MB\n`,
    );
    server.close();
    await leaderboard();
  } finally {
    rmSync(path, { force: true });
  }
}

async function leaderboard(): Promise<void> {
  if (statSync(LEADERBOARD, { throwIfNoEntry: false }) === undefined) {
    console.log('Terminal-Bench 1 leaderboard: skipped, the shared data is not beside this repository');
    return;
  }
  console.log('Terminal-Bench 1 leaderboard');
  const floor = await measure('floorFolder', LEADERBOARD);
  print('floor: readFileSync and JSON.parse', floor);
  print('reader', await measure('reader', LEADERBOARD), floor);
}

function print(name: string, measured: Measured, floor?: Measured): void {
  const { trials, seconds, cpuSeconds, firstSeconds, peakMiB: peak, problems } = measured;
  const times = floor === undefined ? '' : `, ${(seconds / floor.seconds).toFixed(2)} × floor`;
  const cpuTimes = floor === undefined ? '' : `, ${(cpuSeconds / floor.cpuSeconds).toFixed(2)} × floor`;
  console.log(
    `  ${name}: ${trials} ${floor === undefined ? 'files' : 'trials'}, ${problems} problems\n` +
      `    ${seconds.toFixed(2)} s${times}; processor ${cpuSeconds.toFixed(2)} s${cpuTimes}` +
      `; first after ${firstSeconds.toFixed(2)} s; peak ${peak.toFixed(0)} MiB`,
  );
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

const [flag, worker, target] = process.argv.slice(2);
if (flag === '--worker' && worker !== undefined && target !== undefined) await work(worker, target);
else await main();
