/**
 * Secrets that show by their shape or by the name they are given, beyond what secretlint's rules know: keys
 * cut off in the middle, tokens of other providers or of lengths its rules do not expect, headers, and
 * high-entropy values of telling names.
 */
import type { SecretFinding } from './secret-finding.ts';

interface Shape {
  readonly kind: string;
  /** Its first group, where it has one, is the secret. Flags `g` and `d`. */
  readonly pattern: RegExp;
}

/** Prefixes that providers give their tokens, loosely: a prefix and a long enough rest. */
const SHAPES: readonly Shape[] = [
  // A block that a log cut off has no end line, and one in JSON has \n for line breaks.
  {
    kind: 'private-key',
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----(?:(?!-----)[\s\S]){0,20000}?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|(?=[^A-Za-z0-9+/=\s\\,:.-])|$)/dg,
  },
  { kind: 'github-token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})/dg },
  { kind: 'gitlab-token', pattern: /\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|agent)-[A-Za-z0-9_-]{16,255}/dg },
  { kind: 'anthropic-key', pattern: /\bsk-ant-[A-Za-z0-9_-]{16,255}/dg },
  { kind: 'openai-key', pattern: /\bsk-(?!ant-)[A-Za-z0-9_-]{20,255}/dg },
  { kind: 'stripe-key', pattern: /\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,255}/dg },
  {
    kind: 'google-key',
    pattern: /\b(?:AIza[A-Za-z0-9_-]{30,64}|ya29\.[A-Za-z0-9_-]{16,512}|GOCSPX-[A-Za-z0-9_-]{16,64})/dg,
  },
  { kind: 'aws-key', pattern: /\b(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}\b/dg },
  {
    kind: 'slack-token',
    pattern: /\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,255}|\bxapp-[A-Za-z0-9-]{10,255}/dg,
  },
  { kind: 'slack-webhook', pattern: /hooks\.slack\.com\/(?:services|workflows)\/([A-Za-z0-9/_-]{10,255})/dg },
  {
    kind: 'discord-webhook',
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(\d{5,25}\/[A-Za-z0-9_-]{16,128})/dg,
  },
  { kind: 'telegram-token', pattern: /\b\d{8,10}:[A-Za-z0-9_-]{34,36}\b/dg },
  { kind: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{20,255}|_authToken\s{0,2}=\s{0,2}([^\s"']{8,255})/dg },
  { kind: 'pypi-token', pattern: /\bpypi-[A-Za-z0-9_-]{16,512}/dg },
  { kind: 'huggingface-token', pattern: /\bhf_[A-Za-z0-9]{20,255}/dg },
  { kind: 'sendgrid-token', pattern: /\bSG\.[\w-]{16,128}\.[\w-]{16,128}/dg },
  { kind: 'twilio-key', pattern: /\b(?:SK|AC)[0-9a-f]{32}\b/dg },
  {
    kind: 'jwt',
    pattern: /\beyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,2048})?/dg,
  },
  { kind: 'azure-key', pattern: /\b(?:AccountKey|SharedAccessKey|sig)=([A-Za-z0-9+/%=_-]{20,255})/dg },
  { kind: 'digitalocean-token', pattern: /\bdo[opr]_v1_[a-f0-9]{32,128}/dg },
  { kind: 'shopify-token', pattern: /\bshp(?:at|ca|pa|ss)_[A-Za-z0-9]{16,128}/dg },
  { kind: 'vault-token', pattern: /\bhv[sbr]\.[A-Za-z0-9_-]{20,512}/dg },
  { kind: 'age-key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,100}/dg },
  {
    kind: 'api-token',
    pattern:
      /\b(?:gsk_|xai-|pplx-|tvly-|r8_|fw_|nvapi-|lin_api_|ntn_|secret_|dapi|figd_|dckr_pat_|glsa_|glc_|vc[pciark]_|rnd_|phc_|phx_|sntrys_|ATATT3|PMAK-|NRAK-|sq0[a-z]{3}-|EAAA|ddp_|doppler_)[A-Za-z0-9_=.-]{20,512}/dg,
  },
  // A URL's password; a token alone in the user's place.
  { kind: 'url-password', pattern: /:\/\/[^\s:@/"'<>]{0,256}:([^\s@/"'<>]{1,1024})@/dg },
  { kind: 'url-token', pattern: /:\/\/([A-Za-z0-9_-]{20,256})@/dg },
  { kind: 'bearer-token', pattern: /\bBearer\s{1,4}([A-Za-z0-9._~+/-]{12,4096}={0,3})/dgi },
  { kind: 'basic-auth', pattern: /\bBasic\s{1,4}((?=[A-Za-z]*[0-9+/=A-Z])[A-Za-z0-9+/]{12,2048}={0,3})/dg },
  { kind: 'cookie', pattern: /\b(?:set-)?cookie:\s{0,4}([^\r\n"'\\]{8,4096})/dgi },
];

/** A name that tells of a secret, an assignment, and the value. */
const NAMED = new RegExp(
  [
    /(?<name>api[_-]?key|[_-]key|\bkey|token|secret|passw(?:or)?d|passphrase|\bpwd|credentials?|auth(?:orization)?|signature)/
      .source,
    // The rest of the name, a closing quote (escaped as often as JSON was nested), the assignment.
    /[A-Za-z0-9_-]{0,24}\\*["'`]?(?:\s{0,4}(?:=>|:=|={1,3}|:)\s{0,4}|\s{1,2}(?=[^\s-]))(?<quote>\\*["'`])?/
      .source,
    /(?<value>[^\s"'`,;&<>(){}[\]\\|]{8,4096})/.source,
  ].join(''),
  'dgi',
);

const STRONG = /^(?:secret|passw|passphrase|pwd|credential|api)/i;

/** Code, references and stand-ins in a secret's place. A base64 value may begin with a slash and is no path then. */
const NO_SECRET =
  /^(?:[$%*.<]|x{4,}$|(?:os|process|self|this|config|env|settings|args|request|data|secrets|vars|github)\.|(?:true|false|null|none|undefined|string|required|optional|placeholder|redacted|changeme|your[_-]))|^\d+(?:\.\d+)?$|^(?:\.{0,2}\/(?![A-Za-z0-9+]{20,}=*$)|https?:\/\/|file:)|\*{4,}|\.\.\./i;

/** The secrets that a text shows by shape or by name. */
export function findByShape(text: string): SecretFinding[] {
  const found: SecretFinding[] = [];
  for (const { kind, pattern } of SHAPES) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0];
      if (end > start) found.push({ start, end, kind });
    }
  }
  for (const match of text.matchAll(NAMED)) {
    const { name = '', quote, value = '' } = match.groups ?? {};
    const [start, end] = match.indices?.groups?.value ?? [0, 0];
    const assigned = /[=:]/.test(match[0].slice(0, match[0].length - value.length));
    if (isSecretValue(name, value, quote !== undefined, assigned)) {
      found.push({ start, end, kind: kindOfName(name) });
    }
  }
  return found;
}

function isSecretValue(name: string, value: string, quoted: boolean, assigned: boolean): boolean {
  if (NO_SECRET.test(value)) return false;
  const mixed = /\d/.test(value) && /[A-Za-z]/.test(value);
  if (STRONG.test(name)) {
    // Prose ("password incorrect") and identifiers ("secret=get_secret") are words; passwords rarely are.
    const word = /^[A-Za-z]+(?:[._-][A-Za-z]+)*$/.test(value);
    return assigned && entropy(value) >= 2.5 && (!word || quoted);
  }
  return value.length >= 16 && mixed && entropy(value) >= (assigned ? 3 : 3.5);
}

function kindOfName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
  if (/^pass|^pwd/.test(plain)) return 'password';
  return /key$/.test(plain) ? 'api-key' : plain.startsWith('token') ? 'token' : 'secret';
}

/** Shannon entropy of a text's characters, bits a character: 0 for one repeated, about 4 to 6 for keys. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / value.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
