/**
 * What a reader can do next: commands of the bot, and how to check every number without it.
 */

import type { Candidate } from '../../campaign/record/record.ts';
import { fileUrl, linked } from '../links.ts';
import { inlineCode } from '../markdown/code.ts';
import { fold } from '../markdown/table.ts';
import type { Section, Telling } from './section.ts';

export function controlsSection({ record }: Telling): Section {
  const [first = 'c1'] = record.final?.candidates ?? [];
  const [weakness] = record.weaknesses;
  // One pull request at a time: what is open beside proven edits waits for it to end.
  const open = record.final === null && record.candidates.some(isUnsettled);
  const lines = [
    ...(record.final === null
      ? []
      : [
          `- \`/harness drop ${first}\` takes an edit out and remembers it as refused`,
          '- `/harness validate` measures this branch as it is now, your own commits included',
        ]),
    ...(open ? ['- `/harness extend` gives the open edits more passes; the same test goes on'] : []),
    ...(weakness === undefined
      ? []
      : [`- ${inlineCode(`/harness explain ${weakness.id}`)} shows the evidence of that weakness`]),
    '- `/harness help` lists the rest',
  ];
  return {
    rank: 95,
    forms: [
      () => ['### What you can do', '', 'In a comment, alone on the first line:', '', ...lines].join('\n'),
    ],
  };
}

function isUnsettled({ decision, verdict }: Candidate): boolean {
  return decision === 'unresolved' && verdict?.reason === 'budget_ended';
}

export function reproduceSection({ record, links }: Telling): Section {
  const where =
    links === null ? 'campaign.json' : linked('campaign.json', fileUrl(links, record.id, 'campaign.json'));
  const rule = record.settings.rule === 'paper' ? ' --rule paper' : '';
  const { alpha } = record.settings;
  const local = record.evaluations.every((evaluation) => evaluation.url === null);
  const body = [
    `Every number above comes from ${where}. This computes each verdict, rate and count again from the outcomes of single trials, looks every quote up in its trace, tosses every coin again from the seed, and names what differs:`,
    '',
    '```sh',
    ...(local
      ? [
          'npx self-harness-bot ledger verify            # in the repository it ran in',
          'npx self-harness-bot ledger verify DIRECTORY  # on a copy of the files',
        ]
      : [`git fetch origin ${LEDGER}:refs/remotes/origin/${LEDGER}`, 'npx self-harness-bot ledger verify']),
    '```',
    '',
    'To judge an edit from traces of your own, run the eval on both versions and compare:',
    '',
    '```sh',
    `npx self-harness-bot gate --baseline traces/before --candidate traces/after${rule} --alpha ${alpha}`,
    '```',
    '',
    `Measured on ${inlineCode(record.base.branch)} at ${inlineCode(record.base.commit)}. [Self-Harness](https://arxiv.org/abs/2606.09498) is the method.`,
  ].join('\n');
  return { rank: 95, forms: [() => fold('<b>Check it yourself</b>', body)] };
}

/** As `LEDGER_BRANCH` of the campaign, which imports this folder. */
const LEDGER = 'self-harness/ledger';
