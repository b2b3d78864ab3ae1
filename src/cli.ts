#!/usr/bin/env node
/**
 * The command line. Results go to stdout, progress and errors to stderr.
 * Exit 0: done. 1: done, and the answer is no. 2: wrong usage or unreadable input. 130: interrupted.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './commands/improve.ts';
import { ForgeError } from './forge/forge.ts';
import { VERSION } from './package.ts';

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  log: (text) => void process.stderr.write(text),
  live: process.stderr.isTTY === true && process.env.CI === undefined,
};

const program = new Command('self-harness')
  .description('Mends the harness of the LLM agent in a repository, with proof.')
  .version(VERSION)
  .showHelpAfterError('(--help shows the usage)')
  .configureOutput({ writeErr: (text) => terminal.log(text) })
  .exitOverride((error) => {
    // commander exits 1 for wrong usage; here 1 is an answer and 2 is wrong usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

const ruleOption = () =>
  new Option('--rule <rule>', 'how an edit earns its place, instead of gate.rule').choices([
    'sequential',
    'paper',
  ]);

program
  .command('analyze')
  .description('read traces of any known format: what they hold, what is invalid and why, what keeps failing')
  .argument('<path...>', 'files, directories, zip archives or http(s) addresses of archives')
  .option('--json', 'print one JSON document', false)
  .option('--out <file>', 'write a self-contained HTML report')
  .option('--pass-threshold <score>', 'graded scores at or above this pass (0..1)', number, 1)
  .action(async (paths, options) => {
    const { analyze } = await import('./commands/analyze.ts');
    process.exitCode = await analyze(paths, options, terminal);
  });

program
  .command('gate')
  .description('say whether a candidate is better than a baseline, with a controlled error rate')
  .option('--baseline <path...>', 'traces of the harness as it was')
  .option('--candidate <path...>', 'traces of the harness as it would be')
  .option('--plan <path...>', 'baseline traces: tell what gain could be found with what budget')
  .addOption(ruleOption().default('sequential'))
  .option('--candidates <n>', 'candidates that share alpha', integer, 1)
  .option('--alpha <p>', 'chance of accepting an edit that makes no task better (0..1)', number, 0.05)
  .option('--seed <n>', 'seed', integer, 1)
  .option('--allow-model-change', 'compare although the models differ', false)
  .option('--pass-threshold <score>', 'graded scores at or above this pass (0..1)', number, 1)
  .option('--json', 'print one JSON document', false)
  .action(async (options) => {
    const { gate } = await import('./commands/gate.ts');
    process.exitCode = await gate(options, terminal);
  });

program
  .command('eval')
  .description('run the eval command as a request asks for it (SELF_HARNESS_REQUEST), or once as it is')
  .argument('<command...>', 'the eval command, after `--`')
  .option('--jobs <n>', 'groups that run at once, each in a copy of the checkout', positive, 1)
  .option('--shard <i/n>', 'run part i of n of the plan: whole blocks', shard, { index: 1, of: 1 })
  .option('--with <name>', 'adapter of the eval’s framework, instead of the one its command tells')
  .option('--results <path...>', 'where the eval always writes its results: copied into each group’s folder')
  .option('--timeout-minutes <n>', 'minutes after which one run of the command is stopped', number, 360)
  .option('--dry-run', 'print the plan and run nothing', false)
  .action(async (words, options) => {
    const { runEval } = await import('./commands/eval.ts');
    const { with: name = null, results = [] } = options;
    process.exitCode = await runEval(words, { ...options, with: name, results }, terminal);
  });

program
  .command('improve')
  .description('run a campaign on a local repository: mine, propose, re-run the eval, keep what is proven')
  .option('--repo <dir>', 'the repository', '.')
  .option('--seed <n>', 'seed of the schedule and the eval', integer, 7)
  .addOption(ruleOption())
  .option(
    '--out <dir>',
    'where to write campaign.json, report.html and pull-request.md (default: .git/self-harness/campaigns/<id>)',
  )
  .option('--fresh', 'start anew even when an interrupted campaign could be continued', false)
  .option('--json', 'print the campaign record as one JSON document', false)
  .action(async (options) => {
    const { improve } = await import('./commands/improve.ts');
    const { outcomeDirectory, summarise, writeOutcome } = await import('./commands/outcome.ts');
    const record = await improve(options, terminal);
    const files = await writeOutcome(
      record,
      options.out ?? (await outcomeDirectory(options.repo, record.id)),
    );
    finish(
      options.json
        ? `${JSON.stringify(record)}\n`
        : `${summarise(record)}\n\nLook at ${files.join('\n        ')}\n`,
    );
    if (record.ending.kind === 'failed') process.exitCode = 2;
  });

program
  .command('demo')
  .description('run a campaign on the bundled example agent: no model, no key, no network')
  .option('--out <dir>', 'where to write the results', 'demo-output')
  .option('--seed <n>', 'seed of the schedule and the eval', integer, 7)
  .addOption(ruleOption())
  .option('--json', 'print the campaign record as one JSON document', false)
  .action(async (options) => {
    const { demo } = await import('./commands/demo.ts');
    const { summarise } = await import('./commands/outcome.ts');
    const { record, files } = await demo(options, terminal);
    finish(
      options.json
        ? `${JSON.stringify(record)}\n`
        : `${summarise(record)}\n\nLook at ${files.join('\n        ')}\n`,
    );
    if (record.ending.kind === 'failed') process.exitCode = 2;
  });

program
  .command('serve')
  .description('run the GitHub App; a first start without credentials serves the page that creates it')
  .option('--port <n>', 'port', integer, Number(process.env.PORT ?? 3000))
  .option('--host <name>', 'address to listen on', process.env.HOST ?? '127.0.0.1')
  .option(
    '--data <dir>',
    'directory of the SQLite database',
    process.env.SELF_HARNESS_DATA ?? '.self-harness',
  )
  .action(async (options) => {
    const { serve } = await import('./commands/serve.ts');
    await serve(options);
  });

program
  .command('doctor')
  .description(
    'check the App’s credentials, permissions and webhook, and the config and eval of a repository',
  )
  .option('--repo <owner/name>', 'a repository the App is installed in')
  .option('--json', 'print one JSON document', false)
  .action(async (options) => {
    const { doctor } = await import('./commands/doctor.ts');
    process.exitCode = await doctor(options, terminal);
  });

const config = program.command('config').description('check and describe .github/self-harness.yml');
config
  .command('validate')
  .description('check a config file')
  .argument('[file]', 'the file', '.github/self-harness.yml')
  .option('--json', 'print one JSON document', false)
  .action(async (file, options) => {
    const { validateConfig } = await import('./commands/config.ts');
    process.exitCode = await validateConfig(file, options.json, terminal);
  });
config
  .command('schema')
  .description('print the JSON schema of the config file')
  .action(async () => {
    const { printSchema } = await import('./commands/config.ts');
    process.exitCode = printSchema(terminal);
  });
config
  .command('reference')
  .description('print the reference of the config file as Markdown')
  .action(async () => {
    const { printReference } = await import('./commands/config.ts');
    process.exitCode = printReference(terminal);
  });

const ledger = program.command('ledger').description('check what the ledger of a repository claims');
ledger
  .command('verify')
  .description('compute every verdict, rate and count again from the stored outcomes')
  .argument('[paths...]', 'campaign.json files, or directories that hold one (default: the ledger branch)')
  .option('--repo <dir>', 'the repository whose ledger branch is read', '.')
  .option('--json', 'print one JSON document', false)
  .action(async (paths, options) => {
    const { verifyLedger } = await import('./commands/ledger.ts');
    process.exitCode = await verifyLedger(paths, options, terminal);
  });

function finish(text: string): void {
  terminal.out(text);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number is needed');
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed');
  return value;
}

function positive(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError('a number from 1 is needed');
  return value;
}

function shard(text: string): { index: number; of: number } {
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > of) throw new InvalidArgumentError('such as 2/4: part 2 of 4');
  return { index, of };
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof Error && error.name === 'Interrupted') {
    terminal.log('Interrupted. Nothing is lost: `self-harness improve` continues this campaign.\n');
    process.exitCode = 130;
  } else if (error instanceof ForgeError) {
    terminal.log(`self-harness: ${error.message}\n`);
    process.exitCode = 2;
  } else {
    terminal.log(`self-harness: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env.SELF_HARNESS_DEBUG !== undefined && error instanceof Error)
      terminal.log(`${error.stack}\n`);
    process.exitCode = 2;
  }
}
