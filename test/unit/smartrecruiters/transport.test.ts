import { retryAfterMsOf } from '../../../activities/smartrecruiters/answers.js';
import { createSmartRecruitersClient } from '../../../activities/smartrecruiters/client.js';
import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';

const json = { 'content-type': 'application/json' };

/** A client of a vendor that gives these answers, one after the other, the last for ever. */
function clientOf(...answers: (() => Response)[]) {
  const asked: { url: URL; authorization: string | null; redirect: string | undefined }[] = [];
  let tokens = 0;
  const client = createSmartRecruitersClient({
    apiUrl: 'https://api.example.com',
    credential: { clientId: 'id', clientSecret: 'secret' },
    budgetKey: 'budget',
    limiter: createMemoryRateLimiter(),
    async fetch(input, init) {
      const url = new URL(String(input instanceof Request ? input.url : input));
      if (url.pathname === '/identity/oauth/token') {
        tokens += 1;
        return Response.json({ access_token: `token-${tokens}`, token_type: 'bearer' });
      }
      const authorization = new Headers(init?.headers).get('authorization');
      asked.push({ url, authorization, redirect: init?.redirect });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer === undefined) throw new Error('no answer was prepared');
      return answer();
    },
  });
  return { client, asked };
}

it.each([
  [400, 'rejected'],
  [403, 'scope'],
  [404, 'not_found'],
  [409, 'rejected'],
  [410, 'not_found'],
  [418, 'rejected'],
  [422, 'rejected'],
  [408, 'unavailable'],
  [301, 'unavailable'],
  [304, 'unavailable'],
  [500, 'unavailable'],
  [503, 'unavailable'],
])('status %i is %s, without the text of the body', async (status, kind) => {
  const body = status === 304 ? null : '{"message":"about Ada"}';
  const { client } = clientOf(() => new Response(body, { status, headers: json }));
  const error = await client.getJob({ jobId: 'j' }).catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ kind, status, endpoint: 'jobs.get' });
  expect((error as Error).message + JSON.stringify(error)).not.toContain('Ada');
});

it.each([403, 404, 200])('a web page with status %i proves nothing', async (status) => {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  const { client } = clientOf(() => new Response('<html>', { status, headers }));
  await expect(client.getInterview({ interviewId: 'i' })).rejects.toMatchObject({
    kind: 'unavailable',
    reason: 'html',
  });
});

it.each(['', '{"id":"j"', 'null and more'])('a body of %j is unavailable', async (body) => {
  const { client } = clientOf(() => new Response(body, { headers: json }));
  await expect(client.getJob({ jobId: 'j' })).rejects.toMatchObject({ kind: 'unavailable' });
});

it('asks once more with a new token after a 401, then is auth', async () => {
  const { client, asked } = clientOf(() => new Response('', { status: 401 }));
  await expect(client.getJob({ jobId: 'j' })).rejects.toMatchObject({ kind: 'auth', status: 401 });
  expect(asked.map((request) => request.authorization)).toEqual([
    'Bearer token-1',
    'Bearer token-2',
  ]);
  expect(asked.every((request) => request.redirect === 'manual')).toBe(true);
});

it.each([
  [400, 'rejected', 'cursor_expired'],
  [404, 'not_found', 'cursor_expired'],
  [410, 'not_found', 'cursor_expired'],
  [422, 'rejected', 'cursor_expired'],
  [403, 'scope', null],
  [500, 'unavailable', null],
])('a page with a cursor that is answered %i is %s, reason %s', async (status, kind, reason) => {
  const { client } = clientOf(() => new Response('{}', { status, headers: json }));
  const page = client.readJobsPage({ pageId: 'old' });
  await expect(page).rejects.toMatchObject({ kind, status, reason });
  const first = client.readJobsPage({ pageId: null });
  await expect(first).rejects.toMatchObject({ kind, status, reason: null });
});

it('stops reading an endless body', async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(1_024 * 1_024).fill(32));
    },
  });
  const { client } = clientOf(() => new Response(endless, { headers: json }));
  await expect(client.getJob({ jobId: 'j' })).rejects.toMatchObject({
    kind: 'contract',
    reason: 'too_large',
  });
  expect(sent).toBeLessThan(10);
});

it('tells how long the vendor wants it to wait', async () => {
  const headers = { 'retry-after': '7' };
  const { client } = clientOf(() => new Response('', { status: 429, headers }));
  await expect(client.getJob({ jobId: 'j' })).rejects.toMatchObject({
    kind: 'throttled',
    retryAfterMs: 7_000,
  });
});

it.each([
  ['3', 3_000],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 4_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
  [null, null],
])('Retry-After %p', (header, ms) => {
  expect(retryAfterMsOf(header, 1_000)).toBe(ms);
});

it('an answer about something else than was asked is refused', async () => {
  const { client } = clientOf(() => Response.json({ id: 'other', email: 'x@example.com' }));
  await expect(client.getUser({ userId: 'u' })).rejects.toMatchObject({ kind: 'contract' });
  await expect(client.getCandidate({ candidateId: 'c' })).rejects.toMatchObject({
    kind: 'contract',
  });
});

it('follows a cursor that only the Link header has, on its own host', async () => {
  const page = (id: string, link?: string) => () =>
    Response.json({ content: [{ id }] }, link === undefined ? {} : { headers: { link } });
  const { client, asked } = clientOf(
    page('one', '<https://evil.example/candidates?pageId=a%2Fb%3D>; rel="next"'),
    page('two'),
  );
  const list = { jobIds: ['j', 'k'], statuses: ['NEW', 'INTERVIEW'], updatedAfter: 0 };
  const first = await client.readCandidatesPage({ ...list, pageId: null });
  const second = await client.readCandidatesPage({ ...list, pageId: first.nextPageId });
  expect([first, second].map(({ items }) => items[0]?.candidateId)).toEqual(['one', 'two']);
  expect(second.nextPageId).toBeNull();
  expect(asked.map((request) => request.url.href)).toEqual([
    'https://api.example.com/candidates?jobId=j&jobId=k&status=NEW&status=INTERVIEW&updatedAfter=1970-01-01T00%3A00%3A00.000Z&limit=100',
    'https://api.example.com/candidates?jobId=j&jobId=k&status=NEW&status=INTERVIEW&updatedAfter=1970-01-01T00%3A00%3A00.000Z&limit=100&pageId=a%2Fb%3D',
  ]);
});

it('an error of the store behind the limiter keeps its name', async () => {
  const away = Object.assign(new Error('away'), { name: 'MongoNetworkError' });
  const client = createSmartRecruitersClient({
    apiUrl: 'https://api.example.com',
    credential: { clientId: 'id', clientSecret: 'secret' },
    budgetKey: 'budget',
    limiter: {
      async acquire() {
        throw away;
      },
    },
    fetch: async () => Response.json({ access_token: 'token', token_type: 'bearer' }),
  });
  await expect(client.getJob({ jobId: 'j' })).rejects.toBe(away);
});
