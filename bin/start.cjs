// A file of its own: `import()` does not parse on the Node versions that self-harness.cjs turns away.
'use strict';
import('../dist/cli.js').catch((error) => {
  process.stderr.write(`self-harness: ${error.stack}\n`);
  process.exit(2);
});
