import { installationDoc, interviewDoc, roleDoc } from './support/documents.js';
import { base, type Harness, harness } from './support/harness.js';

function filled(): Harness {
  const h = harness();
  h.world.installations.push(installationDoc());
  h.world.roles.push(roleDoc());
  h.world.interviews.push(interviewDoc());
  return h;
}

type Method = 'put' | 'post' | 'patch';

const refused: [name: string, method: Method, path: string, body: object, pointers: string[]][] = [
  ['no client id', 'put', '', { clientSecret: 's' }, ['/clientId']],
  ['an empty secret', 'put', '', { clientId: 'c', clientSecret: '   ' }, ['/clientSecret']],
  ['a secret that is no text', 'put', '', { clientId: 'c', clientSecret: 7 }, ['/clientSecret']],
  [
    'a client id without end',
    'put',
    '',
    { clientId: 'c'.repeat(501), clientSecret: 's' },
    ['/clientId'],
  ],
  [
    'fields that do not exist',
    'put',
    '',
    { clientId: 'c', clientSecret: 's', apiUrl: 'https://evil.example', 'a/b~c': 1 },
    ['/apiUrl', '/a~1b~0c'],
  ],
  ['a toggle that is no boolean', 'put', '/roles/job-1', { enabled: 'yes' }, ['/enabled']],
  [
    'an unknown word for scheduled',
    'put',
    '/roles/job-1',
    { enabled: true, scheduled: 'some' },
    ['/scheduled'],
  ],
  ['settings that do not exist', 'patch', '/settings', { speed: 1 }, ['/speed']],
  [
    'the declaration that only the server makes',
    'patch',
    '/settings',
    { consent: { external: { declaredBy: 'me', declaredAt: 1 } } },
    ['/consent/external'],
  ],
  ['null for a setting', 'patch', '/settings', { engagement: null }, ['/engagement']],
  [
    'a lead time below zero',
    'patch',
    '/settings',
    { consent: { noticeLeadHours: -1 } },
    ['/consent/noticeLeadHours'],
  ],
  [
    'a restriction by something else',
    'patch',
    '/settings',
    { restrictions: [{ field: 'salary', match: 'x' }] },
    ['/restrictions/0/field'],
  ],
  [
    'restrictions that could never match',
    'patch',
    '/settings',
    {
      restrictions: [
        { field: 'title', match: '***' },
        { field: 'job', match: '   ' },
        { field: 'interviewer', match: 'ada@acme.example' },
        { field: 'interviewer', match: 'Ada Lovelace' },
      ],
    },
    ['/restrictions/0', '/restrictions/1', '/restrictions/2', '/restrictions/3'].map(
      (restriction) => `${restriction}/match`,
    ),
  ],
  [
    'restrictions without end',
    'patch',
    '/settings',
    { restrictions: Array.from({ length: 201 }, () => ({ field: 'title', match: 'x' })) },
    ['/restrictions'],
  ],
  [
    'an address that is none',
    'patch',
    '/settings',
    { alerts: { emails: ['ops@acme.example', 'ops'] } },
    ['/alerts/emails/1'],
  ],
  [
    'an address twice',
    'patch',
    '/settings',
    { alerts: { emails: ['ops@acme.example', 'OPS@acme.example'] } },
    ['/alerts/emails'],
  ],
  [
    'more than 20 addresses',
    'patch',
    '/settings',
    { alerts: { emails: Array.from({ length: 21 }, (_, n) => `ops${n}@acme.example`) } },
    ['/alerts/emails'],
  ],
  ['a body where none belongs', 'post', '/pause', { force: true }, ['/force']],
  [
    'a link that is not https',
    'post',
    '/interviews/int-1/join',
    { link: 'http://zoom.us/j/123' },
    ['/link'],
  ],
  [
    'a link without end',
    'post',
    '/interviews/int-1/join',
    { link: `https://zoom.us/j/${'1'.repeat(2048)}` },
    ['/link'],
  ],
  [
    'an unknown field of a choice',
    'post',
    '/interviews/int-1/skip',
    { until: 'tomorrow' },
    ['/until'],
  ],
];

describe('bodies that do not fit', () => {
  it.each(refused)('%s', async (_name, method, path, body, pointers) => {
    const h = filled();
    const answer = await h.request[method](base + path)
      .set(h.as('owner'))
      .send(body);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.code).toBe('invalid_body');
    expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    expect(h.gateway.sent).toEqual([]);
    expect(h.world.uploads).toEqual([]);
  });

  it('answers 400 for what is not JSON, and only to those who may send it', async () => {
    const h = filled();
    for (const body of ['{', '{"a":1}}', '"text"', 'null', '\u0000']) {
      const sent = h.request.put(base).set('content-type', 'application/json');
      const answer = await sent.set(h.as('owner')).send(body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 400, 'malformed_json']);
    }
    const anonymous = await h.request.put(base).set('content-type', 'application/json').send('{');
    expect(anonymous.status).toBe(401);
  });

  it('does not take a body of another type for an empty one', async () => {
    const h = filled();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const answer = await h.request
        .patch(`${base}/settings`)
        .set(h.as('owner'))
        .set('content-type', type)
        .send('captureMode=import_all');
      expect(answer.status).toBe(415);
      expect(answer.body.code).toBe('unsupported_media_type');
    }
    expect(h.gateway.sent).toEqual([]);
  });

  it('refuses a body that is too large and one that is compressed', async () => {
    const h = filled();
    const large = await h.request
      .put(base)
      .set(h.as('owner'))
      .send({ clientId: 'c'.repeat(300_000), clientSecret: 's' });
    expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
    const packed = await h.request
      .put(base)
      .set(h.as('owner'))
      .set('content-encoding', 'gzip')
      .set('content-type', 'application/json')
      .send('{}');
    expect([packed.status, packed.body.code]).toEqual([415, 'unsupported_media_type']);
  });
});

describe('queries and headers that do not fit', () => {
  it.each([
    ['/jobs?limit=0', '/limit'],
    ['/jobs?limit=101', '/limit'],
    ['/jobs?limit=ten', '/limit'],
    ['/jobs?cursor=nonsense', '/cursor'],
    ['/jobs?sort=title', '/sort'],
    ['/jobs?q=a&q=b', '/q'],
    ['/roles?enabled=perhaps', '/enabled'],
    ['/interviews?verdict=maybe', '/verdict'],
    ['/interviews?from=yesterday', '/from'],
    ['/interviews?state=flying', '/state'],
    // A cursor of a list that is sorted by title.
    [`/interviews?cursor=${Buffer.from('["a","b"]').toString('base64url')}`, '/cursor'],
  ])('%s', async (path, pointer) => {
    const h = filled();
    const answer = await h.request.get(base + path).set(h.as('member'));
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_query']);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  it.each([
    ['idempotency-key', 'with space'],
    ['idempotency-key', 'k'.repeat(201)],
    ['if-match', '"abc"'],
  ])('%s: %s', async (name, value) => {
    const h = filled();
    const answer = await h.request.post(`${base}/pause`).set(h.as('owner')).set(name, value);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_header']);
    expect(h.gateway.sent).toEqual([]);
  });

  it('answers addresses that cannot be decoded, and unknown ones, with 404', async () => {
    const h = filled();
    for (const path of [`${base}/roles/%E0%A4%A`, `${base}/nothing`, '/v2', '/v1']) {
      const answer = await h.request.get(path).set(h.as('owner'));
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not_found']);
    }
  });
});

describe('settings of restrictions and alerts', () => {
  it.each([
    'http://hooks.acme.com/pillar',
    'https://127.0.0.1/hook',
    'https://2130706433/hook',
    'https://0x7f.1/hook',
    'https://[::1]/hook',
    'https://[fd00::1]/hook',
    'https://10.0.0.8/hook',
    'https://8.8.8.8/hook',
    'https://localhost/hook',
    'https://localhost./hook',
    'https://mongodb/hook',
    'https://pillar.internal/hook',
    'https://printer.local/hook',
    'https://user:secret@hooks.acme.com/',
    'ftp://hooks.acme.com/',
    'javascript:alert(1)',
    'hooks.acme.com',
    '',
  ])('do not take %j as an address of alerts, and do not repeat it', async (webhookUrl) => {
    const h = filled();
    const sent = h.request.patch(`${base}/settings`).set(h.as('owner'));
    const answer = await sent.send({ alerts: { webhookUrl } });
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_body']);
    expect(answer.body.errors).toEqual([
      { pointer: '/alerts/webhookUrl', detail: expect.stringContaining('https address') },
    ]);
    expect(h.gateway.sent).toEqual([]);
  });

  it('are taken, trimmed, as they are', async () => {
    const h = filled();
    const patch = {
      restrictions: [
        { field: 'title', match: '  chief of staff ' },
        { field: 'interviewer', match: '57a9d1f5e4b09f2ab5b9aa01' },
        { field: 'confidential', match: 'private' },
      ],
      alerts: { emails: ['ops@acme.example'], webhookUrl: 'https://hooks.acme.com/pillar?t=1' },
    };
    const answer = await h.request.patch(`${base}/settings`).set(h.as('owner')).send(patch);
    expect(answer.status).toBe(200);
    const [title, ...others] = patch.restrictions;
    expect(h.gateway.sent[0]?.command.patch).toEqual({
      restrictions: [{ ...title, match: 'chief of staff' }, ...others],
      alerts: patch.alerts,
    });
  });
});

describe('settings that this version does not enforce', () => {
  it.each([
    [{ consent: { mode: 'opt_in' } }, '/consent/mode'],
    [{ consent: { regions: [{ country: 'DE', mode: 'opt_in' }] } }, '/consent/regions'],
  ])('%j', async (patch, pointer) => {
    const h = filled();
    const answer = await h.request.patch(`${base}/settings`).set(h.as('owner')).send(patch);
    expect([answer.status, answer.body.code]).toEqual([422, 'not_available']);
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect(h.gateway.sent).toEqual([]);
  });

  it('takes their empty values, so that a whole form can be sent back', async () => {
    const h = filled();
    const patch = {
      consent: { mode: 'external', regions: [] },
      restrictions: [],
      alerts: { emails: [], webhookUrl: null },
    };
    const answer = await h.request.patch(`${base}/settings`).set(h.as('owner')).send(patch);
    expect(answer.status).toBe(200);
    expect(h.gateway.sent[0]?.command.patch).toEqual(patch);
  });
});
