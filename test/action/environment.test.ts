import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment, readPayload } from '../../src/action/environment.ts';
import { ENVIRONMENT } from './environment.ts';

describe('the environment of a job', () => {
  it('is read with the defaults of action.yml for inputs that are left out', () => {
    expect(readEnvironment(ENVIRONMENT)).toMatchObject({
      token: 'ghs_token',
      mode: 'improve',
      timeoutMinutes: 330,
      owner: 'octo',
      repo: 'agent',
      apiUrl: 'https://github.example/api/v3',
      run: { id: '77', attempt: 1, url: 'https://github.example/octo/agent/actions/runs/77/attempts/1' },
    });
  });

  it.each(Object.keys(ENVIRONMENT))('names %s where it is missing, and the mend', (name) => {
    const { [name]: _, ...rest } = ENVIRONMENT;
    const read = () => readEnvironment(rest);
    expect(read).toThrow(`${name} is not set.`);
    expect(read).toThrow(name === 'INPUT_TOKEN' ? 'Leave the input `token` out' : 'docs/action.md');
    // The runner passes what is left out as an empty text.
    expect(() => readEnvironment({ ...ENVIRONMENT, [name]: '' })).toThrow(`${name} is not set.`);
  });

  it.each([
    ['INPUT_MODE', 'repair', '`mode` is `improve` or `prune`'],
    ['INPUT_TIMEOUT_MINUTES', 'long', '`timeout_minutes` is a number of minutes, at most 7200'],
    ['INPUT_TIMEOUT_MINUTES', '0', '`timeout_minutes`'],
    ['INPUT_TIMEOUT_MINUTES', '7201', '`timeout_minutes`'],
    ['GITHUB_API_URL', 'nowhere', 'docs/action.md'],
  ])('refuses %s=%s with the mend', (name, value, mend) => {
    const read = () => readEnvironment({ ...ENVIRONMENT, [name]: value });
    expect(read).toThrow(`${name} has a value that makes no sense.`);
    expect(read).toThrow(mend);
  });

  it('names everything that is wrong at once, and repeats no value', () => {
    const read = () => readEnvironment({ INPUT_TOKEN: 'ghs_token', INPUT_MODE: 'x' });
    expect(read).toThrow(/INPUT_MODE .*GITHUB_REPOSITORY .*RUNNER_TEMP/);
    expect(read).not.toThrow('ghs_token');
  });
});

describe('the event of a job', () => {
  it.each(['', '[]', 'no JSON'])('that is %j is refused with the place', async (text) => {
    const temp = await mkdtemp(path.join(tmpdir(), 'self-harness-event-'));
    const file = path.join(temp, 'event.json');
    await writeFile(file, text);
    const job = readEnvironment({ ...ENVIRONMENT, GITHUB_EVENT_PATH: file });
    await expect(readPayload(job)).rejects.toThrow(file);
    await rm(temp, { recursive: true });
    await expect(readPayload(job)).rejects.toThrow('GITHUB_EVENT_PATH');
  });
});
