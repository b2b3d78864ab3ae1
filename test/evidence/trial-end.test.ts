import { expect, test } from 'vitest';
import { citedEnd, endParts } from '../../src/evidence/trial-end.ts';
import { CASES } from './cases.ts';

test('tells what cut a run off in the words of its trace, and then what the eval said', () => {
  expect(endParts({ stop: 'step_limit', reason: 'max_steps=12', message: 'no answer' })).toEqual([
    { words: 'The run was cut off at its step limit', quote: 'max_steps=12' },
    { words: 'The eval said', quote: 'no answer' },
  ]);
  expect(endParts({ stop: 'unknown', reason: 'step limit reached (12)', message: null })).toEqual([
    { words: 'The run ended', quote: 'step limit reached (12)' },
  ]);
});

test('says nothing that nobody said, and nothing twice', () => {
  expect(endParts({ stop: 'unknown', reason: null, message: null })).toEqual([]);
  expect(endParts({ stop: 'finished', reason: ' ', message: '' })).toEqual([
    { words: 'The agent ended the run', quote: null },
  ]);
  // Where the verifier is silent, a cell's message is the trial's reason.
  expect(endParts({ stop: 'unknown', reason: 'wrong', message: 'wrong' })).toEqual([
    { words: 'The eval said', quote: 'wrong' },
  ]);
});

test('a record of an earlier version still tells what the eval said', () => {
  const record = CASES['one-edit'];
  const trial = record.weaknesses[0]?.evidence[0]?.trial ?? '';
  const weaknesses = record.weaknesses.map(({ ends: _, ...rest }) => rest);
  expect(citedEnd({ ...record, weaknesses }, trial)).toEqual([
    { words: 'The eval said', quote: 'wrong answer' },
  ]);
});
