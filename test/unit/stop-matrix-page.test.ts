import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { matrixPage } from '../end-to-end/stop-matrix/table.js';

it('the page about what a change does to a bot is the one that the tests hold', async () => {
  const path = fileURLToPath(new URL('../../docs/stop-matrix.md', import.meta.url));
  if (process.env.UPDATE_DOCS === '1') await writeFile(path, matrixPage());
  expect(await readFile(path, 'utf8')).toBe(matrixPage());
});
