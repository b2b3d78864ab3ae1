/**
 * `/harness drop <edit>`: takes an edit out of the open pull request and remembers it as refused.
 */

import { recall, remember } from '../../campaign/ledger/memory.ts';
import { prose } from '../../evidence/markdown/prose.ts';
import { handsOff, openOwnPull, recordOfPull } from '../pull-request/own-pull.ts';
import { keptCandidates, rebuild } from '../pull-request/rebuild.ts';
import type { Answer, Obedience } from './run-command.ts';

export async function drop({ bot, place, request, forge, durable, argument }: Obedience): Promise<Answer> {
  return durable.step('drop the edit', async (): Promise<Answer> => {
    const pull = await openOwnPull(bot, place);
    if (pull === null)
      return { kind: 'refused', text: 'There is no open pull request of mine to drop from.' };
    const record = await recordOfPull(forge, pull);
    if (record === null) {
      return { kind: 'refused', text: 'The ledger does not hold the campaign of the open pull request.' };
    }
    const candidate = record.candidates.find((one) => one.id === argument);
    if (candidate === undefined || record.final?.candidates.includes(candidate.id) !== true) {
      const known = record.final?.candidates.map((id) => `\`${id}\``).join(', ') ?? '';
      return { kind: 'refused', text: `The pull request has no such edit. It has ${known}.` };
    }
    if (await handsOff(bot, place, pull)) {
      return {
        kind: 'refused',
        text: 'The branch holds a commit that is not mine, so I do not move it. Revert the edit’s commit there, then `/harness validate`.',
      };
    }
    const { id } = candidate.proposal;
    await remember(forge, `Dropped ${candidate.id} of ${record.id} for ${request.author}`, (memory) => ({
      ...memory,
      refused: [...new Set([...memory.refused, id])],
    }));
    const { refused } = await recall(forge);
    if (keptCandidates(record, new Set(refused)).length === 0) {
      await forge.closePullRequest(pull.branch);
      return {
        kind: 'done',
        text: `\`${candidate.id}\` was the only edit: #${pull.number} is closed and the edit will not be proposed again.`,
      };
    }
    const rebuilt = await rebuild({ bot, place, forge, pull, record });
    if (rebuilt.kind === 'impossible') {
      return {
        kind: 'refused',
        text: `The edit is remembered as refused, and the branch could not be made without it: ${prose(rebuilt.reason)}`,
      };
    }
    const rest = rebuilt.kept.map((one) => `\`${one}\``).join(', ');
    return {
      kind: 'done',
      text: `\`${candidate.id}\` is out of #${pull.number} and will not be proposed again. ${rest} ${rebuilt.kept.length === 1 ? 'is' : 'are'} left.`,
    };
  });
}
