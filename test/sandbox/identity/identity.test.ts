import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import {
  type IdentitySimulator,
  startIdentitySimulator,
} from '../../../sandbox/identity/simulator.js';
import { type TokenFault, tokenFaults } from '../../../sandbox/identity/tokens.js';

let identity: IdentitySimulator;

beforeEach(async () => {
  identity = await startIdentitySimulator();
});
afterEach(async () => {
  await identity.close();
});

async function verify(token: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(identity.jwksUrl));
  const { payload } = await jwtVerify(token, keys, {
    issuer: identity.issuer,
    audience: identity.audience,
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    requiredClaims: ['sub', 'org', 'role', 'exp'],
  });
  return payload;
}

interface TokenAnswer {
  token: string;
  expiresIn: number;
}

async function tokenWith(headers: Record<string, string>): Promise<TokenAnswer | number> {
  const answer = await fetch(identity.tokenUrl, { headers });
  return answer.ok ? ((await answer.json()) as TokenAnswer) : answer.status;
}

async function payloadWith(headers: Record<string, string>): Promise<JWTPayload> {
  const answer = await tokenWith(headers);
  if (typeof answer === 'number') {
    throw new Error(`refused with ${answer}`);
  }
  return await verify(answer.token);
}

async function post(path: string, form: Record<string, string>, headers = {}) {
  const answer = await fetch(`${identity.url}${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
    headers,
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { status: answer.status, location: answer.headers.get('location'), cookie };
}

it.each(tokenFaults.filter((fault) => fault !== 'unknown_role').map((fault) => [fault]))(
  'issues tokens that must be refused: %s',
  async (fault: TokenFault) => {
    const token = await identity.issueToken({ orgId: 'org-demo', role: 'owner', fault });
    await expect(verify(token)).rejects.toThrow(/\S/);
  },
);

it('issues a token of a role that nobody knows', async () => {
  const request = { orgId: 'org-demo', role: 'owner', fault: 'unknown_role' } as const;
  expect((await verify(await identity.issueToken(request))).role).toBe('emperor');
});

it('issues a token that the published keys verify', async () => {
  const token = await identity.issueToken({ orgId: 'o', role: 'admin', expiresInSeconds: 60 });
  const payload = await verify(token);
  expect(payload).toMatchObject({ sub: 'o-admin', org: 'o', role: 'admin' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  const jwks = await fetch(identity.jwksUrl);
  expect(await jwks.text()).not.toContain('"d"');
});

it('makes a stranger the first Owner, and the person of the cookie afterwards', async () => {
  expect(await payloadWith({})).toEqual({
    sub: 'org-demo-owner',
    org: 'org-demo',
    role: 'owner',
    name: 'Olivia Owner',
    iss: identity.issuer,
    aud: identity.audience,
    exp: expect.any(Number),
    iat: expect.any(Number),
  });
  const { status, location, cookie } = await post('/session', {
    subject: 'org-other-member',
    return: 'http://localhost:8080/settings',
  });
  expect([status, location]).toEqual([303, 'http://localhost:8080/settings']);
  expect(await payloadWith({ cookie })).toMatchObject({ org: 'org-other', role: 'member' });
});

it('gives no token after signing out, nor to a stranger where nobody is signed in', async () => {
  const { cookie, location } = await post('/session/sign-out', { return: 'https://evil.example' });
  expect(location).toBe('/');
  expect(await tokenWith({ cookie })).toBe(401);
  await identity.close();
  identity = await startIdentitySimulator({ signInByDefault: false });
  expect(await tokenWith({})).toBe(401);
  expect(await tokenWith({ cookie: 'pillar_sandbox_session=forged' })).toBe(401);
});

it('answers pages on loopback only', async () => {
  const origin = 'http://127.0.0.1:8080';
  const answer = await fetch(identity.tokenUrl, { headers: { origin } });
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  expect(await tokenWith({ origin: 'https://evil.example' })).toBe(403);
  expect(await tokenWith({ origin: 'null' })).toBe(403);
  const signIn = await post(
    '/session',
    { subject: 'org-demo-owner' },
    { origin: 'http://127.0.0.1.evil.example' },
  );
  expect([signIn.status, signIn.cookie]).toEqual([403, '']);
});

it('shows who one may be, without trusting the address to return to', async () => {
  const good = encodeURIComponent('http://localhost:8080/?a="><script>');
  const page = await (await fetch(`${identity.url}/?return=${good}`)).text();
  expect(page).toContain('Who are you?');
  expect(page).toContain('value="org-other-admin"');
  expect(page).toContain('value="http://localhost:8080/');
  expect(page).not.toContain('<script>');
  const bad = await (await fetch(`${identity.url}/?return=https://evil.example/`)).text();
  expect(bad).not.toContain('evil');
  expect((await post('/session', { subject: 'nobody' })).status).toBe(422);
});

it('gives scripts the tokens they ask for', async () => {
  const ask = (body: object) =>
    fetch(`${identity.url}/_control/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const answer = await ask({ orgId: 'org-x', role: 'member' });
  const { token } = (await answer.json()) as TokenAnswer;
  expect(await verify(token)).toMatchObject({ org: 'org-x', role: 'member' });
  expect((await ask({ orgId: 'org-x', role: 'emperor' })).status).toBe(422);
});

it('keeps its key and sessions over a restart', async () => {
  const keyFile = join(mkdtempSync(join(tmpdir(), 'identity-')), 'key.json');
  await identity.close();
  identity = await startIdentitySimulator({ keyFile, issuer: 'https://pillar.example' });
  const token = await identity.issueToken({ orgId: 'org-demo', role: 'owner' });
  const { cookie } = await post('/session', { subject: 'org-demo-member' });
  await identity.close();
  identity = await startIdentitySimulator({ keyFile, issuer: 'https://pillar.example' });
  expect((await verify(token)).role).toBe('owner');
  expect(await payloadWith({ cookie })).toMatchObject({ role: 'member' });
});
