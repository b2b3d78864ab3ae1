/** A small agent repository whose eval has something to fix: half of its tasks need more steps than they get. */
import { fileURLToPath } from 'node:url';

export const CONFIG = `agent:
  model: test/agent
surfaces:
  - id: runtime
    path: agent/harness.yaml
    kind: yaml
    knobs:
      - { pointer: /max_steps, role: step_budget, min: 5, max: 100 }
eval:
  workflow: eval.yml
  command: node eval/run.js
gate:
  baseline_passes: 2
`;

/** Writes native traces; tasks with an even number need 14 turns of the budget in agent/harness.yaml, others 3. */
const EVAL = `
const fs = require('node:fs');
const request = JSON.parse(process.env.SELF_HARNESS_REQUEST || '{"tasks":"all","first_attempt":1,"attempts":1}');
const directory = process.env.SELF_HARNESS_TRACES_DIR || 'traces';
const budget = Number(/max_steps: (\\d+)/.exec(fs.readFileSync('agent/harness.yaml', 'utf8'))[1]);
const all = Array.from({ length: 24 }, (_, i) => 'task-' + String(i + 10));
const tasks = request.tasks === 'all' ? all : request.tasks;
const lines = [];
for (const task of tasks) {
  const need = Number(task.slice(-2)) % 2 === 0 ? 14 : 3;
  const steps = Array.from({ length: Math.min(need, budget) }, (_, i) => ({
    role: 'agent', text: 'Turn ' + i, tool_calls: [{ id: 'c' + i, name: 'read', arguments: { page: i } }], observation: 'page ' + i,
  }));
  const pass = need <= budget;
  lines.push(JSON.stringify({
    task_id: task, attempt: request.first_attempt, outcome: pass ? 'pass' : 'fail',
    ...(pass ? {} : { reason: 'step limit reached (' + budget + ')', verifier: { message: 'no answer' } }), steps,
  }));
}
setTimeout(() => {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(directory + '/trials.jsonl', lines.join('\\n') + '\\n');
}, Number(process.env.EVAL_MS || 0));
`;

const BIN = fileURLToPath(new URL('./bin', import.meta.url));

function workflow(steps: string): string {
  return `
name: eval
on:
  workflow_dispatch:
    inputs:
      self_harness: { required: false, default: '' }
  push:
    branches: [main]
jobs:
  eval:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
${steps}
        env:
          SELF_HARNESS_REQUEST: \${{ inputs.self_harness }}
      - uses: actions/upload-artifact@v5
        if: always()
        with:
          name: traces-\${{ github.run_attempt }}
          path: traces
`;
}

/** Runs plans with our runner. */
const WORKFLOW = workflow(
  `      - run: echo '${BIN}' >> "$GITHUB_PATH"\n      - run: self-harness eval -- node eval/run.js`,
);

/** Knows nothing of plans: one arm a run, as before there was a runner. */
export const WORKFLOW_WITHOUT_RUNNER = workflow('      - run: node eval/run.js');

export const AGENT_FILES: Readonly<Record<string, string>> = {
  '.github/self-harness.yml': CONFIG,
  '.github/workflows/eval.yml': WORKFLOW,
  'agent/harness.yaml': 'max_steps: 10 # turns\n',
  'agent/prompt.md': 'You are an agent.\n',
  'eval/run.js': EVAL,
};
