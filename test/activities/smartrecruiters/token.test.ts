import { createTokenSource } from '../../../activities/smartrecruiters/token.js';

const credential = { clientId: 'client id', clientSecret: 's&cret' };

/** A vendor of numbered tokens; `answers` replaces an answer by its number. */
function vendor(
  answers: Record<number, () => Response | Promise<Response>> = {},
  lifeSeconds?: number,
) {
  const bodies: string[] = [];
  const fetch: typeof globalThis.fetch = async (_url, init) => {
    bodies.push(init?.body instanceof URLSearchParams ? init.body.toString() : '');
    const answer = answers[bodies.length];
    if (answer !== undefined) return await answer();
    return Response.json({
      access_token: `token-${bodies.length}`,
      token_type: 'Bearer',
      ...(lifeSeconds !== undefined && { expires_in: lifeSeconds }),
    });
  };
  return { bodies, fetch };
}

function source(fetch: typeof globalThis.fetch) {
  let now = 0;
  const tokens = createTokenSource({
    apiUrl: 'https://api.example.com',
    credential,
    fetch,
    now: () => now,
  });
  return {
    tokens,
    at: (ms: number) => {
      now = ms;
    },
  };
}

const minute = 60_000;

it('asks with a form and without a scope', async () => {
  const { bodies, fetch } = vendor();
  await source(fetch).tokens.current();
  expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'client id',
    client_secret: 's&cret',
  });
});

it.each([
  [1_800, 24 * minute],
  [undefined, 20 * minute],
])('with expires_in %p renews at four fifths', async (lifeSeconds, renewsAt) => {
  const { tokens, at } = source(vendor({}, lifeSeconds).fetch);
  expect(await tokens.current()).toBe('token-1');
  at(renewsAt - 1);
  expect(await tokens.current()).toBe('token-1');
  at(renewsAt);
  expect(await tokens.current()).toBe('token-2');
});

it('goes on with a token that lives while the vendor cannot renew it, not beyond', async () => {
  const down = () => new Response('', { status: 503 });
  const { tokens, at } = source(vendor({ 2: down, 3: down }, 1_000).fetch);
  await tokens.current();
  at(900_000);
  expect(await tokens.current()).toBe('token-1');
  at(1_000_000);
  await expect(tokens.current()).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
  expect(await tokens.current()).toBe('token-4');
});

it('drops a living token once the renewal is refused', async () => {
  const refused = () => Response.json({ error: 'invalid_client' }, { status: 401 });
  const { tokens, at } = source(vendor({ 2: refused }, 1_000).fetch);
  await tokens.current();
  at(900_000);
  await expect(tokens.current()).rejects.toMatchObject({ kind: 'auth' });
});

it('shares one renewal among all who wait', async () => {
  const { bodies, fetch } = vendor();
  const { tokens } = source(fetch);
  const all = await Promise.all([tokens.current(), tokens.current(), tokens.current()]);
  expect(all).toEqual(['token-1', 'token-1', 'token-1']);
  tokens.refuse('token-1');
  tokens.refuse('token-1');
  expect(await tokens.current()).toBe('token-2');
  tokens.refuse('token-1');
  expect(await tokens.current()).toBe('token-2');
  expect(bodies).toHaveLength(2);
});

it.each([
  [400, '{"error":"invalid_client","error_description":"s&cret"}', 'auth'],
  [401, '', 'auth'],
  [403, '{}', 'unavailable'],
  [404, '<html>', 'unavailable'],
  [429, '', 'throttled'],
  [500, '', 'unavailable'],
  [200, '<html>s&cret</html>', 'unavailable'],
  [200, '{"token_type":"bearer"}', 'unavailable'],
])('status %i with %j is %s', async (status, body, kind) => {
  const answer = () =>
    new Response(body, { status, headers: { 'content-type': 'application/json' } });
  const { tokens } = source(vendor({ 1: answer }).fetch);
  const error = await tokens.current().catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ name: 'SmartRecruitersError', kind, endpoint: 'token' });
  expect(JSON.stringify(error)).not.toContain('cret');
  expect((error as Error).cause).toBeUndefined();
});

it('a broken connection is unavailable', async () => {
  const reset = () => {
    throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
  };
  const { tokens } = source(vendor({ 1: reset }).fetch);
  await expect(tokens.current()).rejects.toMatchObject({
    kind: 'unavailable',
    reason: 'ECONNRESET',
  });
});

it('refuses for five seconds without asking once the credential was refused', async () => {
  const refused = () => Response.json({ error: 'invalid_client' }, { status: 401 });
  const { bodies, fetch } = vendor({ 1: refused });
  const { tokens, at } = source(fetch);
  at(10_000);
  for (let tries = 0; tries < 3; tries += 1) {
    await expect(tokens.current()).rejects.toMatchObject({ kind: 'auth', status: 401 });
    at(14_999);
  }
  expect(bodies).toHaveLength(1);
  expect(await source(fetch).tokens.current()).toBe('token-2');
  at(15_000);
  expect(await tokens.current()).toBe('token-3');
});

it('does not hold a refusal against a clock that was set back', async () => {
  const refused = () => Response.json({ error: 'invalid_client' }, { status: 401 });
  const { tokens, at } = source(vendor({ 1: refused }).fetch);
  at(60 * minute);
  await expect(tokens.current()).rejects.toMatchObject({ kind: 'auth' });
  at(minute);
  expect(await tokens.current()).toBe('token-2');
});
