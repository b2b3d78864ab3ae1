import { describe, expect, it } from 'vitest';
import { formatProblem, loadConfig } from '../../src/config/load.ts';

const SHORTEST = `agent:
  model: openai/gpt-5-mini
surfaces:
  - id: system-prompt
    path: agent/prompts/system.md
    kind: text
eval:
  command: node eval/run.js
`;

function problems(text: string): string[] {
  const loaded = loadConfig(text);
  return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem));
}

describe('the config file', () => {
  it('fills every default of the shortest useful file', () => {
    const loaded = loadConfig(SHORTEST);
    expect(loaded.ok && loaded.config).toMatchObject({
      gate: {
        rule: 'sequential',
        alpha: 0.05,
        max_passes: 20,
        outcome: 'both',
        blocks: 8,
        vetoes: { cost_ratio: 1.5 },
      },
      proposer: { model: null, candidates: 4 },
      eval: { protect: ['eval/**', 'tests/**'], format: 'auto' },
    });
  });

  it('names the line of an unknown key and the key that was meant', () => {
    expect(problems(`${SHORTEST}gate:\n  alpah: 0.1\n`)).toEqual([
      '.github/self-harness.yml:10 /gate/alpah: unknown key, did you mean "alpha"?',
    ]);
  });

  it('lists the known keys when none is near', () => {
    const [problem] = problems(`${SHORTEST}triggers:\n  zzzzzz: 1\n`);
    expect(problem).toContain('/triggers/zzzzzz: unknown key; known here: workflow_run, schedule, comments');
  });

  it('names the line of a value out of range', () => {
    expect(problems(`${SHORTEST}gate:\n  rule: paper\n  max_passes: 0\n`)[0]).toMatch(
      /:11 \/gate\/max_passes: /,
    );
  });

  it('says which required key is missing', () => {
    const [problem] = problems(SHORTEST.replace('agent:\n  model: openai/gpt-5-mini\n', ''));
    expect(problem).toContain('/agent: this key is required');
  });

  it('refuses a surface that leaves the repository', () => {
    expect(problems(SHORTEST.replace('agent/prompts/system.md', '../x.md'))[0]).toContain(
      'a relative path inside the repository',
    );
  });

  it('refuses a surface id used twice', () => {
    const twice = SHORTEST.replace(
      'eval:',
      '  - id: system-prompt\n    path: other.md\n    kind: text\neval:',
    );
    expect(problems(twice)[0]).toContain('the id "system-prompt" is used twice');
  });

  it('places broken YAML', () => {
    expect(problems('agent: [1\n')[0]).toMatch(/^\.github\/self-harness\.yml:\d+: not valid YAML/);
  });

  it.each(['', '[]', 'text', '42'])('refuses a file that is no mapping: %j', (text) => {
    expect(problems(text)[0]).toContain('the file must be a mapping');
  });
});
