/**
 * What was inferred, as the text of a config file and as the text of the pull request that proposes it.
 */
import { Document, isMap, isSeq } from 'yaml';
import type { Config } from '../../config/schema.ts';
import { inlineCode } from '../../evidence/markdown/code.ts';
import { UNNAMED_MODEL } from '../config-check/config-findings.ts';
import { REQUEST_INPUT } from '../config-check/eval-workflow.ts';
import type { Inference } from './infer-config.ts';
import { knobsOf } from './infer-config.ts';

const SCHEMA = 'https://unpkg.com/self-harness-bot/schema/self-harness.schema.json';

/** The text of `.github/self-harness.yml`; it loads. */
export function proposedConfig(inference: Inference): string {
  const { evaluation, command, protect } = inference;
  const document = new Document({
    agent: { model: inference.model },
    surfaces: inference.surfaces.map((surface) => ({
      id: surface.id,
      path: surface.path,
      kind: surface.kind,
      ...(surface.knobs.length === 0 ? {} : { knobs: knobsOf(surface) }),
    })),
    eval: {
      ...(evaluation === null ? {} : { workflow: evaluation.file, artifacts: evaluation.artifacts }),
      ...(command === null ? {} : { command }),
      ...(protect.length === 0 ? {} : { protect }),
    },
  });
  document.commentBefore = ` yaml-language-server: $schema=${SCHEMA}\n What self-harness-bot may edit here, and how it asks for an evaluation. Nothing else is ever edited.`;
  if (inference.model === UNNAMED_MODEL)
    comment(document, ['agent', 'model'], ' write the model that the eval runs');
  for (const [index, surface] of inference.surfaces.entries()) {
    const knobs = document.getIn(['surfaces', index, 'knobs']);
    if (!isSeq(knobs)) continue;
    for (const [at, item] of knobs.items.entries()) {
      if (!isMap(item)) continue;
      item.flow = true;
      const value = surface.knobs[at]?.value;
      if (typeof value !== 'string') item.comment = ` now ${String(value)}`;
    }
  }
  return document.toString({ lineWidth: 0 });
}

function comment(document: Document, path: readonly string[], text: string): void {
  const node = document.getIn(path, true);
  if (node !== null && typeof node === 'object') Reflect.set(node, 'comment', text);
}

/** The pull request's text: what was found, what would be read and edited, the cost, and how to say no. */
export function onboardingBody(inference: Inference, config: Config): string {
  return [
    'This proposes a first config for self-harness-bot. It reads the traces of your agent’s evaluation, tries small edits of the files named here, re-runs the evaluation on each, and opens one pull request with the edits that measurably help. Nothing has been edited or run so far.',
    section('What was found', found(inference)),
    section('What it would edit', editable(inference)),
    section('What it would read', readable(inference)),
    section('What a campaign would cost', cost(config)),
    section('What is missing', missing(inference)),
    section('Your answer', [
      '- **Merge** to start the first campaign. Edit the file on this branch before, if something is wrong.',
      '- **Close** to opt out: the bot then does nothing here and does not ask again. To come back, reopen this pull request or add the config yourself.',
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `### ${title}\n\n${lines.join('\n')}`;
}

function found({ evaluation, command, model }: Inference): string[] {
  const lines = [
    model === UNNAMED_MODEL ? '- No name of a model.' : `- The model ${inlineCode(model)}.`,
    evaluation === null
      ? '- No workflow that looks like an evaluation and uploads artifacts.'
      : `- The workflow ${inlineCode(evaluation.file)}, which uploads ${inlineCode(evaluation.artifacts)}.`,
  ];
  return command === null ? lines : [...lines, `- The local command ${inlineCode(command)}.`];
}

function editable({ surfaces }: Inference): string[] {
  const rows = surfaces.map(({ id, path, kind, knobs }) => {
    const what =
      kind === 'text' || kind === 'markdown'
        ? 'its text'
        : knobs.map(({ knob }) => `${code(knob.pointer)} (${knob.role.replaceAll('_', ' ')})`).join(', ');
    return `| ${code(id)} | ${code(path)} | ${what} |`;
  });
  return [
    '| surface | file | what |',
    '|---|---|---|',
    ...rows,
    '',
    'Remove a line from the config to keep the bot away from a file. Workflows, tests and the evaluation are never edited.',
  ];
}

/** A table cell: a bar would end it even inside code. */
function code(text: string): string {
  return inlineCode(text).replaceAll('|', '\\|');
}

function readable({ evaluation }: Inference): string[] {
  const lines = ['- The files above, and the tree of the default branch.'];
  if (evaluation !== null) {
    lines.push(`- Artifacts named ${inlineCode(evaluation.artifacts)} of ${inlineCode(evaluation.file)}.`);
  }
  return lines;
}

function cost({ gate, proposer, budget }: Config): string[] {
  const { candidates } = proposer;
  const perPass = candidates + 1;
  return [
    `With T tasks: ${gate.baseline_passes} × T trials to know how it stands, then up to ${perPass} × T a pass (${candidates} edits and a fresh baseline) for at most ${gate.max_passes} passes, and the same test once more for the accepted edits together. Edits that are decided early stop spending.`,
    '',
    `For 20 tasks that is ${gate.baseline_passes * 20} trials before the first edit and ${perPass * 20} a pass. A campaign never runs more than ${budget.trials.toLocaleString('en-GB')} trials (\`budget.trials\`), and at most ${budget.campaigns_per_week} a week start by themselves. No model is asked for proposals until \`proposer.model\` is set.`,
  ];
}

/** What keeps a campaign from running, with the mend: the bot may not write workflows. */
function missing({ evaluation, model }: Inference): string[] {
  const lines: string[] = [];
  if (model === UNNAMED_MODEL) lines.push('- `agent.model`: write the model that the evaluation runs.');
  if (evaluation === null) {
    lines.push(
      '- `eval.workflow`: a workflow that runs your evaluation and uploads its traces. The bot may not write workflows, so this one is yours to add:',
      '',
      ...WORKFLOW_EXAMPLE,
    );
  } else if (!evaluation.workflow.takesRequest) {
    lines.push(
      `- ${inlineCode(evaluation.file)} cannot be dispatched with a request. The bot may not write workflows; please add:`,
      '',
      ...DISPATCH_EXAMPLE,
    );
  }
  return lines;
}

const DISPATCH_EXAMPLE = [
  '```yaml',
  'on:',
  '  workflow_dispatch:',
  '    inputs:',
  `      ${REQUEST_INPUT}: { required: false, default: '' }`,
  '```',
];

const WORKFLOW_EXAMPLE = [
  '```yaml',
  '# .github/workflows/eval.yml',
  'name: eval',
  ...DISPATCH_EXAMPLE.slice(1, -1),
  'jobs:',
  '  eval:',
  '    runs-on: ubuntu-latest',
  '    steps:',
  '      - uses: actions/checkout@v5',
  '      - run: node eval/run.js # your evaluation',
  '        env:',
  `          SELF_HARNESS_REQUEST: \${{ inputs.${REQUEST_INPUT} }}`,
  '      - uses: actions/upload-artifact@v5',
  '        if: always()',
  '        with: { name: traces, path: traces }',
  '```',
];
