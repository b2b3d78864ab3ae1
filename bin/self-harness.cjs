#!/usr/bin/env node
// Written so that every Node parses it (no const, no arrow, no import): an old one must get a sentence, not a stack.
'use strict';
var needed = [22, 20];
var parts = process.versions.node.split('.');
var major = Number(parts[0]);
var minor = Number(parts[1]);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    'self-harness needs Node ' +
      needed.join('.') +
      ' or newer; this is Node ' +
      process.versions.node +
      '.\n',
  );
  process.exit(2);
}
require('./start.cjs');
