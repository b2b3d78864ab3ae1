/**
 * The commands people give in comments. Each says how it is used, what it does, who may give it and an example;
 * the answer to `/harness help` and the documentation are generated from this table.
 */

export type Permission = 'read' | 'write';

interface CommandSpec {
  readonly usage: string;
  readonly does: string;
  /** `write` for everything that spends trials or changes something. */
  readonly needs: Permission;
  readonly example: string;
  /** Whether the command takes one argument. */
  readonly argument: 'none' | 'required' | 'optional';
}

export const COMMANDS = {
  help: {
    usage: '/harness help',
    does: 'shows these commands',
    needs: 'read',
    example: '/harness help',
    argument: 'none',
  },
  status: {
    usage: '/harness status',
    does: 'tells what runs, how the last campaign ended and what is left of the budget',
    needs: 'read',
    example: '/harness status',
    argument: 'none',
  },
  analyze: {
    usage: '/harness analyze',
    does: 'reads the traces of the last evaluation and lists the weaknesses, without running anything',
    needs: 'write',
    example: '/harness analyze',
    argument: 'none',
  },
  improve: {
    usage: '/harness improve',
    does: 'runs a campaign: proposes edits, re-runs the eval, opens a pull request with what is proven',
    needs: 'write',
    example: '/harness improve',
    argument: 'none',
  },
  validate: {
    usage: '/harness validate',
    does: 'runs the gate on this pull request’s harness changes, whoever wrote them',
    needs: 'write',
    example: '/harness validate',
    argument: 'none',
  },
  extend: {
    usage: '/harness extend',
    does: 'gives an unresolved campaign more trials; the same test goes on',
    needs: 'write',
    example: '/harness extend',
    argument: 'none',
  },
  explain: {
    usage: '/harness explain <weakness>',
    does: 'shows the evidence of a weakness',
    needs: 'read',
    example: '/harness explain step_budget_exhausted',
    argument: 'required',
  },
  drop: {
    usage: '/harness drop <edit>',
    does: 'takes an edit out of the open pull request and remembers it as refused',
    needs: 'write',
    example: '/harness drop c2',
    argument: 'required',
  },
  prune: {
    usage: '/harness prune',
    does: 'runs a campaign that proposes deletions of what no longer earns its place',
    needs: 'write',
    example: '/harness prune',
    argument: 'none',
  },
  cancel: {
    usage: '/harness cancel',
    does: 'ends the running campaign and removes its branches',
    needs: 'write',
    example: '/harness cancel',
    argument: 'none',
  },
  pause: {
    usage: '/harness pause',
    does: 'starts no campaign by itself until `/harness resume`',
    needs: 'write',
    example: '/harness pause',
    argument: 'none',
  },
  resume: {
    usage: '/harness resume',
    does: 'lets campaigns start by themselves again',
    needs: 'write',
    example: '/harness resume',
    argument: 'none',
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;

export type ParsedCommand =
  | { readonly ok: true; readonly name: CommandName; readonly argument: string | null }
  /** Addressed to the bot, and not a command: says what is wrong. */
  | { readonly ok: false; readonly message: string };

/** A line that Markdown takes for code where it begins a text: GitHub shows it as such. */
const CODE_LINE = /^ {0,3}\t|^ {4}/;

/**
 * The command of a comment: its first word must be `/harness`. null for every other comment, so that a command that is
 * quoted, mentioned or shown as code does nothing.
 */
export function parseCommand(text: string): ParsedCommand | null {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  const [first = '', ...rest] = line.trim().split(/\s+/);
  if (first !== '/harness' || CODE_LINE.test(line)) return null;
  const [word = 'help', argument = null] = rest;
  if (!isCommand(word)) {
    return { ok: false, message: `There is no command \`${clip(word)}\`. \`/harness help\` lists them.` };
  }
  const spec: CommandSpec = COMMANDS[word];
  if (spec.argument === 'required' && argument === null) {
    return { ok: false, message: `Something is missing: \`${spec.usage}\`, such as \`${spec.example}\`.` };
  }
  return { ok: true, name: word, argument: spec.argument === 'none' ? null : argument };
}

/** The table of commands as Markdown. */
export function commandTable(): string {
  const rows = Object.values(COMMANDS).map(
    (spec: CommandSpec) =>
      `| \`${spec.usage}\` | ${spec.does} | ${spec.needs === 'write' ? 'write permission' : 'everyone'} |`,
  );
  return ['| command | what it does | who |', '|---|---|---|', ...rows].join('\n');
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** A word of a stranger, safe between backticks. */
function clip(word: string): string {
  return word.replaceAll(/[^\w-]/g, '').slice(0, 30);
}

/** The commands as a document: each with its usage, what it does, who may give it, and an example. */
export function commandReference(): string {
  const sections = Object.values(COMMANDS).flatMap((spec: CommandSpec) => [
    `## \`${spec.usage}\``,
    '',
    `It ${spec.does}.`,
    '',
    `- Who: ${spec.needs === 'write' ? 'people with write permission in the repository' : 'everyone'}.`,
    `- Example: \`${spec.example}\``,
    '',
  ]);
  return [
    '# Commands',
    '',
    'Generated by `npm run docs` from `src/app/commands/command.ts`.',
    '',
    'Give a command as the first word of a comment in an issue or a pull request. The bot reacts with 👀 at once and with 🚀 or 😕 at the end. Comments of bots, quoted commands, edited comments and the comments of a review on lines of a diff are not obeyed. The [dashboard](github.md#dashboard) has boxes for the common commands. `triggers.comments: false` switches all of it off.',
    '',
    ...sections,
  ].join('\n');
}
