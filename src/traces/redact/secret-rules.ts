/**
 * Secrets by secretlint's recommended rules: the shapes of tokens that providers publish, kept up by others.
 *
 * The rules are called without secretlint's core: its profiler keeps every mark of every run and searches
 * them all on the next (version 12), which a process that redacts thousands of texts cannot afford. So
 * called they also answer at once, and loggers can redact.
 */
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { SecretFinding } from './secret-finding.ts';

type Rule = (typeof rules)[number];
type RuleContext = Parameters<Rule['create']>[0];
type Report = Parameters<RuleContext['report']>[0];
type Source = Parameters<NonNullable<ReturnType<Rule['create']>['file']>>[0];

const PREFIX = '@secretlint/secretlint-rule-';

/**
 * Left out: `filter-comments`, by which a text could switch detection off for itself, and `gcp`, which
 * reads files by name and reports whole documents; the private key inside such a document is found anyway.
 */
const LEFT_OUT = new Set([`${PREFIX}filter-comments`, `${PREFIX}gcp`]);

/** What a rule finds, in the words of a placeholder. */
const KINDS: Readonly<Record<string, string>> = {
  aws: 'aws-key',
  privatekey: 'private-key',
  basicauth: 'url-password',
  'database-connection-string': 'url-password',
  'hashicorp-vault': 'vault-token',
};

/** URLs are found whole; only their password is secret, and the rest says what the trace was about. */
const URL_PASSWORD = /:\/\/[^\s:@/]*:([^\s@]+)@/;

/** The secrets in a text, rule by rule. Linear in its length. */
export function findByRules(text: string): SecretFinding[] {
  const source = sourceOf(text);
  return rules
    .filter(({ meta }) => !LEFT_OUT.has(meta.id))
    .flatMap((rule) => {
      const name = rule.meta.id.slice(PREFIX.length);
      const kind = KINDS[name] ?? `${name}-token`;
      return reports(rule, source).map(({ range }) =>
        toItsEnd(text, narrowed(text, { start: range[0], end: range[1], kind })),
      );
    });
}

function reports(rule: Rule, source: Source): Report[] {
  const found: Report[] = [];
  const context: RuleContext = {
    sharedOptions: {},
    // Only ranges are used of a report: messages, which hold the secret, are never made.
    createTranslator: () => (messageId, data) => ({ message: '', messageId: String(messageId), data }),
    report: (report) => found.push(report),
    ignore: () => undefined,
  };
  // Account ids are no secrets, but stand beside them.
  rule.create(context, { enableIDScanRule: true }).file?.(source);
  return found;
}

function narrowed(text: string, found: SecretFinding): SecretFinding {
  if (found.kind !== 'url-password') return found;
  const password = URL_PASSWORD.exec(text.slice(found.start, found.end));
  if (password?.[1] === undefined) return found;
  const end = found.start + password.index + password[0].length - 1;
  return { start: end - password[1].length, end, kind: found.kind };
}

/** A rule that counts characters may begin before the secret and stop inside it: what goes on belongs to it. */
function toItsEnd(text: string, found: SecretFinding): SecretFinding {
  GOES_ON.lastIndex = found.end - 1;
  const rest = GOES_ON.exec(text)?.[0] ?? '';
  return rest.length > 1 ? { ...found, end: found.end - 1 + rest.length } : found;
}

/** From the last character of a finding on: the alphabet of base64, in both its forms. */
const GOES_ON = /[A-Za-z0-9+/_-]+=*/y;

function sourceOf(content: string): Source {
  const nowhere = () => {
    throw new Error('a secretlint rule asked for line and column, which redaction has no use for');
  };
  return {
    content,
    filePath: undefined,
    physicalFilePath: undefined,
    ext: '.txt',
    contentType: 'text',
    hasBOM: false,
    getFilePath: () => undefined,
    getPhysicalFilePath: () => undefined,
    locationToRange: nowhere,
    rangeToLocation: nowhere,
    positionToIndex: nowhere,
    indexToPosition: nowhere,
  };
}
