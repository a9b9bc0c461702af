import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Environment, loadConfig } from '../../../common/config.js';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

const complete: Environment = {
  ENVIRONMENT_NAME: 'test',
  MONGODB_URI: 'mongodb://one.example,two.example/pillar',
  PILLAR_JWKS_URL: 'https://pillar.example/jwks.json',
  PILLAR_JWT_ISSUER: 'https://pillar.example/',
  PILLAR_JWT_AUDIENCE: 'integrations',
  PILLAR_TOKEN_URL: 'https://pillar.example/token',
  VAULT_KEYS: `${key('v2')},${key('v1')}`,
  CODEC_KEYS: key('c1'),
  RECEIPT_KEYS: key('r1'),
  NOTETAKER_API_URL: 'https://notetaker.example/v1/',
  NOTETAKER_API_KEY: 'notetaker-key',
  NOTETAKER_WEBHOOK_SECRET: 'notetaker-secret',
  SMTP_URL: 'smtp://mail.example:587',
  MAIL_FROM: 'Pillar <notices@pillar.example>',
  PUBLIC_URL: 'https://integration.pillar.example/',
};

const faultsOf = (changes: Environment, role: 'api' | 'worker' = 'api') => {
  const loaded = loadConfig({ role, env: { ...complete, ...changes } });
  return loaded.ok ? [] : loaded.faults;
};

const faultyVariables = (changes: Environment) => faultsOf(changes).map(({ variable }) => variable);

const configOf = (changes: Environment = {}, role: 'api' | 'worker' = 'api') => {
  const loaded = loadConfig({ role, env: { ...complete, ...changes } });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
};

describe('the configuration', () => {
  it('lists every missing variable at once', () => {
    const loaded = loadConfig({ role: 'worker', env: {} });
    const named = loaded.ok ? [] : loaded.faults.map(({ variable }) => variable);
    expect(new Set(named)).toEqual(new Set(Object.keys(complete)));
  });

  it('tells faults by name and never by value', () => {
    const value = 'hunter2-is-a-secret';
    const env = Object.fromEntries(
      [...Object.keys(complete), 'LOG_LEVEL', 'API_PORT', 'CODEC_ANONYMOUS_ORIGIN', 'TEMPORAL_TLS']
        .concat(['SMARTRECRUITERS_API_URL', 'SMARTRECRUITERS_ALLOWED_HOSTS', 'NOTETAKER_PROVIDER'])
        .map((name) => [name, `${value} /${name}`]),
    );
    const loaded = loadConfig({ role: 'api', env });
    const text = JSON.stringify(loaded.ok ? [] : loaded.faults);
    expect(text).toContain('TEMPORAL_TLS');
    expect(text).toContain('VAULT_KEYS');
    expect(text).toContain('SMARTRECRUITERS_ALLOWED_HOSTS');
    expect(text).not.toContain('hunter2');
  });

  it.each([
    ['http beyond loopback', { PILLAR_JWKS_URL: 'http://pillar.example/jwks' }, 'PILLAR_JWKS_URL'],
    ['a URL with a password', { PUBLIC_URL: 'https://u:p@x.example' }, 'PUBLIC_URL'],
    ['another scheme', { NOTETAKER_API_URL: 'ftp://127.0.0.1/v1' }, 'NOTETAKER_API_URL'],
    [
      'a webhook without secret',
      { PILLAR_WEBHOOK_URL: 'https://x.example' },
      'PILLAR_WEBHOOK_SECRET',
    ],
    ['a secret without webhook', { PILLAR_WEBHOOK_SECRET: 'x'.repeat(16) }, 'PILLAR_WEBHOOK_URL'],
    [
      'a vendor host not on the list',
      { SMARTRECRUITERS_API_URL: 'https://evil.example' },
      'SMARTRECRUITERS_API_URL',
    ],
    [
      'a listed host on another port',
      { SMARTRECRUITERS_API_URL: 'https://api.smartrecruiters.com:8443' },
      'SMARTRECRUITERS_API_URL',
    ],
    [
      'a wildcard host',
      { SMARTRECRUITERS_ALLOWED_HOSTS: '*.example' },
      'SMARTRECRUITERS_ALLOWED_HOSTS',
    ],
    ['a provider that nobody knows', { NOTETAKER_PROVIDER: 'other' }, 'NOTETAKER_PROVIDER'],
    [
      'a webhook secret of Recall.ai without its mark',
      { NOTETAKER_PROVIDER: 'recall', NOTETAKER_WEBHOOK_SECRET: 'bm90LW1hcmtlZC1hcy1pdC1pcw==' },
      'NOTETAKER_WEBHOOK_SECRET',
    ],
    [
      'a webhook secret of Attendee that is no base64',
      { NOTETAKER_PROVIDER: 'attendee', NOTETAKER_WEBHOOK_SECRET: 'no base64 at all' },
      'NOTETAKER_WEBHOOK_SECRET',
    ],
    ['a short key', { VAULT_KEYS: `a:${randomBytes(31).toString('base64')}` }, 'VAULT_KEYS'],
    ['a key id with a dot', { CODEC_KEYS: key('a.b') }, 'CODEC_KEYS'],
    ['a key id twice', { RECEIPT_KEYS: `${key('a')},${key('a')}` }, 'RECEIPT_KEYS'],
    ['a key without id', { VAULT_KEYS: randomBytes(32).toString('base64') }, 'VAULT_KEYS'],
    ['capitals in the environment name', { ENVIRONMENT_NAME: 'Prod' }, 'ENVIRONMENT_NAME'],
    ['a port out of range', { API_PORT: '70000' }, 'API_PORT'],
    ['two servers on one port', { API_PORT: '9090' }, 'OPERATIONS_PORT'],
    ['a sender with a line break', { MAIL_FROM: 'a\r\nBcc: x <a@b.example>' }, 'MAIL_FROM'],
    ['a word for TLS', { TEMPORAL_TLS: 'yes' }, 'TEMPORAL_TLS'],
    ['an address with a scheme', { TEMPORAL_ADDRESS: 'https://t.example' }, 'TEMPORAL_ADDRESS'],
    [
      'a certificate without key',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x' },
      'TEMPORAL_TLS_CLIENT_KEY_PATH',
    ],
    ['an unknown profile', { TEMPORAL_PROFILE: 'nobody' }, 'TEMPORAL_*'],
  ])('refuses %s', (_what, changes, variable) => {
    expect(faultyVariables(changes)).toEqual([variable]);
  });

  it.each([
    ['PUBLIC_URL', { CODEC_ANONYMOUS_ORIGIN: 'http://127.0.0.1:8233' }],
    [
      'the origin',
      { CODEC_ANONYMOUS_ORIGIN: 'https://ui.example', PUBLIC_URL: 'http://localhost:8080' },
    ],
    [
      'the origin, a path behind it',
      { CODEC_ANONYMOUS_ORIGIN: 'http://localhost:8233/x', PUBLIC_URL: 'http://localhost:8080' },
    ],
  ])('refuses anonymous decoding unless %s is loopback', (_what, changes) => {
    expect(faultyVariables(changes)).toEqual(['CODEC_ANONYMOUS_ORIGIN']);
  });

  it('takes anonymous decoding and http on loopback', () => {
    const config = configOf({
      CODEC_ANONYMOUS_ORIGIN: 'http://127.0.0.1:8233',
      PUBLIC_URL: 'http://localhost:8080',
      SMARTRECRUITERS_API_URL: 'http://127.0.0.1:4010',
      SMARTRECRUITERS_ALLOWED_HOSTS: '127.0.0.1:4010',
    });
    expect(config.codec.anonymousOrigin).toBe('http://127.0.0.1:8233');
    expect(config.smartRecruiters).toEqual({
      apiUrl: 'http://127.0.0.1:4010',
      allowedHosts: [
        'api.smartrecruiters.com',
        'api.sandbox.smartrecruiters.com',
        '127.0.0.1:4010',
      ],
    });
  });

  it.each([
    ['pillar', 'notetaker-secret'],
    ['recall', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['attendee', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='],
    ['vexa', 'any text'],
  ])('takes %s for a notetaker', (provider, secret) => {
    const { notetaker } = configOf({
      NOTETAKER_PROVIDER: provider,
      NOTETAKER_WEBHOOK_SECRET: secret,
    });
    expect(notetaker).toMatchObject({ provider, webhookSecret: secret });
  });

  it('takes the first key of a ring as the current one and keeps the older', () => {
    const { vault } = configOf().keys;
    expect(vault.current.id).toBe('v2');
    expect([...vault.all.keys()]).toEqual(['v2', 'v1']);
    expect(vault.current.key).toHaveLength(32);
  });

  it('fills in defaults, takes an empty value for none, and cuts trailing slashes of base URLs', () => {
    const config = configOf({ LOG_LEVEL: '', OPERATIONS_TOKEN: ' ' });
    expect(config).toMatchObject({
      logLevel: 'info',
      publicUrl: 'https://integration.pillar.example',
      smartRecruiters: { apiUrl: 'https://api.smartrecruiters.com' },
      notetaker: { provider: 'pillar', apiUrl: 'https://notetaker.example/v1' },
      pillar: { issuer: 'https://pillar.example/', webhook: null },
      operations: { port: 9090, token: null },
      codec: { jwksUrl: null, anonymousOrigin: null },
    });
    expect(configOf({}, 'worker').operations.port).toBe(9091);
  });

  it('reads TEMPORAL_* as the official clients do, an empty value for none', () => {
    const { temporal } = configOf({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_API_KEY: '',
    });
    expect(temporal.namespace).toBe('default');
    expect(temporal.connectionOptions.address).toBe('temporal.example:7233');
    expect(temporal.connectionOptions.tls).toBeUndefined();
    expect(configOf({ TEMPORAL_API_KEY: 'k' }).temporal.connectionOptions.tls).toBe(true);
  });

  it('ends the process with 78 and all faults on stderr', () => {
    const configUrl = new URL('../../../common/config.ts', import.meta.url).href;
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `import { configOrExit } from '${configUrl}'; configOrExit({ role: 'api' }); console.log('went on')`,
      ],
      {
        env: { PATH: process.env.PATH, HOME: '/nonexistent', PUBLIC_URL: 'no-url-xyz' },
        encoding: 'utf8',
      },
    );
    expect(status).toBe(78);
    expect(stderr).toContain('VAULT_KEYS is missing');
    expect(stderr).toContain('PUBLIC_URL is not a URL');
    expect(stderr).not.toContain('no-url-xyz');
    expect(stdout).toBe('');
  });

  it('has every variable in the example file, and the example has no other', () => {
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    const listed = [...example.matchAll(/^([A-Z_]+)=/gm)]
      .map(([, name]) => name)
      .filter((name) => !name?.startsWith('TEMPORAL_'));
    const source = readFileSync(new URL('../../../common/config.ts', import.meta.url), 'utf8');
    const read = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(read).toContain('VAULT_KEYS');
    expect(new Set(listed)).toEqual(new Set(read));
  });
});
