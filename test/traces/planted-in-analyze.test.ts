/**
 * Two hundred secrets of twenty kinds in every text that a trace has, and in lines that cannot be read: none
 * of them comes out of `self-harness analyze`, on standard output, on standard error or in the report.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { folderOf } from './folder.ts';
import { type Planted, plantedSecrets } from './planted-secrets.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const SECRETS = plantedSecrets(23, 10);

/** A run that tries one failing call over and over, so that there is a weakness to cite. */
function failing({ text }: Planted, n: number): object {
  const step = {
    role: 'agent',
    text: `I try again ${text}`,
    tool_calls: [{ name: 'bash', arguments: { command: `curl ${text}` } }],
    observation: `Error: command failed with exit code 1: ${text}`,
    error: `exit code 1 ${text}`,
  };
  return {
    task_id: `task-${n}`,
    attempt: 1,
    outcome: 'fail',
    reason: `failed: ${text}`,
    verifier: { message: text, tests: [{ name: `logs in with ${text}`, status: 'fail', message: text }] },
    steps: Array.from({ length: 6 }, () => step),
  };
}

function invalid({ text }: Planted, n: number): object {
  return { task_id: `invalid-${n}`, attempt: 1, outcome: 'invalid', reason: `API error ${text}` };
}

/** Secrets of which eight characters in a row are in the text. */
function survivors(text: string): string[] {
  return SECRETS.filter(({ secret }) =>
    (secret.match(/\S{8,}/g) ?? []).some((piece) =>
      Array.from({ length: piece.length - 7 }, (_, i) => piece.slice(i, i + 8)).some((part) =>
        text.includes(part),
      ),
    ),
  ).map(({ kind, secret }) => `${kind}: ${secret}`);
}

it.each([
  ['as JSON', ['--json']],
  ['in words', []],
  ['in the report', ['--out', 'report.html']],
])(
  'no planted secret comes out of analyze %s',
  (_, args) => {
    const known = SECRETS.filter(({ kind }) => kind === 'environment');
    const env = Object.fromEntries(known.map(({ secret }, n) => [`EVAL_SIGNER_${n}`, secret]));
    using folder = folderOf({
      'trials.jsonl': [...SECRETS.map(failing), ...SECRETS.map(invalid)],
      'broken/trials.jsonl': [
        '{"task_id":"a","attempt":1,"outcome":"pass"}',
        ...SECRETS.map(({ text }) => `{"x ${text}`),
      ].join('\n'),
    });
    const run = spawnSync(process.execPath, [CLI, 'analyze', folder.path, ...args], {
      cwd: folder.path,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(run.status, run.stderr).toBe(0);
    const report = join(folder.path, 'report.html');
    const shown = run.stdout + run.stderr + (existsSync(report) ? readFileSync(report, 'utf8') : '');
    expect(shown).toContain('[redacted:');
    expect(survivors(shown)).toEqual([]);
  },
  120_000,
);
