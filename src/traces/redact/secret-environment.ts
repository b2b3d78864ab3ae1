/**
 * The values of the process's environment, as secrets: whatever CI or an operator put there may stand in a
 * trace.
 *
 * A variable whose NAME tells of a secret (key, token, password …) is one from 6 characters on, whatever it
 * holds. Of the others every value of 8 characters and more is taken, except where redacting it would blank
 * out ordinary text and protect nothing: paths and lists of paths, addresses without a password, numbers,
 * versions and single words; and variables that the shell, Node, npm and CI set to describe the machine.
 */
import type { SecretFinding } from './secret-finding.ts';

const SECRET_NAME =
  /key|secret|token|passw|passphrase|pwd$|credential|auth|cookie|private|signature|salt|dsn|conn(?:ection)?_?str|database_url|webhook/i;

const MACHINE_NAME =
  /^(?:_|HOME|PATH|PWD|OLDPWD|SHELL|SHLVL|USER|USERNAME|LOGNAME|LANG|LANGUAGE|LC_\w+|TERM\w*|COLORTERM|EDITOR|VISUAL|PAGER|LESS\w*|LS_COLORS|HOSTNAME|HOSTTYPE|OSTYPE|MACHTYPE|TZ|TMPDIR|TEMP|TMP|DISPLAY|XDG_\w+|DBUS_\w+|MAIL|MANPATH|INFOPATH|NODE|NODE_(?:ENV|PATH|OPTIONS|VERSION)|NVM_\w+|PYENV_\w+|VIRTUAL_ENV\w*|CONDA_\w+|npm_\w+|VITEST\w*|CI|CI_\w+|GITHUB_\w+|RUNNER_\w+|ImageOS|ImageVersion|AGENT_\w+|DEBIAN_FRONTEND|JAVA_HOME\w*|GOROOT\w*|ANDROID_\w+|KUBERNETES_\w+)$/;

const TRIVIAL = [
  /^(?:\.{0,2}|~)\/[^:]*(?::(?:\.{0,2}|~)?\/[^:]*)*$/, // paths, lists of paths
  /^[A-Za-z]:\\/, // paths of Windows
  /^[a-z][a-z0-9+.-]*:\/\/[^@]*$/i, // addresses without a password
  /^[\d.,:T+-]+Z?$/, // numbers, versions, times
  /^v?\d+\.\d+[\w.-]*$/,
  /^[A-Za-z]+(?:[ ._/-][A-Za-z]+)*$/, // words
  /^[\w.-]+\.(?:com|org|net|io|dev|local|internal)(?::\d+)?$/, // hosts
];

/** A value that stands for a secret in texts, in every form it may take there. */
export interface KnownSecret {
  readonly kind: string;
  /** As it is, then every other form. */
  readonly forms: readonly string[];
}

/** The secrets of an environment, longest first. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): KnownSecret[] {
  const secrets: KnownSecret[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !isSecretVariable(name, value.trim())) continue;
    secrets.push({ kind: `env-${kindFor(name)}`, forms: formsOf(value.trim()) });
  }
  return secrets.toSorted((a, b) => (b.forms[0]?.length ?? 0) - (a.forms[0]?.length ?? 0));
}

function isSecretVariable(name: string, value: string): boolean {
  // CI describes itself in GITHUB_*, but GITHUB_TOKEN is a token.
  const telling = SECRET_NAME.test(name) && !/^(?:SSH_AUTH_SOCK|GPG_KEY|PUBLIC_KEY\w*)$/.test(name);
  if (telling)
    return value.length >= 6 && !/^(?:true|false|\d{1,9})$/i.test(value) && !TRIVIAL[0]?.test(value);
  if (value.length < 8 || MACHINE_NAME.test(name)) return false;
  return !TRIVIAL.some((pattern) => pattern.test(value));
}

/** The name, as placeholders can hold it. */
function kindFor(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 32) || 'value'
  );
}

/** As it is, as JSON and URLs escape it, in base64, and the long lines of a value that has several. */
function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ...(lines.length > 1 ? lines.filter((line) => line.length >= 16 && !line.startsWith('-----')) : []),
  ];
  return [...new Set(forms)];
}

/** Where known secrets stand in a text. */
export function findKnown(text: string, secrets: Iterable<KnownSecret>): SecretFinding[] {
  const found: SecretFinding[] = [];
  for (const { kind, forms } of secrets) {
    const [secret] = forms;
    for (const form of forms) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
        found.push({ start: at, end: at + form.length, kind, ...(secret === undefined ? {} : { secret }) });
      }
    }
  }
  return found;
}
