/**
 * Secrets made up on the spot, of the kinds that turn up in traces. Nothing here is written out as a literal:
 * scanners of this repository would rightly complain.
 */
export interface Planted {
  readonly kind: string;
  /** What must not survive. */
  readonly secret: string;
  /** How it stands in a text. */
  readonly text: string;
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALNUM = LOWER + UPPER + DIGITS;
const HEX = `${DIGITS}abcdef`;

/** A small seeded generator (mulberry32): 0 <= value < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The environment that the `environment` kind plants its values from. */
export const ENVIRONMENT_NAMES = ['DEPLOY_SIGNER', 'INTERNAL_PHRASE', 'EVAL_DB_TOKEN'] as const;

export const KINDS: Readonly<Record<string, (random: () => number) => Omit<Planted, 'kind'>>> = {
  'github classic': plain((r) => `ghp_${pick(r, ALNUM, 36)}`),
  'github fine-grained': plain((r) => `github_pat_${pick(r, ALNUM, 22)}_${pick(r, ALNUM, 59)}`),
  gitlab: plain((r) => `glpat-${pick(r, ALNUM, 20)}`),
  'aws access key': plain((r) => `AKIA${pick(r, `${UPPER}234567`, 16)}`),
  'aws secret key': named((r) => pick(r, `${ALNUM}+/`, 40), 'AWS_SECRET_ACCESS_KEY='),
  openai: plain((r) => `sk-proj-${pick(r, ALNUM, 48)}`),
  anthropic: plain((r) => `sk-ant-api03-${pick(r, `${ALNUM}_-`, 93)}AA`),
  'slack token': plain((r) => `xoxb-${pick(r, DIGITS, 11)}-${pick(r, DIGITS, 12)}-${pick(r, ALNUM, 24)}`),
  'slack webhook': within(
    (r) => `T${pick(r, UPPER, 8)}/B${pick(r, UPPER, 8)}/${pick(r, ALNUM, 24)}`,
    (secret) => `https://hooks.slack.com/services/${secret}`,
  ),
  'google key': plain((r) => `AIza${pick(r, `${ALNUM}_-`, 35)}`),
  stripe: plain((r) => `sk_live_${pick(r, ALNUM, 24)}`),
  npm: plain((r) => `npm_${pick(r, ALNUM, 36)}`),
  huggingface: plain((r) => `hf_${pick(r, LOWER + UPPER, 34)}`),
  sendgrid: plain((r) => `SG.${pick(r, ALNUM, 22)}.${pick(r, ALNUM, 43)}`),
  jwt: plain((r) => `eyJ${pick(r, ALNUM, 33)}.eyJ${pick(r, ALNUM, 60)}.${pick(r, ALNUM, 43)}`),
  'private key': within(
    (r) => pick(r, ALNUM, 400).replace(/(.{64})/g, '$1\n'),
    (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
  ),
  'url password': within(
    (r) => `${pick(r, ALNUM, 14)}`,
    (secret) => `postgres://app:${secret}@db.internal:5432/runs`,
  ),
  'bearer header': named((r) => pick(r, ALNUM, 40), 'Authorization: Bearer '),
  'named value': named((r) => pick(r, HEX, 32), '"api_key": "', '"'),
  password: named((r) => `${pick(r, ALNUM, 9)}!${pick(r, DIGITS, 3)}`, 'DB_PASSWORD="', '"'),
  environment: plain((r) => pick(r, `${ALNUM}:`, 20)),
};

/** `perKind` secrets of every kind. */
export function plantedSecrets(seed: number, perKind: number): Planted[] {
  const random = seeded(seed);
  return Object.entries(KINDS).flatMap(([kind, make]) =>
    Array.from({ length: perKind }, () => ({ kind, ...make(random) })),
  );
}

function pick(random: () => number, alphabet: string, length: number): string {
  const chars = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)] ?? 'a');
  // A random draw may lack the digit or letter that every real token of some length has.
  if (alphabet.includes('7') && length > 8) chars[1] = '7';
  return chars.join('');
}

function plain(make: (random: () => number) => string) {
  return within(make, (secret) => secret);
}

function named(make: (random: () => number) => string, before: string, after = '') {
  return within(make, (secret) => `${before}${secret}${after}`);
}

function within(make: (random: () => number) => string, wrap: (secret: string) => string) {
  return (random: () => number) => {
    const secret = make(random);
    return { secret, text: wrap(secret) };
  };
}
