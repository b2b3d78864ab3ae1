import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/traces/redact/redact.ts';
import { makeStep, makeTrial, type Trial } from '../../src/traces/trial.ts';
import { ENVIRONMENT_NAMES, KINDS, type Planted, plantedSecrets, seeded } from './planted-secrets.ts';

/** Filler as traces have it: none of it is a secret. */
const FILLER = [
  '$ ls -la /usr/lib/python3/dist-packages\ntotal 44\n',
  'Traceback (most recent call last):\n  File "/app/main.py", line 12, in <module>\n',
  '{"dimensions":["Campaign"],"limit":100,"next_token":null}',
  'commit 571ab44e8a8936014c22e7eebe4948d9611fd7ce\n',
  'https://example.com/docs?page=2#section ',
  'max_tokens: 4096, total_tokens=1840, tool_use_id toolu_01NtVat4vJLFfVd5TqdLHcA7 ',
];

describe('redacting', () => {
  it('names what it took out and keeps the rest', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { text } = createRedactor().redact(`git push https://x:${token}@github.com failed`);
    expect(text).toBe('git push https://x:[redacted:github-token:1]@github.com failed');
  });

  it('gives equal secrets equal placeholders, across texts', () => {
    const redactor = createRedactor();
    const [a, b] = [`glpat-${'Zx9_'.repeat(6)}`, `glpat-${'Qw3-'.repeat(6)}`];
    expect(redactor.redact(`${a} ${b} ${a}`).text).toBe(
      '[redacted:gitlab-token:1] [redacted:gitlab-token:2] [redacted:gitlab-token:1]',
    );
    expect(redactor.redact(b).text).toBe('[redacted:gitlab-token:2]');
  });

  it('knows a secret again where nothing around it tells', () => {
    const secret = '9f86d081884c7d659a2feaa0c55ad015';
    const [bare, telling] = createRedactor().redactAll([`value ${secret}`, `client_secret = "${secret}"`]);
    expect(bare?.text).toBe('value [redacted:secret:1]');
    expect(telling?.text).toBe('client_secret = "[redacted:secret:1]"');
  });

  it('reads names through the escapes of nested JSON', () => {
    const inner = JSON.stringify({ api_key: '4f2a9c81d7e65b30a1f8c2d94e7b6a53' });
    const outer = JSON.stringify({ arguments: inner });
    const { text } = createRedactor().redact(outer);
    expect(JSON.parse(JSON.parse(text).arguments)).toEqual({ api_key: '[redacted:api-key:1]' });
  });

  it('leaves ordinary text alone', () => {
    const ordinary = [
      ...FILLER,
      'The password is incorrect for this user; the token was not found in the cache.',
      'api_key = os.environ["OPENAI_API_KEY"]',
      'def get_token(self, secret=None): return self.secret_store.get(token_name)',
      'key: /home/user/project/config.yaml, cache-key=node_modules-linux',
      'export TOKEN=$GITHUB_TOKEN PASSWORD=********',
      'Authorization: Bearer <token>',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    ];
    const redactor = createRedactor();
    for (const text of ordinary) expect(redactor.redact(text).text).toBe(text);
  });

  it('cannot be switched off from within the text', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { text } = createRedactor().redact(`// secretlint-disable\n/* secretlint-disable */ ${token}`);
    expect(text).not.toContain(token);
  });

  it('takes out a private key whose end was cut off, and one in a JSON string', () => {
    const body = 'MIIEpAIBAAKCAQEA7c9d'.repeat(12);
    const cut = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}`;
    const escaped = JSON.stringify({ key: `${cut}\n-----END OPENSSH PRIVATE KEY-----\n` });
    for (const text of [cut, escaped])
      expect(createRedactor().redact(text).text).not.toContain(body.slice(0, 20));
  });
});

describe('the environment', () => {
  it('is taken out in the forms it takes in texts', () => {
    const env = { SIGNING: 'p4$$ "quoted"/value&more', HOME: '/home/runner-9f8e7d6c' };
    const redactor = createRedactor({ env });
    const base64 = Buffer.from(env.SIGNING).toString('base64').replace(/=+$/, '');
    const forms = [
      env.SIGNING,
      JSON.stringify(env.SIGNING).slice(1, -1),
      encodeURIComponent(env.SIGNING),
      base64,
    ];
    for (const form of forms) {
      expect(redactor.redact(`<${form}>`).text).toBe('<[redacted:env-signing:1]>');
    }
    expect(redactor.redact(env.HOME).text).toBe(env.HOME);
  });

  it.each([
    ['PATH', '/usr/local/bin:/usr/bin'],
    ['GITHUB_REPOSITORY', 'octo-org/agent-evals'],
    ['GITHUB_SHA', '571ab44e8a8936014c22e7eebe4948d9611fd7ce'],
    ['NODE_ENV', 'production'],
    ['SERVICE_URL', 'https://service.internal:8443/api'],
    ['BUILD_NUMBER', '1234567890'],
    ['npm_config_user_agent', 'npm/11.4.2 node/v24.1.0 linux x64'],
    ['DEBUG_LEVEL', 'verbose-output'],
    ['CI_TOKEN', 'true'],
  ])('leaves %s=%s readable', (name, value) => {
    expect(createRedactor({ env: { [name]: value } }).redact(`x ${value} y`).text).toBe(`x ${value} y`);
  });

  it.each([
    ['GITHUB_TOKEN', 'ordinaryword'],
    ['DB_PASSWORD', 'hunter2'],
    ['SIGNER', 'a1b2c3d4-e5f6'],
    ['DATABASE_URL', 'postgres://app:swordfish@db/runs'],
  ])('takes out %s=%s', (name, value) => {
    expect(createRedactor({ env: { [name]: value } }).redact(`x ${value} y`).text).not.toContain(value);
  });
});

/** Text with a secret in the middle, whichever kind. */
const planted = fc
  .tuple(
    fc.constantFrom(...Object.keys(KINDS)),
    fc.integer(),
    fc.constantFrom(...FILLER),
    fc.constantFrom(...FILLER),
  )
  .map(([kind, seed, before, after]) => {
    const one = KINDS[kind]?.(seeded(seed)) ?? { secret: '', text: '' };
    return {
      ...one,
      kind,
      full: `${before}\n${one.text}\n${after}`,
      at: before.length + 1 + one.text.indexOf(one.secret),
    };
  });

describe('laws of redaction', () => {
  it('what is redacted stays as it is', () => {
    const text = fc.oneof(
      planted.map(({ full }) => full),
      fc.tuple(planted, planted).map(([a, b]) => a.text + b.text),
      fc.tuple(planted, fc.string()).map(([a, noise]) => noise + a.text + noise),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (raw) => {
        const redactor = createRedactor({ env: { SOME_TOKEN: 'environment7value' } });
        const once = redactor.redact(raw).text;
        expect(redactor.redact(once).text).toBe(once);
        // Nor does a redactor that knows nothing of the first one.
        expect(createRedactor().redact(once).text).toBe(once);
      }),
      { numRuns: 150 },
    );
  });

  it('offsets outside secrets point at the same text', () => {
    fc.assert(
      fc.property(planted, ({ full }) => {
        const redaction = createRedactor().redact(full);
        for (let offset = 0; offset < full.length; offset++) {
          if (redaction.spans.some(({ start, end }) => offset >= start && offset < end)) continue;
          expect(redaction.text[redaction.at(offset, 'start')]).toBe(full[offset]);
        }
        expect(redaction.at(full.length, 'end')).toBe(redaction.text.length);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    // A rule that counts forty characters from the name on leaves the end of such a key.
    ['AWS_SECRET_ACCESS_KEY=', '/7J7ElQSjsWaytTTYwLDpyYWKMOfp5EchSDmPC6O'],
    ['AWS_SECRET_ACCESS_KEY=', '7J7ElQSjsWay/tTTYwLDpyYWKMOfp5EchSDmPC6O'],
    // A slash in front makes no path of it.
    ['SERVICE_API_TOKEN=', '/7J7ElQSjsWaytTTYwLDpyYWKMOfp5Ech'],
  ])('%s%s goes whole', (name, secret) => {
    const { text } = createRedactor().redact(`$ env\n${name}${secret}\n$ ls /usr/lib\n`);
    expect(survivors([{ kind: '', secret, text: '' }], text)).toEqual([]);
    expect(text).toContain('$ ls /usr/lib\n');
  });

  it.each(['API_KEY_FILE=/run/secrets/openai2/key', 'token: /usr/share/app3/token.txt'])(
    'the path in %s stays',
    (text) => {
      expect(createRedactor().redact(text).text).toBe(text);
    },
  );

  it('a quote whose edge cuts a secret holds no part of it', () => {
    fc.assert(
      fc.property(
        planted.filter(({ kind }) => kind !== 'environment'),
        fc.nat(),
        fc.nat(),
        ({ full, at, secret }, a, b) => {
          const start = at + (a % secret.length);
          const end = start + 1 + (b % (full.length - start));
          const redactor = createRedactor();
          const evidence = redactor.redactEvidence(full, start, end);
          const { text } = redactor.redact(full);
          expect(text.slice(evidence.start, evidence.end)).toBe(evidence.quote);
          expect(evidence.quote).toMatch(/^\[redacted:/);
          expect(survivors([{ kind: '', secret, text: '' }], evidence.quote)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Planted secrets of which eight characters in a row are still there. */
function survivors(secrets: readonly Planted[], text: string): Planted[] {
  return secrets.filter(({ secret }) => {
    const pieces = secret.match(/[^\s]{8,}/g) ?? [];
    return pieces.some((piece) => {
      for (let i = 0; i + 8 <= piece.length; i++) if (text.includes(piece.slice(i, i + 8))) return true;
      return false;
    });
  });
}

describe('two hundred planted secrets', () => {
  const secrets = plantedSecrets(11, 10);
  const env = Object.fromEntries(
    secrets
      .filter(({ kind }) => kind === 'environment')
      .map(({ secret }, i) => [`${ENVIRONMENT_NAMES[i % 3]}_${i}`, secret]),
  );

  it('are of at least twenty kinds', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(200);
    expect(new Set(secrets.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(20);
    expect(survivors(secrets, secrets.map(({ text }) => text).join('\n'))).toHaveLength(secrets.length);
  });

  it('survive in no text of a trial', () => {
    const trials = secrets.map((planted, index): Trial => {
      const filler = FILLER[index % FILLER.length] ?? '';
      return makeTrial({
        id: `t${index}`,
        task: `task ${index}`,
        source: { path: 'trials.jsonl', format: 'native' },
        reason: `failed with ${planted.text}`,
        verifier: {
          message: filler + planted.text,
          tests: [{ name: 'test_auth', status: 'fail', message: planted.text }],
        },
        steps: [
          makeStep({ index: 0, role: 'user', text: `${filler}\n${planted.text}` }),
          makeStep({
            index: 1,
            role: 'agent',
            toolCalls: [
              { id: null, name: 'bash', arguments: JSON.stringify({ command: `echo ${planted.text}` }) },
            ],
            observation: `${planted.text}\n${filler}`.repeat(3),
            error: `exit code 1: ${planted.text}`,
          }),
        ],
      });
    });
    const texts = trials.flatMap((trial) => [
      trial.reason ?? '',
      trial.verifier?.message ?? '',
      ...trial.steps.flatMap((step) => [step.text, step.observation, step.error ?? '']),
      ...trial.steps.flatMap((step) => step.toolCalls.map((call) => call.arguments)),
    ]);
    const redacted = createRedactor({ env }).redactAll(texts);
    expect(survivors(secrets, redacted.map(({ text }) => text).join('\n'))).toEqual([]);
  });

  it('survive in no JSON document that is redacted whole', () => {
    const document = JSON.stringify({
      weaknesses: secrets.map(({ text }, i) => ({ id: i, quote: text, log: [text] })),
    });
    const { text } = createRedactor({ env }).redact(document);
    expect(survivors(secrets, text)).toEqual([]);
  });
});
