/** The workflow of docs/action.md as users copy it. */
import { readFileSync } from 'node:fs';

export const ACTION = 'OWNER/self-harness-bot';

export function documentedWorkflow(): string {
  const document = readFileSync(new URL('../../docs/action.md', import.meta.url), 'utf8');
  const [, workflow] = /```yaml\n(name: self-harness\n[\s\S]*?)```/.exec(document) ?? [];
  if (workflow === undefined) throw new Error('docs/action.md has no workflow');
  return workflow;
}
