import { expect, test } from 'vitest';
import { areAlternatives } from '../../src/proposing/catalog/alternatives.ts';
import { proposal, rule, turn } from './builders.ts';

const turns = (pointer: string, value: number, surface = 'runtime') =>
  proposal([turn(pointer, value)], { surface });

test('two steps of one knob are alternatives, and so is what lies within a value', () => {
  expect(areAlternatives(turns('/max_steps', 20), turns('/max_steps', 15))).toBe(true);
  expect(areAlternatives(turns('/retry', 1), turns('/retry/limit', 2))).toBe(true);
  expect(areAlternatives(turns('/retry/limit', 2), turns('/retry', 1))).toBe(true);
});

test('other values, other surfaces and texts stand beside each other', () => {
  expect(areAlternatives(turns('/max_steps', 20), turns('/max_steps_soft', 15))).toBe(false);
  expect(areAlternatives(turns('/max_steps', 20), turns('/max_steps', 20, 'other'))).toBe(false);
  expect(areAlternatives(proposal([rule('Do this.')]), proposal([rule('Do that.')]))).toBe(false);
});
