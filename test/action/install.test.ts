/** `npm ci`, by which the action installs itself, takes only a lock file that holds every package it speaks of. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Package {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const packages: Record<string, Package> = read('package-lock.json').packages;

/** Where node looks for a package that another one asks for, the nearest first. */
function placesOf(name: string, asker: string): string[] {
  const parents = asker
    .split('/node_modules/')
    .map((_, i, parts) => parts.slice(0, i + 1).join('/node_modules/'));
  return [...parents.reverse().map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`];
}

it('finds every package of the lock file in it', () => {
  const missing = Object.entries(packages).flatMap(([asker, one]) =>
    Object.keys({ ...one.dependencies, ...one.devDependencies, ...one.optionalDependencies })
      .filter((name) => !placesOf(name, asker).some((place) => place in packages))
      .map((name) => `${asker || 'package.json'} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

it('finds a lock file of this package.json', () => {
  const { dependencies, devDependencies } = read('package.json');
  expect(packages['']?.dependencies).toEqual(dependencies);
  expect(packages['']?.devDependencies).toEqual(devDependencies);
});
