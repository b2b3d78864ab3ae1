import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArchiveError, fileBytes } from '../../src/traces/archive/bytes.ts';
import { folderOf } from './folder.ts';

test('a read past the end is refused before memory is taken for it', async () => {
  using folder = folderOf({ 'a.bin': 'abc' });
  const bytes = fileBytes(join(folder.path, 'a.bin'), 3);
  // Node itself aborts the process on a read of this length.
  await expect(bytes.read(0, 3 * 2 ** 30)).rejects.toThrow(ArchiveError);
  expect((await bytes.read(1, 3)).toString()).toBe('bc');
  await bytes.release();
});
