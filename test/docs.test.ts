import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generatedDocuments } from '../scripts/docs.ts';
import { COMMANDS } from '../src/app/commands/command.ts';
import { readAppManifest } from '../src/app/setup/app-manifest.ts';
import { ACTION, documentedWorkflow } from './e2e/action-workflow.ts';
import { CONFIG } from './e2e/agent-repository.ts';
import { parseWorkflow } from './github/actions/workflow-file.ts';

const text = (path: string) => readFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

describe('the generated documents', () => {
  it.each([...generatedDocuments()])('%s is current: else `npm run docs`', async (path, wanted) => {
    expect(await text(path)).toBe(wanted);
  });

  it('hold every command', async () => {
    const document = await text('docs/commands.md');
    for (const { usage } of Object.values(COMMANDS)) expect(document).toContain(`## \`${usage}\``);
  });

  it('include a schema that takes a good config and no other', async () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const valid = ajv.compile(JSON.parse(await text('schema/self-harness.schema.json')));
    expect(valid(parse(CONFIG))).toBe(true);
    expect(valid({ ...parse(CONFIG), gaet: {} })).toBe(false);
    expect(valid({})).toBe(false);
  });
});

describe('docs/github.md', () => {
  it('gives a reason for every permission and event of app.yml, and for no other', async () => {
    const manifest = await readAppManifest();
    const document = await text('docs/github.md');
    const rows = (heading: string) => {
      const section = document.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
      return [...section.matchAll(/^\| `([\w ]+)` \| .{15,} \|$/gm)].map((match) => match[1]).sort();
    };
    const permissions = Object.entries(manifest.default_permissions);
    expect(rows('Permissions')).toEqual(permissions.map(([name, level]) => `${name} ${level}`).sort());
    expect(rows('Events')).toEqual([...manifest.default_events].sort());
  });
});

describe('docs/action.md', () => {
  interface ActionFile {
    readonly inputs: Record<string, { readonly default?: string }>;
    readonly outputs: Record<string, unknown>;
    readonly runs: { readonly main: string; readonly post: string };
  }
  const action = async (): Promise<ActionFile> => parse(await text('action.yml'));
  /** First cells of the table under a heading. */
  const rows = async (heading: string) => {
    const section = (await text('docs/action.md')).split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
    return [...section.matchAll(/^\| `(\w+)` \| .{10,} \|$/gm)].map((match) => match[1]);
  };

  it('has a workflow that GitHub would take, with inputs that action.yml has', async () => {
    const workflow = parseWorkflow(documentedWorkflow());
    expect(workflow).toBeDefined();
    const [job] = Object.values(workflow?.jobs ?? {});
    const [step] = job?.steps ?? [];
    expect(step?.uses).toMatch(new RegExp(`^${ACTION}@`));
    const { inputs } = await action();
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step?.with ?? {})));
    expect(job?.concurrency).toEqual({ group: 'self-harness', 'cancel-in-progress': false, queue: 'max' });
  });

  it('asks for the permissions of the App, and for no other', async () => {
    const { default_permissions: app } = await readAppManifest();
    const { metadata, ...wanted } = app;
    expect(metadata, 'every token has it').toBe('read');
    const asked = parseWorkflow(documentedWorkflow())?.permissions;
    const named = Object.entries(asked ?? {}).map(([name, access]) => [name.replaceAll('-', '_'), access]);
    expect(Object.fromEntries(named)).toEqual(wanted);
  });

  it('describes every input and output of action.yml, and no other', async () => {
    const { inputs, outputs } = await action();
    expect(await rows('Inputs')).toEqual(Object.keys(inputs));
    expect(await rows('Outputs')).toEqual(Object.keys(outputs));
  });

  it('speaks of triggers that the workflow has', async () => {
    const { on } = parseWorkflow(documentedWorkflow()) ?? { on: {} };
    expect((await rows('What the triggers do')).toSorted()).toEqual(Object.keys(on).sort());
  });

  it('has an action whose scripts are there', async () => {
    const { runs } = await action();
    for (const script of [runs.main, runs.post]) expect(await text(script)).toContain('src/action.ts');
  });
});
