import { createLocalJWKSet } from 'jose';
import { createTokenVerifier, remoteKeys } from '../../api/middleware/auth.js';
import { orgIdPattern } from '../../workflows/contracts/ids.js';
import { installationDoc, interviewDoc, jobDoc, noon, roleDoc } from './support/documents.js';
import { base, type Harness, harness, otherKeys, tokens, tokenWith } from './support/harness.js';

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
type Row = [
  method: Method,
  path: string,
  body: object | null,
  owner: number,
  admin: number,
  member: number,
];

const calls: Row[] = [
  ['get', '', null, 200, 200, 200],
  ['put', '', { clientId: 'id', clientSecret: 'secret' }, 200, 403, 403],
  ['delete', '', null, 202, 403, 403],
  ['post', '/validate', null, 200, 403, 403],
  ['patch', '/settings', { notetakerName: 'Bot' }, 200, 403, 403],
  ['post', '/settings/preview', { captureMode: 'import_all' }, 200, 403, 403],
  ['post', '/roles/bulk', { jobIds: ['job-9'], enabled: true }, 202, 403, 403],
  ['post', '/roles/bulk/preview', { jobIds: ['job-9'], enabled: true }, 200, 403, 403],
  ['post', '/pause', null, 200, 403, 403],
  ['post', '/resume', null, 200, 403, 403],
  ['post', '/mail/confirm', null, 200, 403, 403],
  ['get', '/receipts/none', null, 404, 404, 404],
  ['get', '/jobs', null, 200, 200, 200],
  ['get', '/roles', null, 200, 200, 200],
  ['get', '/roles/job-1', null, 200, 200, 200],
  ['put', '/roles/job-1', { enabled: true }, 200, 403, 403],
  ['delete', '/roles/job-1', null, 200, 403, 403],
  ['post', '/roles/job-1/refresh', null, 202, 403, 403],
  ['get', '/interviews', null, 200, 200, 200],
  ['get', '/interviews/int-1', null, 200, 200, 200],
  ['get', '/interviews/int-1/recording', null, 404, 404, 404],
  ['get', '/interviews/int-1/transcript', null, 404, 404, 404],
  ['post', '/interviews/int-1/join', {}, 200, 200, 403],
  ['post', '/interviews/int-1/skip', {}, 200, 200, 403],
  ['post', '/interviews/int-1/reset', {}, 200, 200, 403],
  ['post', '/interviews/int-1/refresh', null, 202, 403, 403],
  ['get', '/health', null, 200, 200, 200],
  ['get', '/audit', null, 200, 200, 200],
  ['get', '/commands/none', null, 404, 404, 404],
];

function send(
  { request }: Harness,
  call: { method: Method; path: string; body: object | null; token: string | null },
) {
  const sent = request[call.method](call.path);
  if (call.token !== null) sent.set('authorization', `Bearer ${call.token}`);
  return call.body === null ? sent : sent.send(call.body);
}

function filled(): Harness {
  const h = harness();
  h.world.installations.push(installationDoc());
  h.world.jobs.push(jobDoc());
  h.world.roles.push(roleDoc());
  h.world.interviews.push(interviewDoc());
  return h;
}

describe('who may do what', () => {
  it.each(calls)('%s %s', async (method, path, body, owner, admin, member) => {
    const expected = { owner, admin, member };
    for (const role of ['owner', 'admin', 'member'] as const) {
      const h = filled();
      const answer = await send(h, { method, path: base + path, body, token: tokens[role] });
      expect([role, answer.status]).toEqual([role, expected[role]]);
      const isForbidden = answer.status === 403;
      expect(answer.body.code === 'forbidden').toBe(isForbidden);
      expect(isForbidden && h.gateway.sent.length > 0).toBe(false);
    }
  });

  it.each([...calls, ['get', '/events', null, 0, 0, 0] as Row])(
    'answers 401 without a token and 404 for another organization: %s %s',
    async (method, path, body) => {
      const h = filled();
      const anonymous = await send(h, { method, path: base + path, body, token: null });
      expect(anonymous.status).toBe(401);
      expect(anonymous.body.code).toBe('unauthenticated');
      expect(anonymous.headers['www-authenticate']).toBe('Bearer');

      const token = await tokenWith({ org: 'globex', role: 'owner' });
      const stranger = await send(h, { method, path: base + path, body, token });
      expect(stranger.status).toBe(404);
      expect(stranger.body.code).toBe('not_found');
      expect(h.gateway.sent).toEqual([]);
      expect(h.world.uploads).toEqual([]);
    },
  );

  it('covers every call with a token that the app serves', () => {
    const served = filled()
      .routes.filter(({ permission, path }) => permission !== null && !path.endsWith('/events'))
      .map(({ method, path }) => `${method} ${path.split('/smartrecruiters')[1]}`)
      .sort();
    const tested = calls
      .map(([method, path]) => {
        const pattern = path
          .replace(/^\/receipts\/.*/, '/receipts/{receiptId}')
          .replace(/^\/commands\/.*/, '/commands/{commandId}')
          .replace('/job-1', '/{jobId}')
          .replace('/int-1', '/{interviewId}');
        return `${method} ${pattern}`;
      })
      .sort();
    expect(tested).toEqual(served);
  });
});

describe('tokens that are refused', () => {
  const seconds = noon / 1000;
  it.each<[string, Parameters<typeof tokenWith>[0]]>([
    ['expired more than 30 s ago', { exp: seconds - 31 }],
    ['valid only later', { nbf: seconds + 31 }],
    ['without expiry', { exp: undefined } as never],
    ['without organization', { org: undefined }],
    ['with an organization that is no text', { org: 7 }],
    ['without role', { role: undefined }],
    ['with an unknown role', { role: 'root' }],
    ['without subject', { sub: undefined } as never],
    ['of another issuer', { iss: 'https://elsewhere.example' }],
    ['for another audience', { aud: 'another-service' }],
  ])('%s', async (_name, claims) => {
    const token = await tokenWith(claims);
    const answer = await send(filled(), { method: 'get', path: base, body: null, token });
    expect(answer.status).toBe(401);
  });

  it('accepts one that expired less than 30 s ago', async () => {
    const token = await tokenWith({ exp: seconds - 20 });
    const answer = await send(filled(), { method: 'get', path: base, body: null, token });
    expect(answer.status).toBe(200);
  });

  it('signed with another key, unsigned, or by a symmetric algorithm', async () => {
    const forged = await tokenWith({}, otherKeys.privateKey);
    const [, payload] = tokens.owner.split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const hs = `${Buffer.from('{"alg":"HS256","kid":"k1"}').toString('base64url')}.${payload}.AAAA`;
    for (const token of [forged, none, hs, 'rubbish', 'a.b.c']) {
      const answer = await send(filled(), { method: 'get', path: base, body: null, token });
      expect(answer.status).toBe(401);
    }
  });

  it('says that tokens cannot be checked when the keys cannot be had', async () => {
    const verifier = createTokenVerifier({
      keys: remoteKeys({ url: 'http://127.0.0.1:1/keys' }),
      issuer: 'https://sign-in.pillar.example',
      audience: 'pillar-smartrecruiters',
      now: () => noon,
    });
    await expect(verifier.verify({ token: tokens.owner })).rejects.toMatchObject({
      code: 'sign_in_unavailable',
    });
  });

  it('refuses a token whose key is not among the keys', async () => {
    const verifier = createTokenVerifier({
      keys: createLocalJWKSet({ keys: [] }),
      issuer: 'https://sign-in.pillar.example',
      audience: 'pillar-smartrecruiters',
      now: () => noon,
    });
    await expect(verifier.verify({ token: tokens.owner })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});

describe('organizations apart', () => {
  it('shows nothing of another organization or of an earlier life', async () => {
    const h = filled();
    h.world.interviews.push(
      interviewDoc({ _id: 'x', interviewId: 'int-foreign', orgId: 'globex', title: 'Foreign' }),
      interviewDoc({ _id: 'y', interviewId: 'int-former', generation: 'gen-0', title: 'Former' }),
    );
    h.world.roles.push(roleDoc({ _id: 'z', jobId: 'job-foreign', orgId: 'globex' }));
    const list = await h.request.get(`${base}/interviews`).set(h.as('member'));
    expect(list.body.items.map(({ interviewId }: { interviewId: string }) => interviewId)).toEqual([
      'int-1',
    ]);
    for (const path of [
      '/interviews/int-foreign',
      '/interviews/int-former',
      '/roles/job-foreign',
    ]) {
      expect((await h.request.get(base + path).set(h.as('owner'))).status).toBe(404);
    }
  });

  it('does not take an organization id of another form', async () => {
    const strange = 'a/b';
    expect(orgIdPattern.test(strange)).toBe(false);
    const h = filled();
    const token = await tokenWith({ org: strange });
    const answer = await h.request
      .get(`/v1/organizations/${encodeURIComponent(strange)}/smartrecruiters`)
      .set('authorization', `Bearer ${token}`);
    expect(answer.status).toBe(404);
  });
});

describe('the limit of a token', () => {
  it('answers 429 with draft-8 headers after its share, and leaves other tokens alone', async () => {
    const h = harness({ requestsPerMinute: 3 });
    for (let count = 0; count < 3; count += 1) {
      const answer = await h.request.get(base).set(h.as('owner'));
      expect(answer.status).toBe(200);
      expect(answer.headers.ratelimit).toMatch(/"token"; r=\d+; t=\d+/);
      expect(answer.headers['ratelimit-policy']).toContain('q=3; w=60');
    }
    const refused = await h.request.get(base).set(h.as('owner'));
    expect(refused.status).toBe(429);
    expect(refused.body.code).toBe('slow_down');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const behindProxy = { ...h.as('admin'), 'x-forwarded-for': '203.0.113.7' };
    expect((await h.request.get(`${base}/`).set(behindProxy)).status).toBe(200);
  });
});
