import { type Started, startWithCompany, wideLimits } from './started-simulator.js';

describe('token endpoint', () => {
  let now = Date.parse('2030-01-01T00:00:00Z');
  let started: Started;

  beforeEach(async () => {
    started = await startWithCompany({
      now: () => now,
      tokenLifetimeSeconds: 60,
      limits: wideLimits,
    });
  });
  afterEach(() => started.simulator.close());

  async function ask(options: {
    form: Record<string, string>;
    basic?: string;
  }): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${started.simulator.url}/identity/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(options.form),
      ...(options.basic === undefined
        ? {}
        : { headers: { authorization: `Basic ${btoa(options.basic)}` } }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  function keys(): { client_id: string; client_secret: string } {
    return { client_id: started.clientId, client_secret: started.clientSecret };
  }

  it('refuses a wrong secret and an unknown client in the OAuth shape', async () => {
    for (const wrong of [{ client_secret: 'wrong' }, { client_id: 'nobody' }]) {
      const answer = await ask({
        form: { grant_type: 'client_credentials', ...keys(), ...wrong },
      });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        error: 'invalid_client',
        error_description: expect.any(String),
      });
    }
  });

  it('refuses a missing or different grant type and an empty scope', async () => {
    expect((await ask({ form: keys() })).body.error).toBe('invalid_request');
    const password = await ask({ form: { grant_type: 'password', ...keys() } });
    expect(password).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    const empty = await ask({ form: { grant_type: 'client_credentials', ...keys(), scope: '' } });
    expect(empty).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  it('refuses keys in a JSON body', async () => {
    const response = await fetch(`${started.simulator.url}/identity/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials', ...keys() }),
    });
    expect(response.status).toBe(400);
  });

  it('answers an opaque token without a scope, for a form body and for HTTP Basic', async () => {
    const byForm = await ask({ form: { grant_type: 'client_credentials', ...keys() } });
    const byBasic = await ask({
      form: { grant_type: 'client_credentials' },
      basic: `${started.clientId}:${started.clientSecret}`,
    });
    for (const { status, body } of [byForm, byBasic]) {
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 60,
      });
      const token = String(body.access_token);
      expect((await started.call('/jobs', { token })).status).toBe(200);
    }
  });

  it('answers 401 for a token that expired and for one that never was', async () => {
    expect((await started.call('/jobs')).status).toBe(200);
    now += 60_000;
    const expired = await started.call('/jobs');
    expect(expired.status).toBe(401);
    expect(expired.body).toMatchObject({ message: expect.any(String), errors: [{}] });
    expect((await started.call('/jobs', { token: 'made-up' })).status).toBe(401);
  });

  it('lets a revoked credential use the token it has, but get no new one', async () => {
    const { control } = started.simulator;
    await control.revokeCredential({ clientId: started.clientId });
    expect((await started.call('/jobs')).status).toBe(200);
    const form = { grant_type: 'client_credentials', ...keys() };
    expect((await ask({ form })).status).toBe(401);
    await control.restoreCredential({ clientId: started.clientId });
    expect((await ask({ form })).status).toBe(200);
  });
});
