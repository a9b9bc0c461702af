import { readFile } from 'node:fs/promises';
import { required } from '../support/required.js';

const megabyte = 1_000_000;

describe('the workflow bundle', () => {
  it('is under 2.5 MB and free of what belongs outside', async () => {
    const bundle = await readFile(required('TEST_WORKFLOW_BUNDLE'), 'utf8');
    expect(bundle.length).toBeLessThan(2.5 * megabyte);
    for (const name of ['mongoose', 'mongodb', 'zod', 'express', 'luxon', 'pino']) {
      expect(bundle).not.toContain(`node_modules/${name}/`);
    }
  });

  it('holds the five workflows and the failure converter', async () => {
    const bundle = await readFile(required('TEST_WORKFLOW_BUNDLE'), 'utf8');
    const names = [
      'installation',
      'interview-watch',
      'join-interview',
      'auditor',
      'fetch-artifact',
    ];
    for (const file of names) {
      expect(bundle).toContain(`workflows/${file}.ts`);
    }
    expect(bundle).toContain('common/failure-converter');
  });
});
